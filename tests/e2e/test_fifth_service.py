"""A fifth service is one entry in the list: it is migrated, served, watched, documented and verified."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from canbao.definitions import SERVICES, Service
from canbao.documents import DOCS, documents
from canbao.replay.run import temporary_data_dir
from tests.e2e.test_up import Up

#: For one command, on a machine that is busy with other tests.
COMMAND_SECONDS = 240
FIFTH = Path(__file__).with_name("fifth")
COMMAND = [sys.executable, str(FIFTH / "with_greetings.py")]


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with temporary_data_dir() as directory, running(directory) as up:
        up.wait_until_ready()
        yield up
        up.stop()


@contextmanager
def running(data_dir: Path) -> Iterator[Up]:
    command = [*COMMAND, "up", "--port", "0", "--data-dir", str(data_dir)]
    with (
        (data_dir / "stdout.log").open("a") as log,
        subprocess.Popen(command, stdout=log, stderr=subprocess.PIPE, text=True) as process,
    ):
        try:
            yield Up(data_dir, process)
        finally:
            process.kill()


def canbao(up: Up, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CANBAO_DATA_DIR": str(up.data_dir)}
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=COMMAND_SECONDS
    )


class TestFifthService:
    def test_is_migrated_and_answers_under_its_prefix(self, up):
        assert up.http.get("/greetings/v1/greetings").json() == {"words": "good day"}
        assert up.http.get("/greetings/readyz").json() == {"status": "ok"}

    def test_is_on_the_page_that_lists_the_services(self, up):
        page = up.http.get("/").text

        assert 'href="/greetings/docs"' in page
        assert "says good day" in page
        assert "/greetings." in up.http.get("/nowhere").json()["detail"]

    def test_has_its_own_openapi_document(self, up):
        document = up.http.get("/greetings/openapi.json").json()

        assert "/v1/greetings" in document["paths"]

    def test_leaves_the_others_as_they_are(self, up):
        assert all(up.http.get(f"{service.prefix}/readyz").is_success for service in SERVICES.values())

    def test_is_known_to_every_command(self, up):
        status = json.loads(canbao(up, "bus", "status", "--json").stdout)

        assert status["greetings"] == {"outbox": 0, "lag": 0, "parked": 0, "retrying": 0}
        assert "8007" in canbao(up, "serve", "--help").stdout
        migrated = canbao(up, "migrate").stdout
        assert "database of greetings is at its newest revision" in migrated
        assert "topic canbao.greetings exists" in migrated
        verified = canbao(up, "verify", "--json")
        assert verified.returncode == 0, verified.stderr
        assert json.loads(verified.stdout)["clean"]


def test_a_fifth_service_is_documented_with_the_others(monkeypatch):
    monkeypatch.syspath_prepend(FIFTH)
    greetings = Service("greetings", 8007, "says good day", package_name="greetings")
    monkeypatch.setitem(SERVICES, "greetings", greetings)

    assert '"/v1/greetings"' in documents()[DOCS / "openapi" / "greetings.json"]
