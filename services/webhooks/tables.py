"""Every table of the webhooks: who is told of what, what happened, and what of it has to be told."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from libs.common.bus.tables import bus_tables
from libs.common.cases.tables import case_tables
from libs.common.db.known_keys import known_keys_table
from libs.common.db.metadata import new_metadata
from libs.common.db.resealing import sealing_tables
from libs.common.db.sealed import Sealed
from libs.common.security.audit import audit_table
from libs.common.security.seals import seals_table
from libs.common.web.idempotency import idempotency_table

metadata = new_metadata()
bus = bus_tables(metadata)
audit = audit_table(metadata)
idempotency_keys = idempotency_table(metadata)
key_fingerprints = known_keys_table(metadata)
data_keys, sealing_work = sealing_tables(metadata)
lookup_seals = seals_table(metadata)
cases, approvals, alert_news = case_tables(metadata)

_WAITING = text("state = 'waiting'")

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscription_id", BigInteger, Identity(), primary_key=True),
    Column("url", Text, nullable=False),
    Column("note", Text, comment="who listens, for people"),
    Column("kinds", ARRAY(Text), comment="types of facts; null: all"),
    Column("county", Text, comment="null: of all counties of the division"),
    Column("division", Text, nullable=False, comment="first digits of division codes; '' everywhere"),
    Column("state", Text, nullable=False),
    Column("pause_reason", Text, comment="why nothing is told at the moment"),
    Column("paused_at", DateTime(timezone=True)),
    Column("failures", Integer, nullable=False, server_default="0", comment="attempts in a row that failed"),
    Column("failing_since", DateTime(timezone=True), comment="wall clock of the first of them"),
    Column("taken_at", DateTime(timezone=True), comment="when something was taken last"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    CheckConstraint("(state = 'paused') = (pause_reason IS NOT NULL)", name="paused_for_a_reason"),
)

secrets = Table(
    "subscription_secrets",
    metadata,
    Column("secret_id", BigInteger, Identity(), primary_key=True),
    Column(
        "subscription_id",
        BigInteger,
        ForeignKey("subscriptions.subscription_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("key", Sealed(Text), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("signs_until", DateTime(timezone=True), comment="of one that was replaced; null: for good"),
)

facts = Table(
    "facts",
    metadata,
    Column("fact_id", BigInteger, Identity(), primary_key=True, comment="in the order in which they came"),
    Column("source", Text, nullable=False, comment="CloudEvents source"),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="when it happened, business clock"),
    Column("order_key", Text, nullable=False, comment="the person, or what else has an order of its own"),
    Column("county", Text),
    Column("place", Text, comment="the division, or else that of the county"),
    Column("body", Text, nullable=False, comment="JSON, the same bytes at each attempt"),
    Column("correlation_id", Text, comment="what set it off, for whoever follows it; told nobody"),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("source", "event_id"),
    Index(None, "at"),
    Index(None, "recorded_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", BigInteger, Identity(), primary_key=True, comment="the order of one person's"),
    Column(
        "subscription_id",
        BigInteger,
        ForeignKey("subscriptions.subscription_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("fact_id", BigInteger, ForeignKey("facts.fact_id", ondelete="CASCADE"), nullable=False),
    Column("order_key", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column(
        "next_try_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.now(),
        comment="by the wall clock, whatever the season's",
    ),
    Column("answer", Text, comment="the status of the last answer, or why there was none"),
    Column("tried_at", DateTime(timezone=True), comment="wall clock"),
    Column("ended_at", DateTime(timezone=True), comment="when it was taken or given up"),
    CheckConstraint("state IN ('waiting', 'taken', 'given_up')", name="state"),
    Index("uq_deliveries_waiting", "subscription_id", "fact_id", unique=True, postgresql_where=_WAITING),
    Index("ix_deliveries_order", "subscription_id", "order_key", "delivery_id", postgresql_where=_WAITING),
    Index("ix_deliveries_due", "subscription_id", "next_try_at", postgresql_where=_WAITING),
    Index("ix_deliveries_log", "subscription_id", "delivery_id"),
    Index(None, "fact_id"),
)
