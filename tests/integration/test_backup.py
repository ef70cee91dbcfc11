"""A season is backed up, lost, and restored elsewhere: the same totals, verified, no key beside the data."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner

from canbao.backup.cut import consistent_cut
from canbao.backup.manifest import NAME, BackupRefused
from canbao.backup.restoring import IDS_LEFT_OUT
from canbao.cli import main
from canbao.definitions import SERVICES, database_name
from canbao.embedded_state import EmbeddedState
from canbao.process import take
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver, play_file
from canbao.replay.run import addresses_below, all_in_one
from canbao.replay.services import Services
from canbao.replay.totals import season_totals
from libs.common.db.embedded import EmbeddedServer
from libs.common.identity import compose_resident_id
from tests.played import SEASONS, STATE, copied


def canbao(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does, in an environment of these settings alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANBAO_")}
    return subprocess.run(
        [sys.executable, "-m", "canbao.cli", *arguments],
        env={**environment, "CANBAO_LOG_LEVEL": "WARNING", **settings},
        capture_output=True,
        text=True,
        timeout=300,
    )


async def totals_at(url: str, data_dir: Path) -> Mapping[str, Any]:
    """What the services answer for both seasons."""
    async with Services(addresses_below(url), tokens(data_dir)) as services:
        return await season_totals(services, SEASONS)


async def totals_of(data_dir: Path) -> Mapping[str, Any]:
    """What they answer when they run on a data directory."""
    with all_in_one(data_dir, take()) as url:
        return await totals_at(url, data_dir)


@dataclass
class Played:
    """A season on an embedded server that copied its log: a backup, then more facts, an instant, and more."""

    directory: Path
    then: Mapping[str, Any]
    between: Mapping[str, Any]
    at_the_end: Mapping[str, Any]
    instant: datetime

    def path(self, name: str) -> str:
        """A directory or file beside the data."""
        return str(self.directory / name)

    def restore(self, data_dir: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Restore the backup with its keys."""
        command = ["restore", self.path("backup"), "--data-dir", self.path(data_dir)]
        return canbao(*command, "--keys", self.path("keys.json"), *arguments, **settings)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with copied(tmp_path_factory) as path:
        yield path


@pytest.fixture(scope="module")
async def played(directory: Path) -> AsyncIterator[Played]:
    state, found, instant = directory / STATE, [], datetime.now(UTC)
    os.environ["CANBAO_ARCHIVE_DIR"] = str(directory / "archive")
    try:
        with all_in_one(state, take(), directory / "up.log") as url:
            for number in range(3):
                if number:
                    part = directory / f"part-{number}.jsonl"
                    part.write_text("\n".join(map(json.dumps, _newcomer(number))))
                    driver = Driver(addresses_below(url), state)
                    assert (await play_file(driver, part, show_progress=False)).played.surprises == []
                found.append(await totals_at(url, state))
                if number == 0:
                    await asyncio.to_thread(_back_up, directory)
                instant = datetime.now(UTC) if number == 1 else instant
                await asyncio.sleep(0.2)
    finally:
        del os.environ["CANBAO_ARCHIVE_DIR"]
    yield Played(directory, *found, instant)


def _newcomer(number: int) -> Iterator[dict[str, Any]]:
    """Somebody moves to Huining, is registered and pays: every service has something new."""
    season = {"county": "huining", "coverage_year": 2021}
    who = {"number": compose_resident_id("620422", date(1985, 3, number), 77), "name": "林风"}
    member = {"name": who["name"], "hukou": "county"}
    household = {
        "household_no": f"BACKUP-{number}", "division_code": "620422100200", "head": who["number"],
        "members": [member | {"documents": [{"type": "resident_id", "number": who["number"]}]}],
        "enroll": season,
    }  # fmt: skip
    payment = {
        "transaction_no": f"BACKUP{number}", "paid_at": f"2020-12-0{number}T10:00:00+08:00",
        "amount_fen": 28_000, **season,
        "items": [{"id_number": who["number"], "name": who["name"], "amount_fen": 28_000}],
    }  # fmt: skip
    steps = (
        {"do": "register", "households": [household]},
        {"do": "callback", "channel": "village-agent", "data": payment},
        {"do": "settle"},
    )
    for minute, step in enumerate(steps, start=5 * number):
        yield {"at": f"2020-12-0{number}T10:{minute:02}:00+08:00", **step}


def _back_up(directory: Path) -> None:
    command = ["backup", str(directory / "backup"), "--data-dir", str(directory / "state")]
    done = canbao(*command, "--keys-to", str(directory / "keys.json"))
    assert done.returncode == 0, done.stderr


class TestBackupOfTheEmbeddedServer:
    async def test_comes_back_elsewhere_with_the_same_totals(self, played):
        done = played.restore("elsewhere")

        assert done.returncode == 0, done.stdout + done.stderr
        assert "nothing differs" in done.stdout
        assert played.then != played.at_the_end
        assert await totals_of(played.directory / "elsewhere") == played.then

    async def test_goes_on_to_an_instant_when_the_server_is_lost(self, played):
        (played.directory / "state").rename(played.directory / "lost")
        done = played.restore(
            "recovered", "--archive", played.path("archive"), "--until", played.instant.isoformat()
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert await totals_of(played.directory / "recovered") == played.between
        assert played.between not in (played.then, played.at_the_end)

    async def test_goes_on_to_the_end_of_the_archive(self, played):
        assert played.restore("whole", "--archive", played.path("archive")).returncode == 0

        assert await totals_of(played.directory / "whole") == played.at_the_end

    def test_has_no_key_in_it_and_shows_itself_to_the_owner_only(self, played):
        backup = played.directory / "backup"
        manifest = json.loads((backup / NAME).read_text())

        assert {path.name for path in backup.iterdir()} == {*manifest["files"], NAME}
        assert all(len(keys["identity key"]) == 16 for keys in manifest["keys"].values())
        assert set(manifest["keys"]) == set(SERVICES)
        assert backup.stat().st_mode & 0o077 == 0
        assert (played.directory / "keys.json").stat().st_mode & 0o777 == 0o600

    def test_without_its_keys_is_restored_and_does_not_start_until_they_are_back(self, played):
        where = played.path("keyless")
        done = canbao("restore", played.path("backup"), "--data-dir", where)
        assert done.returncode == 0, done.stderr

        up = canbao("up", "--port", "0", "--data-dir", where)

        assert up.returncode == 1
        assert "identity.json is gone" in up.stderr and "Traceback" not in up.stderr

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--until", "2000-01-01T00:00:00+08:00"], "needs the archive"),
            (["--archive", "archive", "--until", "2000-01-01T00:00:00+08:00"], "take an earlier backup"),
            (["--archive", "archive", "--until", "2999-01-01T00:00:00+08:00"], "in the future"),
            (["--archive", "archive", "--until", "2026-01-01T00:00:00"], "needs an offset"),
            (["--archive", "nowhere"], "is no directory"),
            (["--data-dir", "archive"], "is not empty"),
            (["--keys", "other.json"], "another identity key"),
            (["--keys", "others-vouchers.json"], "another voucher key v1"),
            (["--keys", "up.log"], "holds no keys"),
            (["--keys", "list.json"], "holds no keys"),
        ],
    )
    def test_refuses_what_cannot_be_and_leaves_nothing(self, played, arguments, says, monkeypatch):
        EmbeddedState(played.directory / "other").identity_key()
        text = (played.directory / "other" / "identity.json").read_text()
        (played.directory / "other.json").write_text(json.dumps({"identity.json": text}))
        keys = json.loads((played.directory / "keys.json").read_text())
        keys["voucher-keys.json"] = json.dumps({"v1": json.loads(text)["key"]})
        (played.directory / "others-vouchers.json").write_text(json.dumps(keys))
        (played.directory / "list.json").write_text(json.dumps({"voucher-keys.json": "[1]"}))
        monkeypatch.chdir(played.directory)
        given = ["--data-dir", "refused", "--keys", "keys.json", *arguments]

        done = CliRunner().invoke(main, ["restore", "backup", *given])

        assert done.exit_code in (1, 2)
        assert says in " ".join(done.output.split())
        assert not any(played.directory.glob("refused/*"))

    def test_notices_a_file_that_was_changed_and_one_that_is_missing(self, played):
        spoiled = played.directory / "backup" / "base.tar.gz"
        whole = spoiled.read_bytes()
        try:
            spoiled.write_bytes(whole[:-1] + b"?")
            assert "is not what was backed up" in played.restore("spoiled").stderr
            spoiled.unlink()
            assert "is missing" in played.restore("spoiled").stderr
        finally:
            spoiled.write_bytes(whole)

    def test_goes_into_a_new_directory_only_and_never_takes_the_keys_along(self, played):
        again = ["--data-dir", played.path("elsewhere")]

        assert "is not empty" in canbao("backup", played.path("backup"), *again).stderr
        beside = ["backup", played.path("second"), "--keys-to", played.path("second/keys.json")]
        assert "must not lie beside the data" in canbao(*beside, *again).stderr
        assert not (played.directory / "second").exists()

    def test_is_taken_neither_of_nothing_nor_into_what_it_is_of(self, played):
        misspelled = ["--data-dir", played.path("elsewere")]
        for command in (["backup", played.path("second")], ["verify"], ["reconcile"]):
            done = canbao(*command, *misspelled)
            assert (done.returncode, "there is no data in" in done.stderr) == (1, True), done.stderr
        assert not (played.directory / "elsewere").exists()

        here = next(name for name in ("state", "lost") if (played.directory / name).exists())
        again = ["--data-dir", played.path(here)]
        assert "would be lost with it" in canbao("backup", played.path(f"{here}/second"), *again).stderr
        assert "cannot be made" in canbao("backup", played.path("up.log/second"), *again).stderr
        assert not (played.directory / "second").exists()


class TestDumpsOfDatabases:
    """The databases of production are configured by URL; here they are those of the season, on a server."""

    async def test_come_back_in_empty_databases_and_go_on_with_ids_that_nobody_has_seen(self, played):
        where, dumps = played.directory / "elsewhere", played.path("dumps")
        async with EmbeddedServer(where / "postgresql") as server:
            await server.ensure_databases([f"new_{name}" for name in SERVICES])
            old, new = self.settings(server, database_name("")), self.settings(server, "new_")
            done = await asyncio.to_thread(canbao, "backup", dumps, **old)
            assert done.returncode == 0, done.stderr

            done = await asyncio.to_thread(canbao, "restore", dumps, **new)
            assert done.returncode == 0, done.stdout + done.stderr
            assert "nothing differs" in done.stdout

            connection = await asyncpg.connect(server.url("new_collection"))
            next_id = await connection.fetchval("SELECT nextval(pg_get_serial_sequence('outbox', 'id'))")
            assert next_id > IDS_LEFT_OUT
            await connection.close()

            again = await asyncio.to_thread(canbao, "restore", dumps, **new)
            assert "is not empty" in again.stderr
        assert {path.name for path in played.directory.glob("dumps/*")} == {
            NAME,
            *(f"{name}.dump" for name in SERVICES),
        }

    async def test_are_of_one_instant_in_which_nobody_heard_what_was_not_said(self, database, monkeypatch):
        monkeypatch.setattr("canbao.backup.cut._TRIES", 2)
        urls = {name: await database(name) for name in ("registration", "collection")}
        connection = await asyncpg.connect(urls["collection"])
        await connection.execute("INSERT INTO inbox VALUES ('canbao/registration', '7')")
        with pytest.raises(BackupRefused, match="calmer"):
            async with consistent_cut(urls):
                pass

        await connection.execute("DELETE FROM inbox")
        await connection.close()
        async with consistent_cut(urls) as snapshots:
            assert snapshots.keys() == urls.keys()

    @staticmethod
    def settings(server: EmbeddedServer, prefix: str) -> dict[str, str]:
        urls = {name: server.url(f"{prefix}{name}") for name in SERVICES}
        given = {f"CANBAO_{name.upper()}_DATABASE_URL": url for name, url in urls.items()}
        return {**given, "CANBAO_BUS": "kafka"}
