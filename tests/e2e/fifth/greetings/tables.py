"""The tables of the made-up service."""

from sqlalchemy import BigInteger, Column, Identity, Table, Text

from libs.common.bus.tables import bus_tables
from libs.common.db.metadata import new_metadata

metadata = new_metadata()
bus_tables(metadata)

greetings = Table(
    "greetings",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("words", Text, nullable=False),
)
