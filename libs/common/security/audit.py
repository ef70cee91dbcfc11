"""Who looked whom up, when and what for: one audit table per service.

A search is recorded whether or not it found somebody, with a keyed digest of what was asked.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, statement
from libs.common.observability.correlation import correlation_id
from libs.common.security.caller import Caller


def audit_table(metadata: MetaData) -> Table:
    """Add `person_lookups` to a service's tables (and create it in the service's first migration)."""
    return Table(
        "person_lookups",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("looked_up_at", DateTime(timezone=True), nullable=False),
        Column("subject", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("division", Text, nullable=False),
        Column("operation", Text, nullable=False),
        Column("purpose", Text),
        Column("person_id", BigInteger),
        Column("query_digest", Text),
        Column("correlation_id", Text),
        Index("ix_person_lookups_person_id", "person_id", "looked_up_at"),
        Index("ix_person_lookups_subject", "subject", "looked_up_at"),
    )


_LOOKUPS = audit_table(MetaData())
_LOOKUP = Records(
    _LOOKUPS,
    *("looked_up_at", "subject", "role", "division", "operation", "purpose", "person_id", "query_digest"),
    "correlation_id",
)
_RECORD = statement(f"INSERT INTO person_lookups ({_LOOKUP.names}) SELECT {_LOOKUP.names} FROM {_LOOKUP}")


async def record_lookup(
    connection: AsyncConnection,
    caller: Caller,
    *,
    operation: str,
    at: datetime,
    person_ids: Sequence[int] = (),
    query_digest: str | None = None,
    purpose: str | None = None,
) -> None:
    """Record that `caller` saw these people through `operation`, in the transaction that read them.

    A search that found nobody leaves one row without a person.
    """
    lookup = {
        "looked_up_at": at,
        "subject": caller.subject,
        "role": caller.role,
        "division": caller.division,
        "operation": operation,
        "purpose": purpose,
        "query_digest": query_digest,
        "correlation_id": correlation_id(),
    }
    seen: Sequence[int | None] = person_ids or [None]
    await execute(connection, _RECORD, rows=[{**lookup, "person_id": person_id} for person_id in seen])
