"""What this service is to those who run it, or only look after its database: those load no routes."""

from pathlib import Path

from libs.common.service import ServiceDefinition, later
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tables import metadata

SERVICE = ServiceDefinition(
    name="webhooks",
    topic="canbao.webhooks",
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    settings=WebhooksSettings,
    create_app=later("services.webhooks.app", "create_app"),
    workers=later("services.webhooks.app", "workers"),
    make_parts=later("services.webhooks.assembly", "assemble"),
)
