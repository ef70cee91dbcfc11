"""Deployment: a rehearsal is prepared so that the driver of seasons and the services know the same keys."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from canbao.definitions import definition
from canbao.embedded_state import WEBHOOK_CHANNELS
from canbao.simulator.keys import webhook_senders, wechat_sender
from libs.common.service import service_settings
from libs.common.settings import REPOSITORY
from tests.contract.test_compose_environment import LISTED, environment_of

PREPARE = REPOSITORY / "deploy" / "prepare.py"


def prepare() -> ModuleType:
    specification = importlib.util.spec_from_file_location("prepare", PREPARE)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def environment(directory: Path) -> dict[str, str]:
    lines = [line for line in (directory / ".env").read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory) -> Path:
    """A directory after `docker compose run --rm prepare --rehearsal`."""
    directory = tmp_path_factory.mktemp("rehearsal")
    prepare().prepare(directory, rehearsal=True)
    return directory


def test_moves_the_clock_of_every_service_and_nothing_else_does(rehearsal, tmp_path):
    prepare().prepare(tmp_path)
    for name in (*LISTED, "migrate"):
        assert environment_of(name, environment(rehearsal))["CANBAO_CLOCK"] == "movable"
        assert environment_of(name, environment(tmp_path))["CANBAO_CLOCK"] == "system"


def test_lets_the_driver_sign_as_every_channel_that_collection_believes(rehearsal, monkeypatch):
    for key, value in environment_of("collection", environment(rehearsal)).items():
        monkeypatch.setenv(key, value.replace("/etc/canbao/", f"{rehearsal}/keys/"))

    settings, wechat = service_settings(definition("collection")), wechat_sender(rehearsal / "keys")

    assert webhook_senders(rehearsal / "keys").keys() == {*WEBHOOK_CHANNELS}
    assert (settings.wechat_mchid, settings.wechat_appid) == (wechat.mchid, wechat.appid)
    assert settings.wechat_api_v3_key.encode() == wechat.api_v3_key
    assert wechat.serial in Path(settings.wechat_keys).read_text()


def test_lets_webhooks_reach_who_plays_beside_the_proxy(rehearsal):
    told = environment_of("webhooks", environment(rehearsal))

    assert told["CANBAO_INTERNAL_NETWORKS"] == told["CANBAO_PROXIES"]


def test_is_never_made_of_an_installation_that_is_there(tmp_path):
    prepare().prepare(tmp_path)
    before = (tmp_path / ".env").read_text()

    run = subprocess.run(
        [sys.executable, PREPARE, tmp_path, "--rehearsal"], cwd=REPOSITORY, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip

    assert run.returncode == 2 and "a directory of its own" in run.stderr
    assert (tmp_path / ".env").read_text() == before and not (tmp_path / "keys" / "wechat.json").exists()


def test_containers_are_not_root_where_root_prepares(tmp_path, monkeypatch):
    module, owned = prepare(), dict[str, tuple[int, int]]()
    monkeypatch.setattr(module.os, "getuid", lambda: 0)
    monkeypatch.setattr(module.os, "chown", lambda path, *owner: owned.update({Path(path).name: owner}))

    module.prepare(tmp_path)

    chosen = environment(tmp_path)
    assert (chosen["RUN_AS_UID"], chosen["RUN_AS_GID"]) == ("10001", "10001")
    assert owned.keys() == {"keys", *(path.name for path in (tmp_path / "keys").iterdir())}
    assert set(owned.values()) == {(10001, 10001)}
