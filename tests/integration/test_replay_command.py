"""`canbao replay` says in one sentence why it cannot begin, and leaves no keys behind where none belong."""

import json

import pytest
from click.testing import CliRunner

from canbao.cli import main
from canbao.definitions import SEASON
from canbao.embedded_state import EmbeddedState
from canbao.replay.services import Refused, Services
from canbao.simulator.listening import Listener, Said


@pytest.fixture
def scenario(tmp_path):
    path = tmp_path / "season.jsonl"
    path.write_text(json.dumps({"do": "life_events", "at": "2020-01-15T10:00:00+08:00", "rows": []}) + "\n")
    return str(path)


def test_services_that_run_are_not_played_against_with_keys_of_another_directory(scenario, tmp_path):
    new = tmp_path / "new"

    answer = CliRunner().invoke(
        main, ["replay", scenario, "--url", "http://127.0.0.1:1", "--data-dir", str(new)]
    )

    assert answer.exit_code == 2
    assert f"{new} holds no signing key" in answer.output
    assert not new.exists()


def test_a_new_directory_is_made_and_why_nothing_came_up_in_it_is_told(scenario, tmp_path, monkeypatch):
    monkeypatch.setenv("CANBAO_POLICIES_DIR", str(tmp_path / "none"))
    new = tmp_path / "deep" / "new"

    answer = CliRunner().invoke(main, ["replay", scenario, "--data-dir", str(new), "--quiet"])

    assert answer.exit_code == 1
    assert answer.output.startswith("Error: canbao up ended with exit code 1 before it was ready: ")
    assert "CANBAO_POLICIES_DIR" in answer.output
    assert (new / "up.log").exists()


def test_every_service_behind_a_proxy_is_named_or_none(scenario, tmp_path):
    EmbeddedState(tmp_path / "state").signing_key()

    answer = CliRunner().invoke(
        main,
        [*("replay", scenario, "--url", "https://localhost:1", "--data-dir", str(tmp_path / "state")),
         *("--inside", "ledger=http://ledger:8004")],
    )  # fmt: skip

    assert answer.exit_code == 2
    assert "no address for registration, collection, subsidy: give --inside for each" in answer.output


async def test_a_proxy_that_hides_what_is_for_machines_is_not_asked_for_ever():
    """Whether work is left is asked of the services themselves; without addresses that is told at once."""
    done = json.dumps({"pending": {}, "counters": {}}).encode()
    with Listener(lambda _: Said(404)) as proxy, Listener(lambda _: Said(200, done)) as service:
        hidden = {name: [proxy.url] for name in SEASON}
        inside = {name: [service.url] for name in SEASON}
        async with Services(hidden, {"operator": "token"}) as services:
            with pytest.raises(Refused, match="--inside"):
                await services.wait_until_quiet(timeout_seconds=30)
        async with Services(hidden, {"operator": "token"}, inside=inside) as services:
            await services.wait_until_quiet(timeout_seconds=30)
