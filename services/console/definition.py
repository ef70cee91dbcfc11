"""What this service is to those who run it, or only look after its database: those load no routes."""

from pathlib import Path

from libs.common.service import ServiceDefinition, later
from services.console.settings import ConsoleSettings
from services.console.tables import metadata

SERVICE = ServiceDefinition(
    name="console",
    topic="canbao.console",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    settings=ConsoleSettings,
    create_app=later("services.console.app", "create_app"),
    workers=later("services.console.app", "workers"),
    make_parts=later("services.console.assembly", "assemble"),
)
