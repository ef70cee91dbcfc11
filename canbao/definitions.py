"""The list of the services. One more is one entry here; everything that runs services goes through it.

What cannot read this list (compose file, proxy, README) is held to it by tests/contract/test_services.py,
which says what to add.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from libs.common.events import TOPICS
from libs.common.service import ServiceDefinition
from libs.common.settings import ServiceSettings

#: A definition of any service, for what all services share.
AnyDefinition = ServiceDefinition[ServiceSettings, object]


@dataclass(frozen=True)
class Service:
    """A service as its processes know it before any of its code is loaded.

    `wants` says of each publisher whose events it handles where the list of their types stands, as
    `<module>:<name>` below the package; `canbao verify` checks that every one of them arrived.
    """

    name: str
    #: Where it listens when it runs as a process of its own.
    port: int
    about: str
    wants: Mapping[str, str] = field(default_factory=dict)
    #: Where its code is, when not at `services.<name>`.
    package_name: str = ""

    @property
    def package(self) -> str:
        """The Python package of its code."""
        return self.package_name or f"services.{self.name}"

    @property
    def prefix(self) -> str:
        """Its first path segment in the all-in-one process and behind the reverse proxy."""
        return f"/{self.name}"

    @property
    def topic(self) -> str:
        """The topic of its events."""
        return f"canbao.{self.name}"

    @property
    def database(self) -> str:
        """Its database on a server that all share."""
        return database_name(self.name)

    @property
    def variables(self) -> str:
        """What its own environment variables begin with."""
        return f"CANBAO_{self.name.upper()}_"


def _by_name(*services: Service) -> dict[str, Service]:
    return {service.name: service for service in services}


def database_name(name: str) -> str:
    """Give the name of a service's database (or the bus's, for `bus`) on the embedded server."""
    return f"canbao_{name}"


#: The service that has pages instead of an API.
CONSOLE = "console"

#: Every service by name, in the order in which a season touches them.
SERVICES: dict[str, Service] = _by_name(
    Service(
        name="registration",
        port=8001,
        about="people, households, status rosters, enrollments, assessments",
        wants={
            "collection": "enrollments.handlers:COLLECTION",
            "subsidy": "enrollments.handlers:SUBSIDY",
        },
    ),
    Service(
        name="collection",
        port=8002,
        about="dues, payment orders, notifications of channels, vouchers",
        wants={"registration": "dues.handlers:TYPES", "subsidy": "refunds.handlers:TYPES"},
    ),
    Service(
        name="subsidy",
        port=8003,
        about="who pays for whom, payouts to cards, refunds",
        wants={
            "registration": "incoming.handlers:REGISTRATION_FACTS",
            "collection": "incoming.handlers:COLLECTION_FACTS",
        },
    ),
    Service(
        name="ledger",
        port=8004,
        about="postings, balances, handovers per deadline",
        wants={
            "registration": "facts.rules:CONSUMED",
            "collection": "facts.rules:CONSUMED",
            "subsidy": "facts.rules:CONSUMED",
        },
    ),
    Service(name=CONSOLE, port=8005, about="the pages for officers, over the APIs of the others"),
    Service(
        name="webhooks",
        port=8006,
        about="facts told to addresses of others: signed, in order, until they are taken",
        wants={
            "registration": "facts.rules:CONSUMED",
            "collection": "facts.rules:CONSUMED",
            "subsidy": "facts.rules:CONSUMED",
            "ledger": "facts.rules:CONSUMED",
        },
    ),
)

#: Those that a season goes through: they publish what they decide. The others show or tell what is there,
#: decide nothing, and need nobody to drive them.
SEASON: dict[str, Service] = {name: service for name, service in SERVICES.items() if service.topic in TOPICS}

#: Those that have an API: the pages speak to them.
APIS: dict[str, Service] = {name: service for name, service in SERVICES.items() if name != CONSOLE}


def local_apis() -> dict[str, str]:
    """The services as processes of one machine, each at its usual port."""
    return {name: f"http://127.0.0.1:{service.port}" for name, service in APIS.items()}


def service(name: str) -> Service:
    """Find a service of the list. Raises ValueError that says which there are."""
    if name not in SERVICES:
        raise ValueError(f"there is no service {name}; there are {', '.join(SERVICES)}")
    return SERVICES[name]


def definition(name: str) -> AnyDefinition:
    """Import the definition of the service `name`; what serves is imported when it is made."""
    found: AnyDefinition = import_module(f"{service(name).package}.definition").SERVICE
    return found
