"""What this service is to those who run it, or only look after its database: those load no routes."""

from pathlib import Path

from libs.common.events import ledger
from libs.common.service import ServiceDefinition, later, no_parts
from services.ledger.settings import LedgerSettings
from services.ledger.tables import metadata

SERVICE = ServiceDefinition(
    name="ledger",
    topic=ledger.TOPIC,
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    settings=LedgerSettings,
    create_app=later("services.ledger.app", "create_app"),
    workers=later("services.ledger.app", "workers"),
    make_parts=no_parts,
)
