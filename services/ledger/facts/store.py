"""SQL of the fact store: which facts are known, what belongs to a payment line, and new facts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows
from services.ledger.facts.rules import Entered, StoredFact
from services.ledger.lines.rules import LineKey
from services.ledger.postings.rules import Leg, Place

# Line by line: a plan that was made while the table was small would read all of it later.
_OF_LINES = text("""
    SELECT f.payment_id, f.line_no, f.event_at, f.type, f.data
    FROM unnest(CAST(:payments AS bigint[]), CAST(:lines AS integer[])) AS asked(payment_id, line_no),
         LATERAL (SELECT * FROM facts WHERE payment_id = asked.payment_id AND line_no = asked.line_no
                  OFFSET 0) AS f
""")
# The unique key drops what was posted before the inbox forgot it. Ids are given in the order of the batch.
_ADD = text("""
    INSERT INTO facts (county, coverage_year, source, event_id, type, event_at, business_at, enrollment_id,
                       payment_id, line_no, data)
    SELECT county, coverage_year, source, event_id, type, event_at, business_at, enrollment_id,
           payment_id, line_no, data
    FROM unnest(CAST(:counties AS text[]), CAST(:years AS integer[]), CAST(:sources AS text[]),
                CAST(:event_ids AS text[]), CAST(:types AS text[]), CAST(:events_at AS timestamptz[]),
                CAST(:business_at AS timestamptz[]), CAST(:enrollments AS bigint[]),
                CAST(:payments AS bigint[]), CAST(:lines AS integer[]), CAST(:data AS text[]))
      WITH ORDINALITY AS fact(county, coverage_year, source, event_id, type, event_at, business_at,
                              enrollment_id, payment_id, line_no, data, no)
    ORDER BY no
    ON CONFLICT (county, coverage_year, source, event_id) DO NOTHING
    RETURNING source, event_id, id
""")
_DATA = text("""
    SELECT data FROM facts
    WHERE county = :county AND coverage_year = :year AND source = :source AND event_id = :event_id
""")
_ADD_LOCK = text("INSERT INTO locks (name) VALUES (:name) ON CONFLICT DO NOTHING")
_SHARE_LOCK = text("SELECT 1 FROM locks WHERE name = :name FOR KEY SHARE")
_TAKE_LOCK = text("SELECT 1 FROM locks WHERE name = :name FOR UPDATE")

_POSTING_COLUMNS = (
    "county", "coverage_year", "fact_id", "leg_no", "kind", "reversal", "source", "destination", "amount_fen",
    "business_at", "person_id", "division_code", "channel", "payer",
)  # fmt: skip
_MEMO_COLUMNS = (
    "county", "coverage_year", "fact_id", "reversal", "payer", "amount_fen", "business_at", "person_id",
    "division_code",
)  # fmt: skip

_LOCK_TIMEOUT = text("SELECT set_config('lock_timeout', :patience, true)")
_LOCK_NOT_AVAILABLE = "55P03"
PATIENCE_SECONDS = 20

#: The lock of what belongs to payment lines.
LINES = "lines"


class LockBusy(Exception):
    """Others hold the lock for longer than somebody who waits for an answer should."""


async def lock(conn: AsyncConnection, name: str, *, shared: bool = False) -> None:
    """Hold the lock `name` until the transaction ends, alone or with others who share it."""
    statement = _SHARE_LOCK if shared else _TAKE_LOCK
    if (await conn.execute(statement, {"name": name})).first() is None:
        await conn.execute(_ADD_LOCK, {"name": name})
        await conn.execute(statement, {"name": name})


async def lock_books(conn: AsyncConnection, place: Place) -> None:
    """Take turns with other closings and movements of the same books; raise LockBusy after a while."""
    await conn.execute(_LOCK_TIMEOUT, {"patience": f"{PATIENCE_SECONDS}s"})
    try:
        await lock(conn, f"books:{place.county}:{place.coverage_year}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise LockBusy from None
        raise
    await conn.execute(_LOCK_TIMEOUT, {"patience": "0"})


async def data_of(conn: AsyncConnection, place: Place, source: str, event_id: str) -> str:
    """Give the data of one stored fact."""
    county, year = place
    row = await conn.execute(_DATA, {"county": county, "year": year, "source": source, "event_id": event_id})
    return row.scalar_one()


async def of_lines(
    conn: AsyncConnection, keys: Collection[LineKey]
) -> list[tuple[LineKey, datetime, str, str]]:
    """Give (key, event time, type, data) of all stored facts of these payment lines."""
    rows = await conn.execute(
        _OF_LINES, {"payments": [payment for payment, _ in keys], "lines": [line for _, line in keys]}
    )
    return [((row.payment_id, row.line_no), row.event_at, row.type, row.data) for row in rows]


async def add(conn: AsyncConnection, facts: Sequence[StoredFact]) -> dict[tuple[str, str], int]:
    """Store `facts`, in their order; give the id of each that was not there yet, by (source, event id).

    To be called with the locks held, so that ids grow in the order of effect.
    """
    rows = await conn.execute(
        _ADD,
        {
            "counties": [fact.place.county for fact in facts],
            "years": [fact.place.coverage_year for fact in facts],
            "sources": [fact.source for fact in facts],
            "event_ids": [fact.event_id for fact in facts],
            "types": [fact.type for fact in facts],
            "events_at": [fact.event_at for fact in facts],
            "business_at": [fact.business_at for fact in facts],
            "enrollments": [fact.enrollment_id for fact in facts],
            "payments": [fact.payment_id for fact in facts],
            "lines": [fact.line_no for fact in facts],
            "data": [fact.data for fact in facts],
        },
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def post(conn: AsyncConnection, entered: Iterable[Entered]) -> None:
    """Write the postings and memos of stored facts."""
    postings, memos = [], []
    for fact_id, business_at, entries in entered:
        for leg_no, entry in enumerate(entries, start=1):
            if isinstance(entry, Leg):
                postings.append(_posting_row(fact_id, leg_no, business_at, entry))
            else:
                place, payer, amount_fen, person_id, division_code, reversal = entry
                memos.append(
                    (*place, fact_id, reversal, payer, amount_fen, business_at, person_id, division_code)
                )
    if postings:
        await copy_rows(conn, "postings", _POSTING_COLUMNS, postings)
    if memos:
        await copy_rows(conn, "memos", _MEMO_COLUMNS, memos)


def _posting_row(fact_id: int, leg_no: int, business_at: datetime, leg: Leg) -> tuple:
    (county, year), kind, source, destination, amount_fen, reversal, *who = leg
    return (county, year, fact_id, leg_no, kind, reversal, source, destination, amount_fen, business_at, *who)
