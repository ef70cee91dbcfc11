"""What the made-up service is."""

from pathlib import Path

from greetings.tables import metadata
from libs.common.service import ServiceDefinition, later, no_parts
from libs.common.settings import ServiceSettings


class GreetingsSettings(ServiceSettings):
    """Nothing of its own."""


SERVICE = ServiceDefinition(
    name="greetings",
    topic="canbao.greetings",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    settings=GreetingsSettings,
    create_app=later("greetings.app", "create_app"),
    workers=later("greetings.app", "workers"),
    make_parts=no_parts,
)
