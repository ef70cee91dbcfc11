"""Events are written in the transaction of their change, in their order, however they were drafted."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import orjson
import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.bus.tables import bus_tables
from libs.common.db.engine import create_engine
from libs.common.events.subsidy import SubsidyRevoked

AT = datetime(2020, 11, 20, 2, 0, 0, 123456, UTC)


def revoked(number: int) -> SubsidyRevoked:
    return SubsidyRevoked.model_construct(grant_id=number, reason="“\\u0000”, 'x'\n\t𠮷")


@pytest.fixture
async def engine(database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(await database("empty"))
    metadata = MetaData()
    bus_tables(metadata)
    async with engine.begin() as conn:
        await conn.run_sync(metadata.create_all)
    yield engine
    await engine.dispose()


async def written(engine: AsyncEngine) -> list[dict[str, object]]:
    async with engine.connect() as conn:
        found = await conn.execute(text("SELECT * FROM outbox ORDER BY id"))
        return [dict(row) for row in found.mappings()]


class TestAppend:
    async def test_writes_facts_with_their_attributes(self, engine):
        async with engine.begin() as conn:
            await outbox.append(conn, [Draft(revoked(1), "person-7", AT, "grants/1", "c-1", "42")])
        (row,) = await written(engine)
        said = {"grant_id": 1, "reason": revoked(1).reason, "counted_at": None, "elsewhere": False}
        assert orjson.loads(str(row["data"])) == said
        assert (
            row | {"key": "person-7", "type": SubsidyRevoked.type, "time": AT, "subject": "grants/1"} == row
        )
        assert row | {"correlation_id": "c-1", "causation_id": "42"} == row

    async def test_writes_composed_facts_to_the_same_effect(self, engine):
        drafts = [
            Draft(revoked(1), "7", AT, correlation_id="c-1", causation_id="42"),
            Draft.composed(SubsidyRevoked, revoked(1).model_dump_json(), "7", AT, Cause("c-1", "42")),
            Draft.composed(
                SubsidyRevoked, revoked(1).model_dump_json().encode(), "7", AT, Cause("c-1", "42")
            ),
        ]
        async with engine.begin() as conn:
            await outbox.append(conn, drafts)
        first, *others = [{**row, "id": None, "appended_at": None} for row in await written(engine)]
        assert others == [first, first]

    async def test_keeps_the_order_of_the_drafts(self, engine):
        async with engine.begin() as conn:
            await outbox.append(conn, [Draft(revoked(number), "7", AT) for number in range(300)])
            await outbox.append(conn, [Draft.composed(SubsidyRevoked, "{}", f"k{n}", AT) for n in range(300)])
        rows = await written(engine)
        assert [orjson.loads(str(row["data"]))["grant_id"] for row in rows[:300]] == list(range(300))
        assert [row["key"] for row in rows[300:]] == [f"k{number}" for number in range(300)]

    async def test_takes_part_in_the_transaction(self, engine):
        with pytest.raises(ZeroDivisionError):
            async with engine.begin() as conn:
                await outbox.append(conn, [Draft(revoked(1), "7", AT)])
                raise ZeroDivisionError
        assert not await written(engine)

    async def test_wakes_a_relay_of_this_process_and_only_for_something(self, engine):
        with outbox.RELAYS.listening(engine) as poke:
            async with engine.begin() as conn:
                await outbox.append(conn, [])
                assert not poke.is_set()
                await outbox.append(conn, [Draft(revoked(1), "7", AT)])
                assert poke.is_set()
