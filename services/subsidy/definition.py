"""What this service is to those who run it, or only look after its database: those load no routes."""

from pathlib import Path

from libs.common.events import subsidy
from libs.common.service import ServiceDefinition, later
from services.subsidy.assembly import lasting_keys
from services.subsidy.settings import SubsidySettings
from services.subsidy.tables import metadata

SERVICE = ServiceDefinition(
    name="subsidy",
    topic=subsidy.TOPIC,
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    settings=SubsidySettings,
    create_app=later("services.subsidy.app", "create_app"),
    workers=later("services.subsidy.app", "workers"),
    make_parts=later("services.subsidy.assembly", "assemble"),
    lasting_keys=lasting_keys,
)
