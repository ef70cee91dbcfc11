"""Deployment: the environment that compose sets is the environment that the settings read."""

import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from canbao.definitions import SERVICES as LISTED
from canbao.definitions import definition
from libs.common.security.digests import Digests
from libs.common.security.keys import SigningKey
from libs.common.security.tokens import Authenticator
from libs.common.security.webhooks import WebhookKeyRing
from libs.common.service import service_settings
from libs.common.settings import REPOSITORY, CommonSettings, ServiceSettings

DEPLOY = REPOSITORY / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = (*LISTED, "migrate")

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}")


def environment_of(name: str, chosen: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a container, with the variables of `.env` filled in."""
    chosen = chosen or {}
    return {
        key: _VARIABLE.sub(lambda match: chosen.get(match[1]) or match[2] or "", str(value))
        for key, value in SERVICES[name]["environment"].items()
    }


def known_to(name: str) -> set[str]:
    """The variables that the settings of a service read."""
    common = {f"CANBAO_{field.upper()}" for field in CommonSettings.model_fields}
    fields = definition(name).settings.model_fields
    return common | {f"CANBAO_{name.upper()}_{field.upper()}" for field in fields}


def variables(text: str) -> set[str]:
    return {match[1] for match in _VARIABLE.finditer(text)}


def example() -> set[str]:
    lines = (DEPLOY / ".env.example").read_text().splitlines()
    return {line.split("=")[0] for line in lines if line and not line.startswith("#")}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A directory after `docker compose run --rm prepare`."""
    specification = importlib.util.spec_from_file_location("prepare", DEPLOY / "prepare.py")
    prepare = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(prepare)
    directory = tmp_path_factory.mktemp("deploy")
    assert prepare.prepare(directory)
    before = {path: path.read_text() for path in directory.rglob("*") if path.is_file()}
    assert prepare.prepare(directory) == [], "a second time nothing is replaced"
    assert before == {path: path.read_text() for path in directory.rglob("*") if path.is_file()}
    return directory


@pytest.fixture(scope="module")
def chosen(prepared) -> dict[str, str]:
    lines = [line for line in (prepared / ".env").read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


class TestEnvironment:
    @pytest.mark.parametrize("name", LISTED)
    def test_has_no_variable_that_nobody_reads(self, name):
        assert not environment_of(name).keys() - known_to(name)

    def test_of_the_migration_names_the_databases_of_all(self):
        own = {f"CANBAO_{name.upper()}_DATABASE_URL" for name in LISTED}
        common = {f"CANBAO_{field.upper()}" for field in CommonSettings.model_fields}

        assert own <= environment_of("migrate").keys() <= own | common

    @pytest.mark.parametrize("name", LISTED)
    def test_is_what_the_settings_say(self, name, chosen, monkeypatch):
        for key, value in environment_of(name, chosen).items():
            monkeypatch.setenv(key, value)

        settings = service_settings(definition(name))

        password = chosen[f"{name.upper()}_DATABASE_PASSWORD"]
        assert settings.database_url == f"postgresql://canbao_{name}:{password}@postgres/canbao_{name}"
        assert (settings.bus, settings.kafka_bootstrap, settings.clock) == ("kafka", "kafka:9092", "system")
        assert (settings.host, settings.port) == ("0.0.0.0", LISTED[name].port)
        assert settings.jwks == "/etc/canbao/jwks.json"
        assert Digests.from_base64(settings.identity_key)
        for field, value in settings:
            variable = f"CANBAO_{name.upper()}_{field.upper()}"
            if environment_of(name, chosen).get(variable):
                assert str(value) == environment_of(name, chosen)[variable]

    @pytest.mark.parametrize("name", OURS)
    def test_without_secrets_leaves_them_unset(self, name, monkeypatch):
        for key, value in environment_of(name).items():
            monkeypatch.setenv(key, value)

        assert CommonSettings().identity_key is None

    def test_gives_every_service_a_database_and_a_login_of_its_own(self):
        urls = [environment_of(name)[f"CANBAO_{name.upper()}_DATABASE_URL"] for name in LISTED]

        assert len(set(urls)) == len(LISTED)
        for name in LISTED:
            assert not [
                other for other in LISTED if other != name and f"canbao_{other}" in str(SERVICES[name])
            ]

    def test_the_databases_are_those_that_the_script_makes(self):
        script = (DEPLOY / "postgres" / "databases.sh").read_text()

        for name in LISTED:
            assert f'create {name} "${name.upper()}_DATABASE_PASSWORD"' in script
            assert f"{name.upper()}_DATABASE_PASSWORD" in SERVICES["postgres"]["environment"]


class TestVariables:
    def test_of_compose_are_those_of_the_example(self):
        assert variables((DEPLOY / "docker-compose.yml").read_text()) == example()

    def test_that_are_secret_have_no_default(self):
        text = (DEPLOY / "docker-compose.yml").read_text()
        secret = {name for name in variables(text) if name.endswith(("_PASSWORD", "_KEY"))}

        assert len(secret) >= 8
        assert not [match[0] for match in _VARIABLE.finditer(text) if match[1] in secret and match[2]]

    def test_that_prepare_writes_are_all_secrets_and_nothing_unknown(self, chosen):
        needed = {name for name in example() if name.endswith(("_PASSWORD", "_KEY")) and "WECHAT" not in name}

        assert needed <= chosen.keys() <= example()
        assert len({chosen[name] for name in needed}) == len(needed)


class TestKeys:
    def test_are_there_for_every_path_that_a_container_reads(self, prepared):
        paths = {
            value.removeprefix("/etc/canbao/")
            for name in OURS
            for value in environment_of(name).values()
            if value.startswith("/etc/canbao/")
        }

        assert paths <= {path.name for path in (prepared / "keys").iterdir()}
        assert all(path.stat().st_mode & 0o077 == 0 for path in (prepared / "keys").iterdir())

    def test_fit_together(self, prepared):
        key = SigningKey.load_or_create(prepared / "keys" / "signing-key.pem")
        caller = Authenticator(prepared / "keys" / "jwks.json").authenticate(key.issue("officer", [], "*"))
        channels = json.loads((prepared / "keys" / "channels.json").read_text())

        assert caller.subject == "officer"
        assert all(WebhookKeyRing(secrets) for secrets in channels.values())


class TestProcesses:
    @pytest.mark.parametrize("name", LISTED)
    def test_are_started_checked_and_proxied_on_their_port(self, name):
        service = SERVICES[name]

        assert service["command"] == ["serve", name]
        assert service["healthcheck"]["test"][-1] == str(LISTED[name].port)
        caddy = (DEPLOY / "Caddyfile").read_text()
        assert re.search(rf"handle_path /{name}/\* {{\s+reverse_proxy {name}:{LISTED[name].port}\s+}}", caddy)

    def test_wait_for_the_migration_and_what_it_needs(self):
        for name in LISTED:
            waits = SERVICES[name]["depends_on"]
            assert waits["migrate"] == {"condition": "service_completed_successfully"}
            assert waits["kafka"] == waits["postgres"] == {"condition": "service_healthy"}

    def test_run_as_nobody_special_and_keep_their_data_in_named_volumes(self):
        for name in OURS:
            assert SERVICES[name]["read_only"] and SERVICES[name]["cap_drop"] == ["ALL"]
        assert {"postgres-data", "kafka-data"} <= COMPOSE["volumes"].keys()
        assert re.search(r"^USER canbao$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)

    def test_that_listen_for_long_are_all_checked(self):
        unchecked = [
            name
            for name, service in SERVICES.items()
            if "restart" in service and "healthcheck" not in service
        ]

        assert not unchecked

    def test_only_the_proxy_is_reachable_and_it_hides_what_is_internal(self):
        assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
        private = re.search(r"path_regexp (\S+)", (DEPLOY / "Caddyfile").read_text())[1]
        assert re.match(private, "/ledger/metrics") and re.match(private, "/ledger/internal/backlog")
        assert not re.match(private, "/ledger/v1/accounts")


class TestDatabaseUrl:
    def test_is_never_shared(self, monkeypatch):
        monkeypatch.setenv("CANBAO_DATABASE_URL", "postgresql://one/for-all")

        assert ServiceSettings(_env_prefix="CANBAO_LEDGER_").database_url is None


def _compose() -> list[str] | None:
    """How to call Docker's own parser, where it is installed."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True).returncode
        ):
            return command
    return None


if command := _compose():

    @pytest.mark.parametrize("profile", [[], ["--profile", "setup"]])
    def test_docker_accepts_the_file(profile):
        file = str(DEPLOY / "docker-compose.yml")
        run = subprocess.run(
            [*command, "-f", file, *profile, "config", "--quiet"], capture_output=True, text=True
        )

        assert run.returncode == 0, run.stderr
