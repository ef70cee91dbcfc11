"""The audit of look-ups only grows, is sealed in a chain, and `canbao verify` notices whoever changed it."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from canbao.definitions import SERVICES
from canbao.verify.lookups import are_as_sealed
from canbao.verify.report import Findings
from canbao.verify.sources import open_sources
from libs.common.db.engine import create_engine
from libs.common.db.resealing import begin_rotation, reseal
from libs.common.db.sealing import Sealing
from libs.common.security import seals
from libs.common.security.audit import read_lookups, record_lookup
from libs.common.security.caller import Caller
from libs.common.security.seals import seal
from libs.common.security.wrapping import InstallationKeys
from services.registration.tables import metadata

KEYS = InstallationKeys([b"\x08" * 32])
OFFICER = Caller("李", frozenset(), "350426101", "township_officer")
AT = datetime(2019, 11, 20, 2, 0, tzinfo=UTC)
#: What only a superuser can do: triggers do not fire.
UNGUARDED = "SET session_replication_role = replica"


class Audit:
    """The audit of a service, in the midst of those of all others."""

    def __init__(self, urls, notices) -> None:
        self._urls, self._notices, self.url = urls, notices, urls["registration"]
        self.engine = create_engine(self.url, name="audit", sealing=Sealing(KEYS))

    async def look_up(self, *people, conn=None, note=None):
        async with AsyncExitStack() as stack:
            conn = conn or await stack.enter_async_context(self.engine.begin())
            await record_lookup(conn, OFFICER, operation="get_person", at=AT, person_ids=people, note=note)

    async def run(self, *statements):
        async with self.engine.begin() as conn:
            for statement in statements:
                await conn.execute(text(statement))

    async def differences(self):
        found = Findings("lookups", "")
        async with open_sources(self._urls, self._notices) as sources:
            await are_as_sealed(sources, found)
        return [one.which for one in found.told]


@pytest.fixture
async def audit(database, notices):
    made = Audit({name: await database(name) for name in SERVICES}, notices)
    yield made
    await made.engine.dispose()


class TestSeals:
    async def test_follow_one_another_and_cover_everything_once(self, audit, monkeypatch):
        monkeypatch.setattr(seals, "ROWS", 2)
        await audit.look_up(1, 2, 3)
        first = await seal(audit.engine)
        await audit.look_up(4)
        second = await seal(audit.engine)

        assert [(one.number, one.lookups) for one in first + second] == [(1, 2), (2, 1), (3, 1)]
        assert [one.previous_sha256 for one in first + second] == ["", first[0].sha256, first[1].sha256]
        assert await seal(audit.engine) == []
        assert await audit.differences() == []

    async def test_wait_for_whoever_is_still_writing(self, audit):
        async with audit.engine.begin() as slow:
            await audit.look_up(1, conn=slow)
            await audit.look_up(2)
            assert await seal(audit.engine) == []

        (sealed,) = await seal(audit.engine)
        assert sealed.lookups == 2

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE person_lookups SET subject = '王' WHERE person_id = 2",
            "UPDATE person_lookups SET purpose = 'checked' WHERE person_id = 2",
            "UPDATE person_lookups SET note_digest = sha256('checked') WHERE person_id = 2",
            "UPDATE person_lookups SET note_digest = NULL WHERE person_id = 2",
            "DELETE FROM person_lookups WHERE person_id = 2",
            "DELETE FROM person_lookups WHERE person_id = 3",
            "UPDATE lookup_seals SET lookups = 1",
            "UPDATE lookup_seals SET to_id = 2, lookups = 2",
            "UPDATE lookup_seals SET previous_sha256 = 'a' WHERE number = 1",
            "UPDATE lookup_seals SET number = 2",
        ],
    )
    async def test_notice_every_change_behind_the_back_of_the_database(self, audit, change):
        await audit.look_up(1, 2, 3, note="张三投诉")
        await seal(audit.engine)

        await audit.run(UNGUARDED, change)

        assert [which for which in await audit.differences() if which.startswith("registration seal")]

    async def test_hold_whichever_key_seals_a_note_and_when_its_term_is_over(self, audit):
        await audit.look_up(1, note="张三投诉")
        await seal(audit.engine)
        assert await begin_rotation(audit.engine, metadata, KEYS)
        await audit.run("UPDATE data_keys SET active_from = now() WHERE active_from > now()")
        rotating = create_engine(audit.url, name="rotating", sealing=Sealing(KEYS))
        assert await reseal(rotating, metadata.tables["person_lookups"], lambda *_: None) == 1
        await rotating.dispose()
        assert await audit.differences() == []

        await audit.run("UPDATE person_lookups SET note = NULL")

        assert await audit.differences() == []

    async def test_notice_a_row_that_was_slipped_in(self, audit):
        await audit.look_up(1)
        async with audit.engine.connect() as conn:  # an id that is lost
            await conn.execute(text("SELECT nextval('person_lookups_id_seq')"))
        await audit.look_up(2)
        await seal(audit.engine)
        assert await audit.differences() == []

        await audit.run(
            UNGUARDED,
            "INSERT INTO person_lookups (id, looked_up_at, subject, role, division, operation) "
            "OVERRIDING SYSTEM VALUE VALUES (2, now(), 'a', '', '', 'get_person')",
        )

        assert await audit.differences() == ["registration seal 1"]

    @pytest.mark.parametrize("at", ["20000-01-01T00:00:00Z", "infinity", "-infinity", "4000-01-01 BC"])
    async def test_cover_a_row_with_an_instant_that_no_calendar_has(self, audit, at):
        await audit.look_up(1)
        await audit.run(
            "INSERT INTO person_lookups (looked_up_at, subject, role, division, operation, person_id)"
            f" VALUES ('{at}', '王', '', '', 'poison', 2)"
        )
        await audit.look_up(3)

        (made,) = await seal(audit.engine)

        assert made.lookups == 3
        async with audit.engine.connect() as conn:
            read = [row async for row in read_lookups(conn, None, None)]
        assert [(row["person_id"], row["looked_up_at"]) for row in read] == [(1, AT), (2, None), (3, AT)]
        assert await audit.differences() == []
        await audit.run(
            UNGUARDED, "UPDATE person_lookups SET looked_up_at = '20000-01-02' WHERE person_id = 2"
        )
        assert await audit.differences() == ["registration seal 1"]

    @pytest.mark.parametrize("table", ["person_lookups", "lookup_seals"])
    async def test_tables_refuse_changes_and_verify_notices_when_they_do_not(self, audit, table):
        await audit.look_up(1)
        await seal(audit.engine)
        for change in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(DBAPIError, match="only ever grows"):
                await audit.run(change)

        await audit.run(f"ALTER TABLE {table} DISABLE TRIGGER append_only")

        assert await audit.differences() == ["registration"]
