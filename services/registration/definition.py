"""What this service is to those who run it, or only look after its database: those load no routes."""

from pathlib import Path

from libs.common.events import registration
from libs.common.service import ServiceDefinition, later, no_parts
from services.registration.settings import RegistrationSettings
from services.registration.tables import metadata

SERVICE = ServiceDefinition(
    name="registration",
    topic=registration.TOPIC,
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    settings=RegistrationSettings,
    create_app=later("services.registration.app", "create_app"),
    workers=later("services.registration.app", "workers"),
    make_parts=no_parts,
)
