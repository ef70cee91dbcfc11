"""Deployment: the environment that compose sets is the environment that the settings read."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from ipaddress import ip_network
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
#: Who is there with `--profile observability`.
WATCHERS = ("prometheus", "grafana")

#: What the SDK of OpenTelemetry reads, and canbao/tracing.py.
TRACES = {
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"),
    *("OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"),
}

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
        assert not {key for key in environment_of(name) if key not in TRACES} - known_to(name)

    def test_of_the_migration_names_the_databases_of_all(self):
        own = {f"CANBAO_{name.upper()}_DATABASE_URL" for name in LISTED}
        known = set[str]().union(*map(known_to, LISTED))

        assert own <= environment_of("migrate").keys() <= known | TRACES

    @pytest.mark.parametrize("name", LISTED)
    def test_of_the_migration_has_the_keys_that_each_database_is_held_to(
        self, name, prepared, chosen, monkeypatch
    ):
        """`canbao keys rotate`, `erase` and the others run there, and are refused without them."""

        def fingerprints(container):
            with monkeypatch.context() as patched:
                for key, value in environment_of(container, chosen).items():
                    patched.setenv(key, value.replace("/etc/canbao/", f"{prepared}/keys/"))
                settings = service_settings(definition(name))
                own = [(key.name, key.fingerprint) for key in definition(name).lasting_keys(settings)]
                return [(settings.identity_key, settings.sealing_keys), *own]

        assert fingerprints("migrate") == fingerprints(name)

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
        for name in (*OURS, "proxy", *WATCHERS):
            assert SERVICES[name]["read_only"]
        for name in SERVICES.keys() - {"prepare"}:
            assert SERVICES[name]["cap_drop"] == ["ALL"], name
            assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"], name
        users = {name: service.get("user") for name, service in SERVICES.items() if name != "proxy"}
        assert all(user and user.split(":")[0] not in ("0", "root") for user in users.values()), users
        assert re.search(r"^USER canbao$", (DEPLOY / "proxy.Dockerfile").read_text(), re.MULTILINE)
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
        published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

        assert published.keys() == {"proxy", *WATCHERS}
        for name in WATCHERS:
            assert all(port.startswith("127.0.0.1:") for port in published[name]), "for this machine alone"

    def test_database_and_broker_are_on_networks_of_their_own_that_lead_nowhere(self):
        where = {name: set(service.get("networks", ())) for name, service in SERVICES.items()}

        assert (where["postgres"], where["kafka"], where["proxy"]) == ({"database"}, {"broker"}, {"front"})
        assert all(where[name] == {"front", "database", "broker"} for name in OURS)
        assert (where["prometheus"], where["grafana"]) == ({"front", "observability"}, {"observability"})
        assert SERVICES["prepare"]["network_mode"] == "none"
        assert COMPOSE["networks"]["database"] == COMPOSE["networks"]["broker"] == {"internal": True}

    def test_believe_of_the_network_of_the_proxy_alone_where_a_request_comes_from(self, chosen):
        (network,) = COMPOSE["networks"]["front"]["ipam"]["config"]

        for name in LISTED:
            believed = environment_of(name)["CANBAO_PROXIES"]
            assert believed == _VARIABLE.sub(lambda match: match[2], network["subnet"])
            assert ip_network(believed).is_private

    def test_database_and_broker_let_nobody_in_without_a_password(self, chosen):
        postgres, kafka = environment_of("postgres", chosen), environment_of("kafka", chosen)

        assert postgres["POSTGRES_HOST_AUTH_METHOD"] == "scram-sha-256"
        assert chosen["KAFKA_PASSWORD"] in kafka["KAFKA_LISTENER_NAME_CLIENTS_PLAIN_SASL_JAAS_CONFIG"]
        protocols = dict(one.split(":") for one in kafka["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
        for listener in kafka["KAFKA_LISTENERS"].split(","):
            name, _, address = listener.partition("://")
            assert address.startswith("127.0.0.1:") or protocols[name] == "SASL_PLAINTEXT", listener
        for name in OURS:
            assert environment_of(name, chosen)["CANBAO_KAFKA_PASSWORD"] == chosen["KAFKA_PASSWORD"]

    def test_that_tell_alerts_may_reach_the_addresses_that_are_configured(self):
        for name in LISTED:
            assert {"CANBAO_ALERT_WEBHOOKS", "CANBAO_INTERNAL_NETWORKS"} <= environment_of(name).keys()


class TestImages:
    def test_are_all_pinned_by_the_script_and_none_is_named_elsewhere(self):
        pinned = dict(re.findall(r"^pin (\w+) (\S+)$", (DEPLOY / "pin-images.sh").read_text(), re.MULTILINE))
        text = (DEPLOY / "docker-compose.yml").read_text()
        named = {match[1]: match[2] for match in _VARIABLE.finditer(text) if match[1].endswith("_IMAGE")}
        own = {"CANBAO_IMAGE": "canbao:latest", "PROXY_IMAGE": "canbao-proxy:latest"}

        assert named == pinned | own
        for file, variable in (("Dockerfile", "PYTHON_IMAGE"), ("proxy.Dockerfile", "CADDY_IMAGE")):
            docker = (DEPLOY / file).read_text()
            assert f"ARG {variable}={pinned[variable]}\n" in docker
            assert {*re.findall(r"^FROM (\S+)", docker, re.MULTILINE)} == {f"${{{variable}}}"}

    def test_the_script_keeps_what_else_stands_in_the_file(self, tmp_path):
        shutil.copy(DEPLOY / "pin-images.sh", tmp_path)
        (tmp_path / ".env").write_text("KAFKA_PASSWORD=secret\nKAFKA_IMAGE=apache/kafka:4.2.1\n")
        (tmp_path / ".env").chmod(0o600)
        docker = tmp_path / "docker"
        digest = """echo "sha256:$(printf %s "$4" | sha256sum | cut -d' ' -f1)\""""
        # As buildx does, which prints all of the manifest for a format that begins with it.
        docker.write_text(f"#!/bin/sh\ncase $6 in '{{{{.Manifest'*) echo Name: $4 ;; *) {digest} ;; esac\n")
        docker.chmod(0o755)
        remove = tmp_path / "rm"
        remove.write_text('#!/bin/sh\nstat -c %a "$1" >>modes\nexec /bin/rm "$@"\n')
        remove.chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

        for _ in range(2):
            subprocess.run([tmp_path / "pin-images.sh"], env=environment, check=True, capture_output=True)

        lines = (tmp_path / ".env").read_text().splitlines()
        assert lines[0] == "KAFKA_PASSWORD=secret" and len(lines) == 7
        assert all(re.fullmatch(r"\w+_IMAGE=\S+:\S+@sha256:[0-9a-f]{64}", line) for line in lines[1:])
        assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
        assert {*(tmp_path / "modes").read_text().split()} == {"600"}


class TestWholeness:
    """What Docker's own parser checks first, where there is no Docker; the hosted workflow asks Docker."""

    def test_names_only_what_is_there(self):
        for name, service in SERVICES.items():
            assert set(service.get("networks", ())) <= COMPOSE["networks"].keys(), name
            assert service.get("depends_on", {}).keys() <= SERVICES.keys(), name
            for volume in service.get("volumes", ()):
                source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
                if source[0] not in ".$":
                    assert source in COMPOSE["volumes"], name
                elif source.startswith("./"):
                    assert (DEPLOY / source).exists() or source in ("./keys", "./root.crt"), name

    def test_knows_every_member(self):
        known = {
            *("image", "build", "profiles", "command", "entrypoint", "environment", "volumes", "tmpfs"),
            *("user", "read_only", "cap_drop", "security_opt", "networks", "network_mode", "ports"),
            *("restart", "stop_grace_period", "depends_on", "healthcheck", "logging", "shm_size"),
        }
        for name, service in SERVICES.items():
            assert service.keys() <= known, name
            assert service.get("healthcheck", {}).keys() <= {
                "test",
                "interval",
                "timeout",
                "retries",
                "start_period",
            }
            if "build" in service:
                assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


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

    @pytest.mark.parametrize("profile", [[], ["--profile", "setup"], ["--profile", "observability"]])
    def test_docker_accepts_the_file(profile):
        file = str(DEPLOY / "docker-compose.yml")
        run = subprocess.run(
            [*command, "-f", file, *profile, "config", "--quiet"], capture_output=True, text=True
        )

        assert run.returncode == 0, run.stderr
