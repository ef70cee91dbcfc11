"""`canbao reconcile` has running services agree again, whichever of them lost or never heard what."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from canbao.definitions import SERVICES, database_name
from canbao.process import take
from canbao.replay.run import all_in_one
from canbao.verify.report import Report
from canbao.verify.run import verify
from libs.common.db.embedded import EmbeddedServer
from tests.played import STATE, copied

A_PAID_ONE = "SELECT min(id) FROM enrollments WHERE state = 'paid'"
OPEN_AGAIN = (
    "UPDATE enrollments SET state = 'assessed', completed_at = NULL, paid_fen = NULL, benefit_from = NULL,"
    " benefit_to = NULL, final_assessment_id = NULL"
)


@dataclass
class Running:
    """A season that was played, with its services still running."""

    state: Path
    server: EmbeddedServer

    async def change(self, service: str, *statements: str) -> list[Any]:
        """Change a database behind the back of its service; give what the last statement answers."""
        connection = await asyncpg.connect(self.server.url(database_name(service)))
        try:
            async with connection.transaction():
                for statement in statements:
                    rows = await connection.fetch(statement)
            return [tuple(row) for row in rows]
        finally:
            await connection.close()

    def reconcile(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the command as an operator does."""
        return self.canbao("reconcile", *arguments)

    def canbao(self, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command on the data directory of the services that run."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CANBAO_")}
        return subprocess.run(
            [sys.executable, "-m", "canbao.cli", command, "--data-dir", str(self.state), *arguments],
            env={**environment, "CANBAO_LOG_LEVEL": "WARNING"},
            capture_output=True,
            text=True,
            timeout=300,
        )

    async def verified(self, notices: Any) -> Report:
        """What `canbao verify` finds."""
        return await verify({name: self.server.url(database_name(name)) for name in SERVICES}, notices)


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with copied(tmp_path_factory) as directory:
        state = directory / STATE
        with all_in_one(state, take(), directory / "up.log"):
            yield state


@pytest.fixture(scope="module")
async def running(season: Path) -> AsyncIterator[Running]:
    async with EmbeddedServer(season / "postgresql", join=True) as server:
        yield Running(season, server)


async def mended(running: Running, notices: Any) -> str:
    """Reconcile, and find nothing that differs anywhere; give what the command told on its way."""
    done = running.reconcile()
    assert (done.returncode, done.stdout) == (0, "all services agree\n"), done.stdout + done.stderr
    report = await running.verified(notices)
    assert {check.name: check.told for check in report.checks if check.count} == {}
    return done.stderr


async def test_changes_nothing_where_all_agree(running, notices):
    before = await running.change("registration", "SELECT count(*) FROM outbox")

    told = await mended(running, notices)

    assert told == ""
    verified = running.canbao("verify", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["clean"]) == (0, True), verified.stderr
    assert await running.change("registration", "SELECT count(*) FROM outbox") == before


async def test_publishes_again_what_a_service_has_not_handled(running, notices):
    [(paid, event)] = await running.change(
        "collection",
        "SELECT (data::json ->> 'enrollment_id')::bigint, id FROM outbox"
        " WHERE type = 'canbao.payment.received.v1' ORDER BY id LIMIT 1",
    )
    await running.change(
        "registration",
        f"DELETE FROM inbox WHERE source = 'canbao/collection' AND event_id = '{event}'",
        f"DELETE FROM completions WHERE enrollment_id = {paid}",
        f"{OPEN_AGAIN} WHERE id = {paid}",
    )

    told = await mended(running, notices)

    assert "1 events of collection were not handled by all: published again" in told
    assert await running.change("registration", f"SELECT state FROM enrollments WHERE id = {paid}") == [
        ("paid",)
    ]


async def test_hands_over_again_what_was_handled_without_effect(running, notices):
    [(enrollment,)] = await running.change("registration", A_PAID_ONE)
    benefit = f"SELECT state, paid_fen, benefit_from FROM enrollments WHERE id = {enrollment}"
    before = await running.change("registration", benefit)
    await running.change("registration", f"{OPEN_AGAIN} WHERE id = {enrollment}")
    money = await running.change("ledger", "SELECT count(*), sum(amount_fen) FROM postings")

    told = await mended(running, notices)

    assert "1 people are known differently" in told
    assert await running.change("registration", benefit) == before
    assert await running.change("ledger", "SELECT count(*), sum(amount_fen) FROM postings") == money


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM dues WHERE enrollment_id = {}",
        # As earlier releases decided it, by instants, across a step of the clock.
        "UPDATE dues SET cancelled_at = assessed_at + interval '1 second', cancelled_revision = NULL"
        " WHERE enrollment_id = {}",
        "UPDATE dues SET cancelled_at = assessed_at, cancelled_revision = revision WHERE enrollment_id = {}",
    ],
)
async def test_has_registration_say_anew_what_is_owed(running, notices, change):
    [(enrollment,)] = await running.change(
        "collection", "SELECT min(enrollment_id) FROM dues WHERE state = 'open'"
    )
    await running.change("collection", change.format(enrollment))

    await mended(running, notices)

    due = f"SELECT state FROM dues WHERE enrollment_id = {enrollment}"
    assert await running.change("collection", due) == [("open",)]


async def test_tells_what_only_a_person_can_mend(running, notices):
    [(person,)] = await running.change(
        "registration",
        "CREATE TABLE kept AS SELECT * FROM enrollments WHERE id = (SELECT max(id) FROM enrollments"
        " WHERE state = 'paid')",
        "DELETE FROM enrollments WHERE id IN (SELECT id FROM kept)",
        "SELECT person_id FROM kept",
    )
    try:
        done = running.reconcile()
    finally:
        columns = await running.change(
            "registration",
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_name = 'enrollments' AND is_generated = 'NEVER'",
        )
        names = columns[0][0]
        await running.change(
            "registration",
            f"INSERT INTO enrollments ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM kept",
            "DROP TABLE kept",
        )

    assert done.returncode == 1
    assert f"person {person} in " in done.stdout
    assert "is known to other services, but not enrolled in registration" in done.stdout
    await mended(running, notices)


async def test_does_not_begin_while_something_waits(running):
    await running.change(
        "registration",
        "INSERT INTO waiting (enrollment_id, county, coverage_year, cause, assess_at)"
        " SELECT 0, 'nowhere', 2020, 'data_corrected', now()",
    )
    try:
        done = running.reconcile("--wait", "1")
    finally:
        await running.change("registration", "DELETE FROM waiting WHERE enrollment_id = 0")

    assert done.returncode == 1
    assert "registration assess 1" in done.stderr
