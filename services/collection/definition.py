"""What this service is to those who run it, or only look after its database: those load no routes."""

from pathlib import Path

from libs.common.events import collection
from libs.common.service import ServiceDefinition, later
from services.collection.channels.keyring import lasting_keys
from services.collection.settings import CollectionSettings
from services.collection.tables import metadata

SERVICE = ServiceDefinition(
    name="collection",
    topic=collection.TOPIC,
    metadata=metadata,
    migrations=Path(__file__).with_name("migrations"),
    settings=CollectionSettings,
    create_app=later("services.collection.app", "create_app"),
    workers=later("services.collection.app", "workers"),
    make_parts=later("services.collection.assembly", "assemble"),
    lasting_keys=lasting_keys,
)
