"""`canbao up` as a visitor meets it: it starts, is ready, stops on Ctrl-C, and starts again with its data."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from canbao.definitions import SERVICES
from libs.common.db.cluster import running_postmaster
from libs.common.settings import REPOSITORY

START_SECONDS = 240
#: Far longer than stopping takes: who needs so long hangs.
HANGING_SECONDS = 120


@pytest.fixture
def data_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="canbao-up-"))
    yield directory
    shutil.rmtree(directory)


class Up:
    """A running `canbao up`."""

    def __init__(self, data_dir: Path, process: subprocess.Popen[str]) -> None:
        self.data_dir = data_dir
        self.process = process
        self.address = self._announced()
        self.http = httpx.Client(base_url=self.address, trust_env=False, timeout=60)

    def _announced(self) -> str:
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.match(r"Canbao listens on (http://\S+)", line):
                return found[1]
        raise AssertionError("canbao up ended: " + "".join(said))

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not all(self.http.get(f"/{name}/readyz").status_code == 200 for name in SERVICES):
            assert time.monotonic() < deadline, [self.http.get(f"/{name}/readyz").text for name in SERVICES]
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Send a signal; the process ends by itself, with exit code 0."""
        self.http.close()
        self.process.send_signal(how)
        assert self.process.wait(HANGING_SECONDS) == 0

    @property
    def server(self) -> int | None:
        """The process number of its PostgreSQL."""
        found = running_postmaster((self.data_dir / "postgresql" / "postgres").resolve())
        return found.pid if found else None


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Up]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANBAO_")}
    # Tests look at what was done a moment ago.
    environment |= {"CANBAO_CONSOLE_FIGURES_SECONDS": "0"} | settings
    command = [sys.executable, "-m", "canbao.cli", "up", "--port", "0", "--data-dir", str(data_dir)]
    with (
        (data_dir / "stdout.log").open("a") as log,
        subprocess.Popen(command, stdout=log, stderr=subprocess.PIPE, text=True, env=environment) as process,
    ):
        try:
            up = Up(data_dir, process)
            with up.http:
                yield up
        finally:
            process.kill()


class TestNotices:
    """A clerk corrects the notice of one county while everything runs."""

    def test_are_followed_without_a_restart_and_a_slip_harms_nobody(self, data_dir):
        policies = data_dir / "policies"
        shutil.copytree(REPOSITORY / "policies", policies)
        file = policies / "youxi" / "2020.yaml"
        whole, slip = file.read_text(), 'canbao_notices_faulty{file="youxi/2020.yaml"} 1.0'
        with running(data_dir, CANBAO_POLICIES_DIR=str(policies)) as up:
            up.wait_until_ready()
            faulty = partial(self.faulty, up)
            assert not faulty()

            file.write_text(whole.replace("notice:", "notice:\n  colour: red", 1))
            wait_until(lambda: slip in faulty())
            assert up.http.get("/registration/readyz").status_code == 200

            file.write_text("# corrected\n" + whole)
            wait_until(lambda: not faulty())
        lines = [json.loads(line) for line in (data_dir / "stdout.log").read_text().splitlines()]
        told = [line for line in lines if line["event"].startswith("notice_")]
        assert [line["event"] for line in told] == ["notice_faulty", "notice_loaded"]
        assert "colour" in told[0]["flaws"][0] and told[0]["in_force"] != told[1]["in_force"]

    @staticmethod
    def faulty(up: Up) -> list[str]:
        """What each scrape says of notices with flaws."""
        text = up.http.get("/registration/metrics").text
        return [line for line in text.splitlines() if line.startswith("canbao_notices_faulty{")]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class TestUp:
    def test_answers_for_every_service_and_stops_on_ctrl_c(self, data_dir):
        with running(data_dir) as up:
            up.wait_until_ready()
            for name in SERVICES:
                assert up.http.get(f"/{name}/healthz").status_code == 200
                assert up.http.get(f"/{name}/openapi.json").json()["openapi"].startswith("3.1")
                assert "canbao_" in up.http.get(f"/{name}/metrics").text
            assert "/ledger/docs" in up.http.get("/").text
            assert up.server is not None
            up.stop()
            assert up.server is None
        assert "Traceback" not in (data_dir / "stdout.log").read_text()

    def test_starts_again_with_the_same_keys_after_a_stop_and_after_a_kill(self, data_dir):
        keys = set()
        for end in (lambda up: up.process.kill(), lambda up: up.stop(signal.SIGTERM), Up.stop):
            with running(data_dir) as up:
                up.wait_until_ready()
                keys.add((data_dir / "signing-key.pem").read_text())
                end(up)
        assert len(keys) == 1

    def test_starts_its_database_again_when_that_ends(self, data_dir):
        """Killed or stopped from outside: what was answered is kept, and the services go on."""
        with running(data_dir) as up:
            up.wait_until_ready()
            for how in (signal.SIGKILL, signal.SIGINT):
                before = up.server
                assert before is not None
                os.kill(before, how)
                wait_until(lambda: up.server not in (None, before))  # noqa: B023
                up.wait_until_ready()
            up.stop()
        said = [json.loads(line) for line in (data_dir / "stdout.log").read_text().splitlines()]
        assert [line["event"] for line in said if line["event"].startswith("database_")] == [
            "database_ended", "database_restarted",
        ] * 2  # fmt: skip

    def test_a_second_one_is_told_what_is_taken_and_how_to_choose_another(self, data_dir):
        with running(data_dir) as up:
            command = [sys.executable, "-m", "canbao.cli", "up", "--port", "0", "--data-dir", str(data_dir)]
            first = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
            port = up.address.rsplit(":", 1)[1]
            command = [
                sys.executable,
                "-m",
                "canbao.cli",
                "up",
                "--port",
                port,
                "--data-dir",
                str(data_dir / "b"),
            ]
            second = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
            up.stop()
        assert (first.returncode, second.returncode) == (1, 1)
        assert f"Error: process {up.process.pid} already runs on the data directory" in first.stderr
        assert "--data-dir" in first.stderr
        assert f"127.0.0.1:{port}" in second.stderr
        assert "--port" in second.stderr
        assert not (data_dir / "b").exists()
