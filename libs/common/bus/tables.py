"""The tables that the bus keeps in a service's database: outbox, its cursor, inbox, dead letters.

A service adds them to its metadata with `bus_tables(metadata)`; its migrations write out what they were then.
docs/adr/0002-event-bus.md says why they look like this.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)


@dataclass(frozen=True)
class BusTables:
    """The four tables of one service."""

    outbox: Table
    outbox_cursor: Table
    inbox: Table
    dead_letters: Table


def bus_tables(metadata: MetaData) -> BusTables:
    """Add all bus tables to `metadata`."""
    return BusTables(
        outbox=outbox_table(metadata),
        outbox_cursor=metadata.tables["outbox_cursor"],
        inbox=inbox_table(metadata),
        dead_letters=dead_letter_table(metadata),
    )


def create_bus_tables(connection: Connection) -> None:
    """Create the bus tables as they are now, for suites and benchmarks of the bus that have no service."""
    metadata = MetaData()
    bus_tables(metadata)
    metadata.create_all(connection)


def outbox_table(metadata: MetaData) -> Table:
    """Add the events that a service publishes, and the cursor of the relay that publishes them.

    A row is written in the transaction of the change it tells of, by `outbox.append`; the columns that it
    leaves out fill themselves. Rows are never updated: relays remember which transactions they have
    published, in `outbox_cursor`, and rows are purged by age.
    """
    table = Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="the event's id"),
        Column(
            "transaction_id",
            BigInteger,
            nullable=False,
            server_default=text("((pg_current_xact_id())::text)::bigint"),
            comment="the writing transaction: tells the relay what became visible since it last looked",
        ),
        Column("key", Text, nullable=False, comment="events of one key are handled in the order of id"),
        Column("type", Text, nullable=False, comment="the CloudEvents type, version included"),
        Column("time", DateTime(timezone=True), nullable=False, comment="when it happened, business clock"),
        Column("subject", Text),
        Column("correlation_id", Text),
        Column("causation_id", Text),
        Column("data", Text, nullable=False, comment="the fact as JSON text"),
        Column(
            "appended_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=text("clock_timestamp()"),
            comment="wall clock: decides retention and `canbao bus replay --since`",
        ),
        Index("outbox_transaction_id_idx", "transaction_id", "id"),
        Index("outbox_appended_at_idx", "appended_at", postgresql_using="brin"),
    )
    _outbox_cursor_table(metadata)
    return table


def _outbox_cursor_table(metadata: MetaData) -> Table:
    """Add the shards of the outbox, each with its lease and how far it is published, and who relays."""
    return Table(
        "outbox_cursor",
        metadata,
        Column(
            "id",
            SmallInteger,
            primary_key=True,
            autoincrement=False,
            comment="from 101: a shard; below 0: a relay that lives; 1: the one relay of former releases",
        ),
        Column("owner", Text, comment="the relay instance that holds the lease"),
        Column(
            "epoch", BigInteger, nullable=False, server_default=text("0"), comment="grows with each owner"
        ),
        Column("leased_until", DateTime(timezone=True)),
        Column("seen", Text, comment="pg_snapshot: all that was visible in it is published"),
        Column("target", Text, comment="pg_snapshot being published, up to `last_id`; null between windows"),
        Column("last_id", BigInteger, nullable=False, server_default=text("0")),
        Column("cluster", BigInteger, comment="the server whose transaction ids `seen` speaks of"),
        postgresql_with={"fillfactor": "50"},
    )


def inbox_table(metadata: MetaData) -> Table:
    """Add the events that a service has handled; its key is what makes handling exactly once."""
    return Table(
        "inbox",
        metadata,
        Column("source", Text(collation="C"), primary_key=True, comment="the publisher, canbao/<service>"),
        Column("event_id", Text(collation="C"), primary_key=True),
        Column("handled_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Index("inbox_handled_at_idx", "handled_at", postgresql_using="brin"),
    )


def dead_letter_table(metadata: MetaData) -> Table:
    """Add the messages that could not be handled, and those of the same key that had to wait behind them.

    `state` is parked (waits), retrying (an operator asked for another try), handled or discarded.
    """
    return Table(
        "dead_letters",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="also the order within a key"),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("key", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("event_id", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("time", DateTime(timezone=True), nullable=False),
        Column("subject", Text),
        Column("correlation_id", Text),
        Column("causation_id", Text),
        Column("data", Text, nullable=False),
        Column("state", Text, nullable=False, server_default=text("'parked'")),
        Column("reason", Text, nullable=False, comment="one sentence, personal data masked"),
        Column("trace", Text, comment="where in the code it failed; no values"),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("parked_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("changed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Index("dead_letters_event_key", "source", "event_id", unique=True),
        Index(
            "dead_letters_open_idx",
            "topic",
            "key",
            "id",
            postgresql_where=text("state IN ('parked', 'retrying')"),
        ),
    )


#: The tables as the bus itself names them in its statements; every service has them.
BUS = bus_tables(MetaData())
