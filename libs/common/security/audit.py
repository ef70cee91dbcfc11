"""Who looked whom up, when and what for: one audit table per service.

A search is recorded whether or not it found somebody, with a keyed digest of what was asked. `purpose` is
words and ids of ours; what somebody wrote is a `note`, which lies sealed. Seals are over its digest: it can
be sealed by another key, and may go when its term is over.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_value, statement, stream
from libs.common.db.sealed import Digest, Sealed
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
        Column("note", Sealed(Text), comment="what somebody wrote: why they looked, or did it"),
        Column("note_digest", Digest("lookup_note", of="note"), comment="what the seals are over; it stays"),
        Index("ix_person_lookups_person_id", "person_id", "looked_up_at"),
        Index("ix_person_lookups_subject", "subject", "looked_up_at"),
    )


_LOOKUPS = audit_table(MetaData())
_COLUMNS = (
    *("looked_up_at", "subject", "role", "division", "operation", "purpose", "person_id", "query_digest"),
    *("correlation_id", "note", "note_digest"),
)
_LOOKUP = Records(_LOOKUPS, *_COLUMNS)
_HAS_AUDIT = statement("SELECT to_regclass('person_lookups') IS NOT NULL")
#: The instant of a row, or null where no calendar of ours has it: no row keeps another from being read.
READABLE_INSTANT = """CASE WHEN looked_up_at BETWEEN '0001-01-02T00:00:00Z' AND '9999-12-30T00:00:00Z'
            THEN looked_up_at END"""
_READ = statement(
    f"""
    SELECT id, {READABLE_INSTANT} AS looked_up_at,
           subject, role, division, operation, purpose, person_id, query_digest, correlation_id, note
    FROM person_lookups
    WHERE (CAST(:person_id AS bigint) IS NULL OR person_id = :person_id)
      AND (CAST(:since AS timestamptz) IS NULL OR looked_up_at >= :since)
    ORDER BY id
""",
    _LOOKUPS.c.note,
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
    note: str | None = None,
) -> None:
    """Record that `caller` saw these people through `operation`, in the transaction that read them.

    A search that found nobody leaves one row without a person. A `note` is what somebody wrote about it.
    """
    rows = lookup_rows(
        caller,
        operation=operation,
        at=at,
        person_ids=person_ids,
        query_digest=query_digest,
        purpose=purpose,
        note=note,
    )
    await execute(connection, _RECORD, rows=rows)


def lookup_records(alias: str) -> Records:
    """The audit as what a statement writes beside other rows, which it reads from the parameter `alias`."""
    return Records(_LOOKUPS, *_COLUMNS, alias=alias)


async def is_audited(connection: AsyncConnection) -> bool:
    """Whether the service keeps an audit at all."""
    return bool(await fetch_value(connection, bool, _HAS_AUDIT))


def lookup_rows(
    caller: Caller,
    *,
    operation: str,
    at: datetime,
    person_ids: Sequence[int] = (),
    query_digest: str | None = None,
    purpose: str | None = None,
    note: str | None = None,
) -> list[dict[str, object]]:
    """What `record_lookup` writes, for a statement that writes it beside other rows."""
    lookup = {
        "looked_up_at": at,
        "subject": caller.subject,
        "role": caller.role,
        "division": caller.division,
        "operation": operation,
        "purpose": purpose,
        "query_digest": query_digest,
        "correlation_id": correlation_id(),
        "note": note,
    }
    seen: Sequence[int | None] = person_ids or [None]
    return [{**lookup, "person_id": person_id} for person_id in seen]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of many that was not taken: whom it named, who that is, and for which problem it was refused."""

    query_digest: str
    person_id: int | None
    problem: str


async def record_refusals(
    connection: AsyncConnection,
    caller: Caller,
    *,
    operation: str,
    at: datetime,
    refused: Sequence[RefusedRow],
) -> None:
    """Record for whom rows of `caller` were refused, and why; nothing for no rows."""
    found = [
        lookup_rows(
            caller,
            operation=operation,
            at=at,
            person_ids=[row.person_id] if row.person_id is not None else (),
            query_digest=row.query_digest,
            purpose=row.problem,
        )
        for row in refused
    ]
    await execute(connection, _RECORD, rows=[row for rows in found for row in rows])


async def record_searches(
    connection: AsyncConnection,
    caller: Caller,
    *,
    operation: str,
    at: datetime,
    query_digests: Sequence[str],
) -> None:
    """Record that `caller` asked for these people and was shown none of them; nothing for no digests."""
    found = [lookup_rows(caller, operation=operation, at=at, query_digest=digest) for digest in query_digests]
    await execute(connection, _RECORD, rows=[row for rows in found for row in rows])


async def read_lookups(
    connection: AsyncConnection, person_id: int | None, since: datetime | None
) -> AsyncIterator[Mapping[str, object]]:
    """What is recorded, oldest first, with what people wrote: of one person or all, from an instant on."""
    async for row in stream(connection, _READ, person_id=person_id, since=since):
        yield dict(row)
