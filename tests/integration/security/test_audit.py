"""Whoever looks somebody up leaves a trace, in the same transaction as what was seen."""

import json
from datetime import UTC, datetime, timedelta

import click
import pytest
from sqlalchemy import MetaData, select, text

from canbao.commands.lookups import print_lookups
from libs.common.db.engine import create_engine
from libs.common.db.resealing import sealing_tables
from libs.common.db.rows import fetch_value, statement
from libs.common.db.sealing import Sealing
from libs.common.observability.correlation import correlated
from libs.common.security.audit import audit_table, read_lookups, record_lookup
from libs.common.security.caller import Caller
from libs.common.security.wrapping import InstallationKeys

OFFICER = Caller("li", frozenset({"registration:read"}), "350426101", "township_officer")
AT = datetime(2019, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
async def lookups(database):
    metadata = MetaData()
    table = audit_table(metadata)
    sealing_tables(metadata)
    engine = create_engine(
        await database("empty"), name="audit", sealing=Sealing(InstallationKeys([b"\x08" * 32]))
    )
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield engine, table
    await engine.dispose()


async def rows(lookups) -> list[dict]:
    engine, table = lookups
    async with engine.connect() as connection:
        found = await connection.execute(select(table).order_by(table.c.id))
        return [dict(row) for row in found.mappings()]


class TestRecordLookup:
    async def test_names_everyone_who_was_seen_with_one_statement(self, lookups):
        engine, _ = lookups
        with correlated("c-1"):
            async with engine.begin() as connection:
                await record_lookup(connection, OFFICER, operation="get_person", at=AT, person_ids=[3, 1, 2])

        recorded = await rows(lookups)

        assert [row["person_id"] for row in recorded] == [3, 1, 2]
        for row in recorded:
            assert (row["subject"], row["role"], row["division"]) == ("li", "township_officer", "350426101")
            assert (row["operation"], row["looked_up_at"], row["correlation_id"]) == ("get_person", AT, "c-1")

    async def test_keeps_a_search_that_found_nobody(self, lookups):
        engine, _ = lookups
        async with engine.begin() as connection:
            await record_lookup(
                connection, OFFICER, operation="search", at=AT, query_digest="0f1e", purpose="row 7"
            )

        (row,) = await rows(lookups)

        assert (row["person_id"], row["query_digest"], row["purpose"]) == (None, "0f1e", "row 7")

    async def test_keeps_what_somebody_wrote_sealed(self, lookups):
        engine, table = lookups
        async with engine.begin() as connection:
            await record_lookup(connection, OFFICER, operation="search", at=AT, note="张三投诉")
            opened = statement("SELECT note FROM person_lookups", table.c.note)
            assert await fetch_value(connection, str, opened) == "张三投诉"

        (row,) = await rows(lookups)

        assert "张三".encode() not in row["note"] + row["note_digest"]

    async def test_is_read_with_what_was_written_of_one_person_and_from_an_instant(self, lookups):
        engine, _ = lookups
        async with engine.begin() as connection:
            for person_id, note in ((1, "张三投诉"), (2, "李四投诉")):
                await record_lookup(
                    connection, OFFICER, operation="get_person", at=AT, person_ids=[person_id], note=note
                )
            read = [row["note"] async for row in read_lookups(connection, 1, AT)]
            later = [row async for row in read_lookups(connection, None, AT + timedelta(seconds=1))]
        assert (read, later) == (["张三投诉"], [])

    async def test_has_who_printed_it_even_if_they_stopped_after_a_line(self, lookups, monkeypatch):
        engine, _ = lookups
        printed = []

        def closed_pipe(line):
            printed.append(json.loads(line)["operation"])
            raise BrokenPipeError

        monkeypatch.setattr(click, "echo", closed_pipe)
        async with engine.begin() as connection:
            await record_lookup(connection, OFFICER, operation="get_person", at=AT, person_ids=[1])
        with pytest.raises(BrokenPipeError):
            await print_lookups(engine, 1, None, "李文")

        assert printed == ["get_person"]
        assert [(row["operation"], row["subject"], row["person_id"]) for row in await rows(lookups)] == [
            ("get_person", "li", 1),
            ("lookups", "李文", 1),
        ]

    async def test_leaves_nothing_when_the_reading_transaction_fails(self, lookups):
        engine, _ = lookups
        with pytest.raises(ZeroDivisionError):
            async with engine.begin() as connection:
                await record_lookup(connection, OFFICER, operation="get_person", at=AT, person_ids=[1])
                raise ZeroDivisionError

        assert await rows(lookups) == []

    async def test_several_thousand_at_once_are_fine(self, lookups):
        engine, table = lookups
        async with engine.begin() as connection:
            await record_lookup(connection, OFFICER, operation="export", at=AT, person_ids=range(5000))
            total = (await connection.execute(text(f"SELECT count(*) FROM {table.name}"))).scalar()

        assert total == 5000
