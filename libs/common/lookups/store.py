"""SQL of the audit as auditors read it: look-ups by page, and the seals over them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_one_as, statement
from libs.common.security.audit import READABLE_INSTANT, audit_table
from libs.common.security.seals import COVERED, Lookup, Seal, sealed

_LOOKUPS = audit_table(MetaData())


@dataclass(frozen=True, slots=True)
class LookupRow:
    """A row of the audit. `looked_up_at` is None where no calendar of ours has the instant."""

    lookup_id: int
    looked_up_at: datetime | None
    subject: str
    role: str
    division: str
    operation: str
    purpose: str | None
    person_id: int | None
    query_digest: str | None
    correlation_id: str | None
    note: str | None
    seal: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list; None is everything. `division` is the reader's: look-ups of officers within it."""

    division: str
    person_id: int | None = None
    subject: str | None = None
    operation: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal and when it was made."""

    number: int
    from_id: int
    to_id: int
    lookups: int
    previous_sha256: str
    sha256: str
    sealed_at: datetime


_PAGE = statement(
    f"""
    SELECT id AS lookup_id, {READABLE_INSTANT} AS looked_up_at,
           subject, role, division, operation, purpose, person_id, query_digest, correlation_id, note,
           (SELECT s.number FROM lookup_seals s WHERE s.to_id >= l.id ORDER BY s.to_id LIMIT 1) AS seal
    FROM person_lookups l
    WHERE (CAST(:before AS bigint) IS NULL OR id < :before)
      AND starts_with(division, :division)
      AND (CAST(:person_id AS bigint) IS NULL OR person_id = :person_id)
      AND (CAST(:subject AS text) IS NULL OR subject = :subject)
      AND (CAST(:operation AS text) IS NULL OR operation = :operation)
      AND (CAST(:since AS timestamptz) IS NULL OR looked_up_at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR looked_up_at < :until)
    ORDER BY id DESC LIMIT :limit
""",
    _LOOKUPS.c.note,
)
_SEAL_COLUMNS = """
    number, coalesce((SELECT b.to_id FROM lookup_seals b WHERE b.number = s.number - 1), 0) + 1 AS from_id,
    to_id, lookups, previous_sha256, sha256, sealed_at
"""
_SEALS = statement(f"""
    SELECT {_SEAL_COLUMNS} FROM lookup_seals s
    WHERE CAST(:before AS bigint) IS NULL OR number < :before ORDER BY number DESC LIMIT :limit
""")
_SEAL = statement(f"SELECT {_SEAL_COLUMNS} FROM lookup_seals s WHERE number = :number")


async def page(conn: AsyncConnection, wanted: Wanted, before: int | None, limit: int) -> list[LookupRow]:
    """A page of look-ups, the newest first."""
    filters: dict[str, object] = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return await fetch_as(conn, LookupRow, _PAGE, before=before, limit=limit, **filters)


async def seals(conn: AsyncConnection, before: int | None, limit: int) -> list[SealRow]:
    """A page of seals, the newest first."""
    return await fetch_as(conn, SealRow, _SEALS, before=before, limit=limit)


async def seal(conn: AsyncConnection, number: int) -> SealRow | None:
    """One seal by its number."""
    return await fetch_one_as(conn, SealRow, _SEAL, number=number)


async def made_anew(conn: AsyncConnection, row: SealRow, before: SealRow | None) -> Seal | None:
    """The seal as the rows that it covers say it now; None if none of them is left."""
    rows = await fetch_as(conn, Lookup, COVERED, after=row.from_id - 1, to=row.to_id)
    if not rows:
        return None
    return sealed(None if before is None else _plain(before), rows)


def _plain(row: SealRow) -> Seal:
    return Seal(row.number, row.to_id, row.lookups, row.previous_sha256, row.sha256)
