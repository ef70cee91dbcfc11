"""The list of the services is in canbao/definitions.py; whatever cannot read it names exactly the same.

Each failure says what to add where.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from canbao.definitions import SERVICES, Service, definition
from canbao.documents import described_context
from canbao.verify.events import flows
from libs.common.events import TOPICS
from libs.common.security.scopes import SCOPES
from libs.common.settings import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
#: Scopes that belong to no single service.
SHARED_SCOPES = {
    *(
        "alerts",
        "assess",
        "audit",
        "cards",
        "cash",
        "channels",
        "exchange",
        "identities",
        "notices",
        "orders",
        "ops",
        "payers",
        "pii",
        "refunds",
        "survey",
        "tickets",
    ),
    *("progress", "scores", "units"),
}


def read(path: str) -> str:
    return (REPOSITORY / path).read_text(encoding="utf-8")


def compose_entry(service: Service) -> str:
    """What docker-compose.yml says of a service, beside its password, the migration and the proxy."""
    name, upper = service.name, service.name.upper()
    return f"""
under x-databases:
  {name}: &{name}-database
    {service.variables}DATABASE_URL: postgresql://{service.database}:${{{upper}_DATABASE_PASSWORD:-}}@postgres/{service.database}
under services.postgres.environment:
      {upper}_DATABASE_PASSWORD: ${{{upper}_DATABASE_PASSWORD:-}}
in services.migrate.environment: *{name}-database
under services:
  {name}:
    <<: *service
    command: [serve, {name}]
    environment:
      <<: [*environment, *{name}-database]
      {service.variables}HOST: 0.0.0.0
      {service.variables}PORT: "{service.port}"
    healthcheck:
      <<: *healthcheck
      test: [CMD, python, /app/deploy/healthcheck.py, "{service.port}"]
under services.proxy.depends_on:
      {name}: {{condition: service_healthy}}
"""


def caddy_entry(service: Service) -> str:
    return f"\thandle_path {service.prefix}/* {{\n\t\treverse_proxy {service.name}:{service.port}\n\t}}\n"


class TestList:
    def test_gives_every_service_a_name_and_a_port_of_its_own(self):
        assert all(name == service.name for name, service in SERVICES.items())
        assert all(re.fullmatch(r"[a-z]+", name) for name in SERVICES), "as the proxy's pattern has them"
        assert len({service.port for service in SERVICES.values()}) == len(SERVICES)

    @pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
    def test_says_of_a_service_what_its_definition_says(self, service):
        defined = definition(service.name)

        assert (defined.name, defined.topic) == (service.name, service.topic)
        assert defined.migrations.is_dir()

    def test_is_read_without_the_code_that_serves(self):
        """Commands that look after databases would wait for seconds until every route is made."""
        program = (
            "import sys; from canbao.definitions import SERVICES, definition\n"
            "for name in SERVICES: definition(name)\n"
            "print(*(n for n in sys.modules if n.startswith('services.') and n.endswith(('.app', '.api'))))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert done.stdout.split() == []

    def test_has_every_directory_below_services_and_no_other(self):
        packages = {path.parent.name for path in (REPOSITORY / "services").glob("*/app.py")}

        assert packages == set(SERVICES), "add an entry to SERVICES in canbao/definitions.py"

    def test_has_every_topic_that_events_go_to(self):
        assert set(TOPICS) <= {service.topic for service in SERVICES.values()}

    def test_finds_what_each_service_wants_of_the_others(self):
        found = {(flow.consumer, flow.publisher) for flow in flows() if flow.types}

        assert found == {(name, wanted) for name, service in SERVICES.items() for wanted in service.wants}

    @pytest.mark.parametrize("name", SERVICES)
    def test_says_of_each_service_what_its_consumer_takes(self, name, monkeypatch):
        taken = {}
        monkeypatch.setattr(
            "libs.common.bus.consumer.Handling",
            lambda engine, topic, handler, *_: taken.setdefault(topic, sorted(f.type for f in handler.types)),
        )

        definition(name).workers(described_context(name))

        wanted = {
            SERVICES[flow.publisher].topic: list(flow.types) for flow in flows() if flow.consumer == name
        }
        assert wanted == taken, f"correct `wants` of {name} in canbao/definitions.py"

    def test_has_every_service_that_a_scope_names(self):
        named = {scope.partition(":")[0] for scope in SCOPES} - SHARED_SCOPES

        assert named <= set(SERVICES)


class TestDeployment:
    COMPOSE = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())["services"]

    def test_composes_exactly_the_services_of_the_list(self):
        composed = {name for name, what in self.COMPOSE.items() if what.get("command", [""])[0] == "serve"}
        missing = [compose_entry(SERVICES[name]) for name in SERVICES.keys() - composed]

        assert composed == set(SERVICES), "add to deploy/docker-compose.yml:" + "".join(missing)

    def test_migrates_and_waits_for_exactly_those(self):
        migrated = set(self.COMPOSE["migrate"]["environment"])
        databases = {f"{service.variables}DATABASE_URL" for service in SERVICES.values()}

        assert {name for name in migrated if name.endswith("_DATABASE_URL")} == databases
        assert self.COMPOSE["proxy"]["depends_on"].keys() == SERVICES.keys()

    def test_gives_a_password_to_exactly_those(self):
        passwords = {f"{name.upper()}_DATABASE_PASSWORD" for name in SERVICES}
        script, example = read("deploy/postgres/databases.sh"), read("deploy/.env.example")

        assert {name for name in self.COMPOSE["postgres"]["environment"] if "DATABASE" in name} == passwords
        assert set(re.findall(r"^(\w+_DATABASE_PASSWORD)=$", example, re.MULTILINE)) == passwords
        assert set(re.findall(r'^create (\w+ "\$\w+")$', script, re.MULTILINE)) == {
            f'{name} "${name.upper()}_DATABASE_PASSWORD"' for name in SERVICES
        }

    def test_proxies_exactly_those_and_names_their_pages(self):
        caddy = read("deploy/Caddyfile")
        missing = [entry for entry in map(caddy_entry, SERVICES.values()) if entry not in caddy]

        assert not missing, "add to deploy/Caddyfile:\n" + "".join(missing)
        assert caddy.count("handle_path") == len(SERVICES)
        pages = " ".join(f"{service.prefix}/docs" for service in SERVICES.values())
        assert f'respond / "Canbao 参保: {pages}"' in caddy


class TestPages:
    @pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
    def test_list_exactly_the_services_in_the_order_of_the_season(self, page):
        table = re.search(r"\n\| (?:service|服务) \|.*?\n\n", read(page), re.DOTALL)

        assert table is not None
        rows = re.findall(r"^\| ([a-z]+)", table[0].partition("|---|")[2], re.MULTILINE)
        assert rows == list(SERVICES), f"add a row to the table of {page}"

    @pytest.mark.parametrize("name", SERVICES)
    def test_tell_of_each_service(self, name):
        assert Path(REPOSITORY / "services" / name / "README.md").is_file()
        for page in ("README.md", "docs/architecture.md", "docs/operations.md", "deploy/README.md"):
            assert name in read(page), f"{page} does not name {name}"
