"""What may go by the terms of the law goes, on record, and every check holds afterwards."""

from datetime import UTC, date, datetime

import asyncpg
import pytest
from click.testing import CliRunner

from canbao.cli import main
from canbao.definitions import SEASON, SERVICES
from canbao.migrate import migrate_database
from canbao.retention.erasing import By, erase, look
from canbao.retention.terms import TERMS
from canbao.verify.run import verify
from libs.common.db.engine import create_engine
from libs.common.db.rows import execute, fetch, statement, value_of
from libs.common.db.sealing import Sealing
from libs.common.security.seals import seal
from libs.common.security.wrapping import InstallationKeys
from services.collection.tables import metadata, notifications
from services.registration.tables import status_statements, survey_rows
from services.subsidy.tables import attempts
from tests.integration.test_upgrade import published_again, restored, sealed

person_lookups = metadata.tables["person_lookups"]
NOW = date(2026, 11, 26)
LATER = date(2060, 1, 1)
WHY = "销毁清册 2060-1，经办人 350426199001011215"
BY = By("archivist", WHY, datetime(2060, 1, 1, 2, tzinfo=UTC))


@pytest.fixture
async def season(database, service_context):
    """A season of the years 2019 to 2021 with the engines of its services."""
    urls = await restored(database, "0.1")
    engines = {}
    for name, url in urls.items():
        await migrate_database(name, url)
        await sealed(name, url)
        engines[name] = create_engine(url, sealing=Sealing(InstallationKeys([b"\x08" * 32])))
    await published_again(service_context, urls, "registration", "collection")
    await published_again(service_context, urls, "subsidy", "collection")
    await published_again(service_context, urls, "collection", "subsidy")
    await published_again(service_context, urls, "collection", "registration")
    await published_again(service_context, urls, "subsidy", "registration")
    yield urls, engines
    for engine in engines.values():
        await engine.dispose()


async def rows_of(engines, today) -> dict[str, int]:
    """What may go on a day, by term."""
    return {
        found.term.name: found.rows
        for name, engine in engines.items()
        for found in await look(engine, name, today)
    }


async def everything(urls) -> list[object]:
    """All rows of the tables that an erasure touches."""
    found: list[object] = []
    for term in TERMS:
        conn = await asyncpg.connect(urls[term.service])
        found += [tuple(row) for row in await conn.fetch(f"SELECT * FROM {term.table.name} ORDER BY 1")]
        await conn.close()
    return found


class TestErasing:
    async def test_today_leaves_every_voucher_where_it_is(self, season):
        urls, engines = season
        before = await everything(urls)
        found = await rows_of(engines, NOW)
        assert await everything(urls) == before, "to look changes nothing"
        assert found["collection.notifications: what channels sent"] == 0
        assert found["subsidy.attempts: accounts to which money was sent"] == 0

    async def test_takes_away_what_is_due_and_nothing_is_found_wrong_afterwards(self, season, notices):
        urls, engines = season
        due = await rows_of(engines, LATER)
        assert due["collection.notifications: what channels sent"] > 0
        assert due["collection.payment_lines: whom lines name"] > 0
        assert due["subsidy.attempts: accounts to which money was sent"] > 0
        gone = {
            name: await erase(engine, name, LATER, BY, lambda *_: None) for name, engine in engines.items()
        }
        assert sum(gone.values()) == sum(due.values())
        assert not any((await rows_of(engines, LATER)).values()), "a second time there is nothing to do"
        async with engines["collection"].connect() as conn:
            sent = statement(
                "SELECT raw, headers FROM notifications", notifications.c.raw, notifications.c.headers
            )
            assert {(row["raw"], row["headers"]) for row in await fetch(conn, sent)} == {(b"", "")}
        async with engines["subsidy"].connect() as conn:
            told = statement(
                "SELECT holder, account_cipher FROM attempts", attempts.c.holder, attempts.c.account_cipher
            )
            assert {(row["holder"], row["account_cipher"]) for row in await fetch(conn, told)} == {("", b"")}
        for name in SEASON:
            await seal(engines[name])
        report = await verify(urls, notices)
        assert [(check.name, check.told[:3]) for check in report.checks if check.count] == []

    async def test_stays_on_record_with_who_and_why_and_how_much(self, season):
        _, engines = season
        gone = await erase(engines["collection"], "collection", LATER, BY, lambda *_: None)
        async with engines["collection"].connect() as conn:
            said = await fetch(
                conn,
                statement(
                    "SELECT subject, purpose, note FROM person_lookups WHERE operation = 'erase'",
                    person_lookups.c.note,
                ),
            )
        assert {row["subject"] for row in said} == {"archivist"}
        assert all("销毁清册 2060-1" in row["note"] and "350426" not in row["note"] for row in said)
        assert sum(int(row["purpose"].split(": ")[2].split(" ")[0]) for row in said) == gone

    async def test_keeps_statuses_of_people_who_came_later(self, season):
        _, engines = season
        counted = statement("SELECT count(*) AS all, count(person_id) AS known FROM status_statements")
        async with engines["registration"].begin() as conn:
            stranger = statement(f"""
                INSERT INTO status_statements (county, coverage_year, number, number_digest, status, said,
                    department, effective_on, listed_on, roster_id, known_at)
                SELECT county, coverage_year, {value_of(status_statements.c.number, "number")},
                    {value_of(status_statements.c.number_digest, "of")}, status, said, department,
                    effective_on, listed_on, roster_id, known_at FROM status_statements LIMIT 1
            """)
            assert await execute(conn, stranger, number="350426199001010028", of="350426199001010028") == 1
            (before,) = await fetch(conn, counted)
        await erase(engines["registration"], "registration", LATER, BY, lambda *_: None)
        async with engines["registration"].connect() as conn:
            (after,) = await fetch(conn, counted)
        assert before["known"] < before["all"] and before["known"] > 0
        assert (after["all"], after["known"]) == (before["known"], before["known"])

    async def test_leaves_of_a_survey_the_answers_alone(self, season):
        _, engines = season
        columns = survey_rows.c
        row = statement(f"""
            INSERT INTO survey_rows (county, coverage_year, import_id, division_code, household_no, head,
                born, document_type, answer, name, number, number_digest, phone, content_digest)
            VALUES ('youxi', 2020, 1, '350426101201', '1', true, '1990-01-01', 'resident_id', 'insure',
                {value_of(columns.name, "name")}, {value_of(columns.number, "number")},
                {value_of(columns.number_digest, "of")}, {value_of(columns.phone, "phone")},
                {value_of(columns.content_digest, "cells")})
        """)
        shown = statement(
            "SELECT name, number, phone, answer FROM survey_rows", columns.name, columns.number, columns.phone
        )
        async with engines["registration"].begin() as conn:
            await execute(
                conn,
                row,
                name="张三",
                number="350426199001010128",
                of="350426199001010128",
                cells="all of them",
                phone="13812345678",
            )
        await erase(engines["registration"], "registration", NOW, BY, lambda *_: None)
        async with engines["registration"].connect() as conn:
            kept = [tuple(row.values()) for row in await fetch(conn, shown)]
        assert kept == [("张三", "350426199001010128", "13812345678", "insure")], "ten years are not over"
        await erase(engines["registration"], "registration", LATER, BY, lambda *_: None)
        async with engines["registration"].connect() as conn:
            assert [tuple(row.values()) for row in await fetch(conn, shown)] == [("", "", None, "insure")]


class TestCommand:
    @pytest.mark.parametrize("more", [[], ["--by", "li"], ["--why", "x"], ["--by", " ", "--why", "x"]])
    def test_erases_nothing_without_who_and_why(self, more, tmp_path):
        answer = CliRunner().invoke(main, ["erase", "--yes", "--data-dir", str(tmp_path), *more])
        assert answer.exit_code == 2 and "--by NAME --why TEXT" in answer.output

    def test_knows_every_service(self):
        assert {term.service for term in TERMS} <= set(SERVICES)
