"""The keys of a season change while its services run, and nothing of its people can be read without them."""

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from canbao.commands.options import settings_with
from canbao.context import Platform
from canbao.definitions import CONSOLE, SEASON, SERVICES, database_name, definition
from canbao.embedded_state import EmbeddedState
from canbao.process import take
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver, play_file
from canbao.replay.run import addresses_below, all_in_one
from canbao.replay.services import Services
from canbao.replay.totals import season_totals
from canbao.simulator.standard_webhook import WebhookSender
from libs.common.clock import CLOCK_HEADER
from libs.common.db.embedded import EmbeddedServer
from libs.common.db.engine import create_engine
from libs.common.db.rows import fetch, statement
from libs.common.db.sealed import Sealed, guarded_tables
from libs.common.db.sealing import Sealing
from services.registration.tables import persons
from tests.played import PEOPLE, SCENARIO, SEASONS, STATE, copied

#: How a notification names somebody whom no county knows.
STRANGER = {"id_number": "110101199003070011", "name": "欧阳明月"}
#: Members of a scenario that tell who somebody is.
PERSONAL = {"id_number", "number", "name", "address", "account_no", "holder"}


@dataclass
class Played:
    """A data directory after its keys were changed under a running season."""

    state: Path
    scenario: Path
    said: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    answered: list[int] = field(default_factory=list)
    totals: Mapping[str, Any] = field(default_factory=dict)

    async def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command as an operator does, beside whatever runs."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CANBAO_")}
        command = [sys.executable, "-m", "canbao.cli", *arguments, "--data-dir", str(self.state)]
        return await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, text=True, timeout=300
        )

    async def told(self, url: str) -> Mapping[str, Any]:
        """What the services answer for both seasons."""
        async with Services(addresses_below(url), tokens(self.state)) as services:
            return await season_totals(services, SEASONS)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with copied(tmp_path_factory) as path:
        yield path


@pytest.fixture(scope="module")
async def played(directory: Path) -> AsyncIterator[Played]:
    played = Played(directory / STATE, directory / SCENARIO)
    with all_in_one(played.state, take(), directory / "up.log") as url:
        await _leave_clear(played)
        played.said["seal"] = await played.run("keys", "seal")
        rotating = asyncio.create_task(played.run("keys", "rotate", "--sealing-key"))
        await _pay_until(rotating, url, played)
        played.said["rotate"] = await rotating
        await _settle(url, played)
        played.totals = await played.told(url)
    yield played


async def _settle(url: str, played: Played) -> None:
    """Have everything heard that was said."""
    at = json.loads(played.scenario.read_text().splitlines()[-1])["at"]
    quiet = played.scenario.with_name("quiet.jsonl")
    quiet.write_text(json.dumps({"at": at, "do": "settle"}))
    await play_file(Driver(addresses_below(url), played.state), quiet, show_progress=False)


async def _leave_clear(played: Played) -> None:
    """Names lie as a migration from an earlier release leaves them."""
    async with Platform(settings_with(played.state), join=True, make=False) as platform:
        sealing = Sealing(platform.wrapper("registration"))
        engine = create_engine(platform.urls["registration"], sealing=sealing)
        async with engine.begin() as conn:
            names = await fetch(conn, statement("SELECT id, name FROM persons", persons.c.name))
            clear = [{"id": row["id"], "name": f"\\x00{row['name'].encode().hex()}"} for row in names]
            await conn.execute(
                text("UPDATE persons SET name = CAST(:name AS text)::bytea WHERE id = :id"), clear
            )
            await conn.execute(text("INSERT INTO sealing_work VALUES ('persons', 'migration')"))
        await engine.dispose()


async def _pay_until(rotating: "asyncio.Task[Any]", url: str, played: Played) -> None:
    """Money of strangers comes in, and what came is read, for as long as the keys change: half a minute.

    Several a second find every moment of the change; more of them would only be more to match and to verify.
    """
    at = json.loads(played.scenario.read_text().splitlines()[-1])["at"]
    sender = WebhookSender("tax", tuple(EmbeddedState(played.state).webhook_secrets()["tax"]))
    async with httpx.AsyncClient(base_url=f"{url}/collection", trust_env=False, timeout=30) as http:
        while not rotating.done():
            request = sender.payment(
                {
                    "transaction_no": f"K{len(played.answered)}", "paid_at": at, "amount_fen": 25_000,
                    "county": "youxi", "coverage_year": 2020, "items": [STRANGER | {"amount_fen": 25_000}],
                }
            )  # fmt: skip
            headers = {**request.headers, CLOCK_HEADER: at}
            answer = await http.post(request.path, content=request.body, headers=headers)
            played.answered.append(answer.status_code)
            await asyncio.sleep(0.1)


@dataclass
class Stored:
    """What lies in the databases of a season that has ended."""

    keys: dict[str, str]
    used: dict[str, set[str]]
    dumps: dict[str, bytes]


@pytest.fixture(scope="module")
async def stored(played: Played) -> Stored:
    found = Stored({}, {}, {})
    async with EmbeddedServer(played.state / "postgresql") as server:
        for name in SERVICES:
            conn = await asyncpg.connect(server.url(database_name(name)))
            found.keys[name] = await conn.fetchval(
                "SELECT key_id FROM data_keys WHERE purpose = 'sealing' ORDER BY active_from DESC LIMIT 1"
            )
            found.used[name] = set()
            for table in guarded_tables(definition(name).metadata):
                for column in table.columns:
                    if isinstance(column.type, Sealed):
                        rows = await conn.fetch(
                            f"SELECT DISTINCT encode(substring({column.name} FROM 1 FOR 9), 'hex') AS key"
                            f" FROM {table.name} WHERE {column.name} IS NOT NULL"
                        )
                        found.used[name] |= {row["key"] for row in rows}
            for table in definition(name).metadata.sorted_tables:
                copied = io.BytesIO()
                await conn.copy_from_table(table.name, output=copied)
                found.dumps[f"{name}.{table.name}"] = copied.getvalue()
            await conn.close()
    return found


def people_of(scenario: Path) -> set[str]:
    """Names, numbers, addresses and accounts of everybody in a season."""
    found: set[str] = {STRANGER["id_number"], STRANGER["name"]}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.update(str(one) for key, one in value.items() if key in PERSONAL and one)
            value = list(value.values())
        if isinstance(value, list):
            for one in value:
                look(one)

    steps = [json.loads(line) for line in scenario.read_text().splitlines()]
    for step in steps:
        look(step)
    # What a school or a squadron is called says nothing of anybody.
    return found - {step["name"] for step in steps if step["do"] == "unit_list"}


class TestKeysOfARunningSeason:
    def test_change_without_a_refusal(self, played):
        for what, done in played.said.items():
            assert done.returncode == 0, (what, done.stdout + done.stderr)
        assert "everything is sealed" in played.said["seal"].stdout
        assert "rows of persons" in played.said["seal"].stderr
        for name in SERVICES:
            assert f"{name}: everything is sealed with a new key" in played.said["rotate"].stdout
        assert set(played.answered) == {202} and len(played.answered) > 100

    def test_leave_nothing_sealed_with_the_key_before(self, stored):
        # All have a key; the console has nothing of people to seal, and to webhooks nobody has subscribed.
        season = {name: {f"01{key}"} for name, key in stored.keys.items() if name in SEASON}
        assert stored.used == season | {CONSOLE: set(), "webhooks": set()}

    async def test_open_everything_after_a_restart_with_the_new_ones_alone(self, played, stored):
        assert len(json.loads((played.state / "sealing.json").read_text())["keys"]) == 1
        done = await played.run("verify")
        assert "nothing differs" in done.stdout, done.stdout + done.stderr
        with all_in_one(played.state, take()) as url:
            assert await played.told(url) == played.totals

    async def test_let_what_may_go_by_law_be_counted_and_erased(self, played):
        counted = await played.run("erase")
        assert "collection.notifications: what channels sent: 0 rows" in counted.stdout, counted.stderr
        assert "nothing was changed" in counted.stdout
        erased = await played.run("erase", "--yes", "--by", "李文", "--why", "销毁清册 2026-1")
        assert "collection: 0 rows were erased" in erased.stdout, erased.stderr

    async def test_let_the_audit_be_printed_and_the_printing_stands_in_it(self, played):
        done = await played.run("lookups", "--service", "collection", "--by", "李文")
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert told and (told[-1]["operation"], told[-1]["subject"]) == ("lookups", "李文"), done.stderr

    def test_are_needed_to_read_anything_of_the_people(self, played, stored):
        people = people_of(played.scenario)
        assert len(people) > 2 * PEOPLE
        told = [
            (table, one) for table, dump in stored.dumps.items() for one in people if one.encode() in dump
        ]
        assert told == []
