"""Answers "who looked whom up, when and what for?": one audit table per service, written set-based.

A search is recorded whether or not it found somebody, with a keyed digest of what was asked.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.observability.correlation import correlation_id
from libs.common.security.caller import Caller

_RECORD = text(
    """
    INSERT INTO person_lookups
        (looked_up_at, subject, role, division, operation, purpose, person_id, query_digest, correlation_id)
    SELECT :at, :subject, :role, :division, :operation, :purpose, found.person_id, :query_digest,
           :correlation_id
    FROM unnest(CAST(:person_ids AS bigint[])) AS found(person_id)
    """
)


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
    await connection.execute(
        _RECORD,
        {
            "at": at,
            "subject": caller.subject,
            "role": caller.role,
            "division": caller.division,
            "operation": operation,
            "purpose": purpose,
            "query_digest": query_digest,
            "correlation_id": correlation_id(),
            "person_ids": list(person_ids) or [None],
        },
    )
