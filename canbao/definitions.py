"""Answers "which services are there?": the only list of them, loaded when asked for."""

from importlib import import_module

from libs.common.service import ServiceDefinition

#: In the order in which a season touches them.
NAMES = ("registration", "collection", "subsidy", "ledger")

#: Ports of the services when each runs as its own process.
PORTS = {"registration": 8001, "collection": 8002, "subsidy": 8003, "ledger": 8004}


def definition(name: str) -> ServiceDefinition:
    """Import the service `name` and give its definition."""
    if name not in NAMES:
        raise ValueError(f"there is no service {name}; there are {', '.join(NAMES)}")
    return import_module(f"services.{name}.app").SERVICE


def database_name(name: str) -> str:
    """Give the name of a service's database (or the bus's, for `bus`) on the embedded server."""
    return f"canbao_{name}"
