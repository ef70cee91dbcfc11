"""Seals the audit of look-ups: what was recorded is hashed in its order, each seal over the one before.

The rows themselves only ever grow; triggers of the database refuse anything else. A seal covers the rows
from the one before it up to `to_id`. Whoever changes, removes or slips in a row later, or a seal, breaks the
chain, and `canbao verify` names the first seal that does not hold. The hash of each new seal goes to the log,
so that the chain cannot be made anew without contradicting what left the database.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import structlog
from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, fetch_value, statement
from libs.common.repeating import repeating
from libs.common.security.audit import READABLE_INSTANT
from libs.common.service import AnyContext, Worker

log = structlog.get_logger(__name__)

#: Rows that one seal covers at most.
ROWS = 10_000
#: Readers that are recorded wait so long at most for the look at the newest row.
_LOOK_MILLISECONDS = 100


def seals_table(metadata: MetaData) -> Table:
    """Add the seals over `person_lookups` to a service's tables."""
    return Table(
        "lookup_seals",
        metadata,
        Column("number", BigInteger, primary_key=True, autoincrement=False, comment="from 1, without gaps"),
        Column("to_id", BigInteger, nullable=False, comment="the last row of person_lookups that it covers"),
        Column("lookups", BigInteger, nullable=False, comment="how many rows it covers"),
        Column("previous_sha256", Text, nullable=False, comment="of the seal before; empty for the first"),
        Column("sha256", Text, nullable=False),
        Column("sealed_at", DateTime(timezone=True), server_default=sql("now()"), nullable=False),
        Index("ix_lookup_seals_to_id", "to_id"),
    )


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as it is stored."""

    number: int
    to_id: int
    lookups: int
    previous_sha256: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """A row of the audit, in the order in which it is hashed.

    An instant that no calendar of ours has (somebody wrote it behind our back) is hashed as seconds: such a
    row is sealed as any other, and cannot keep those after it from being sealed.
    """

    id: int
    looked_up_at: datetime | None
    seconds: str | None
    subject: str
    role: str
    division: str
    operation: str
    purpose: str | None
    person_id: int | None
    query_digest: str | None
    correlation_id: str | None
    note_digest: bytes | None

    def line(self) -> bytes:
        """The row as one line of JSON, the same whoever reads it."""
        at = self.seconds
        if self.looked_up_at is not None:
            at = self.looked_up_at.astimezone(UTC).isoformat(timespec="microseconds")
        who = (self.subject, self.role, self.division, self.operation, self.purpose)
        note = () if self.note_digest is None else (self.note_digest.hex(),)
        whom = (self.person_id, self.query_digest, self.correlation_id)
        return orjson.dumps([self.id, at, *who, *whom, *note]) + b"\n"


_SEALED = Records(seals_table(MetaData()), "number", "to_id", "lookups", "previous_sha256", "sha256")
_SEAL = statement(f"INSERT INTO lookup_seals ({_SEALED.names}) SELECT {_SEALED.names} FROM {_SEALED}")
_LAST = statement(f"SELECT {_SEALED.names} FROM lookup_seals ORDER BY number DESC LIMIT 1")
SEALS_AFTER = statement(f"""
    SELECT {_SEALED.names} FROM lookup_seals WHERE number > :number ORDER BY number LIMIT 1000
""")
_ROWS = f"""
    SELECT id, {READABLE_INSTANT} AS looked_up_at,
           CASE WHEN {READABLE_INSTANT} IS NULL THEN extract(epoch FROM looked_up_at)::text END AS seconds,
           subject, role, division, operation, purpose, person_id, query_digest, correlation_id, note_digest
    FROM person_lookups WHERE id > :after AND id <= :to ORDER BY id
"""
_SOME = statement(f"{_ROWS} LIMIT :rows")
COVERED = statement(_ROWS)
_TURN = statement("SELECT pg_try_advisory_xact_lock(hashtextextended('sealing of lookups', 0))")
_SHORT = statement(f"SET LOCAL lock_timeout = '{_LOOK_MILLISECONDS}ms'")
_STILL = statement("LOCK TABLE person_lookups IN SHARE MODE")
_WAITING = statement("""
    SELECT count(*) FROM person_lookups WHERE id > coalesce((SELECT max(to_id) FROM lookup_seals), 0)
""")
_NEWEST = statement("SELECT coalesce(max(id), 0) FROM person_lookups")


def sealed(previous: Seal | None, rows: Sequence[Lookup]) -> Seal:
    """The seal over rows that follow those of the seal before."""
    before = previous.sha256 if previous is not None else ""
    digest = hashlib.sha256(before.encode() + b"\n")
    for row in rows:
        digest.update(row.line())
    number = previous.number + 1 if previous is not None else 1
    return Seal(number, rows[-1].id, len(rows), before, digest.hexdigest())


async def seal(engine: AsyncEngine) -> list[Seal]:
    """Seal every row that is committed; give the new seals. Another instance may be at it: then none."""
    newest = await _newest(engine)
    made: list[Seal] = []
    while newest is not None:
        async with engine.begin() as conn:
            one = await _seal_some(conn, newest)
        if one is None:
            break
        made.append(one)
        log.info("lookups_sealed", number=one.number, lookups=one.lookups, sha256=one.sha256)
    return made


async def _newest(engine: AsyncEngine) -> int | None:
    """The id up to which no row can appear any more; None while a transaction that writes rows takes long.

    Ids are given out before their transactions commit: only when nobody is writing, the highest one says it.
    """
    try:
        async with engine.begin() as conn:
            await execute(conn, _SHORT)
            await execute(conn, _STILL)
            return await fetch_value(conn, int, _NEWEST)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":  # the lock was not to be had in time
            return None
        raise


async def _seal_some(conn: AsyncConnection, newest: int) -> Seal | None:
    if not await fetch_value(conn, bool, _TURN):
        return None
    last = await fetch_one_as(conn, Seal, _LAST)
    after = last.to_id if last is not None else 0
    rows = await fetch_as(conn, Lookup, _SOME, after=after, to=newest, rows=ROWS)
    if not rows:
        return None
    made = sealed(last, rows)
    await execute(conn, _SEAL, rows=[made])
    return made


def sealer(context: AnyContext) -> Worker:
    """Make the worker that seals the audit of a service; any number of instances may run.

    How many rows wait is shown: a transaction that writes rows and does not end keeps all of them waiting.
    """

    async def waiting() -> dict[str, float]:
        async with context.engine.connect() as conn:
            return {"lookups": await fetch_value(conn, int, _WAITING) or 0}

    context.metrics.gauge_from("canbao_unsealed", "Rows of the audit without a seal.", "rows", waiting)
    return repeating(f"{context.name}-sealer", lambda: seal(context.engine))
