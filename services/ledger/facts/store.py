"""SQL of the fact store: which facts are known, what belongs to a payment line, and new facts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, copy, execute, fetch_as, fetch_value, statement
from services.ledger.facts.rules import Entered
from services.ledger.lines.rules import LineKey
from services.ledger.periods import store as periods_store
from services.ledger.periods.rules import booked_in
from services.ledger.postings.rules import Leg, Season, Withdrawal
from services.ledger.problems import CLOSING_BUSY
from services.ledger.tables import facts as facts_table
from services.ledger.tables import memos as memos_table
from services.ledger.tables import merges as merges_table
from services.ledger.tables import postings as postings_table
from services.ledger.tables import withdrawals as withdrawals_table

_ASKED = Records(facts_table, "payment_id", "line_no", alias="asked")
# Line by line: a plan that was made while the table was small would read all of it later.
_OF_LINES = statement(f"""
    SELECT f.payment_id, f.line_no, f.event_at, f.type, f.data
    FROM {_ASKED},
         LATERAL (SELECT * FROM facts WHERE payment_id = asked.payment_id AND line_no = asked.line_no
                  OFFSET 0) AS f
""")
_DATA = statement("""
    SELECT data FROM facts
    WHERE county = :county AND coverage_year = :coverage_year AND source = :source AND event_id = :event_id
""")
_ADD_LOCK = statement("INSERT INTO locks (name) VALUES (:name) ON CONFLICT DO NOTHING")
_SHARE_LOCK = statement("SELECT name FROM locks WHERE name = :name FOR KEY SHARE")
_TAKE_LOCK = statement("SELECT name FROM locks WHERE name = :name FOR UPDATE")
_LOCK_TIMEOUT = statement("SELECT set_config('lock_timeout', :patience, true)")
_LOCK_NOT_AVAILABLE = "55P03"
PATIENCE_SECONDS = 20

_MERGES = Records(merges_table)
_NOTE_MERGES = statement(f"""
    INSERT INTO merges ({_MERGES.names}) SELECT {_MERGES.names} FROM {_MERGES} ORDER BY fact_id
    ON CONFLICT DO NOTHING
""")

#: The lock of what belongs to payment lines.
LINES = "lines"


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A stored fact of a payment line."""

    payment_id: int
    line_no: int
    event_at: datetime
    type: str
    data: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Two records that turned out to be one person, as one fact told."""

    county: str
    merged_person_id: int
    person_id: int
    fact_id: int
    business_at: datetime


async def note_merges(conn: AsyncConnection, merges: Sequence[Merge]) -> None:
    """Remember who goes on as whom."""
    await execute(conn, _NOTE_MERGES, rows=merges)


async def lock(conn: AsyncConnection, name: str, *, shared: bool = False) -> None:
    """Hold the lock `name` until the transaction ends, alone or with others who share it."""
    take = _SHARE_LOCK if shared else _TAKE_LOCK
    if await fetch_value(conn, str, take, name=name) is None:
        await execute(conn, _ADD_LOCK, name=name)
        await execute(conn, take, name=name)


async def lock_books(conn: AsyncConnection, season: Season) -> None:
    """Take turns with other closings and movements of the same books; raise Problem after a while."""
    await execute(conn, _LOCK_TIMEOUT, patience=f"{PATIENCE_SECONDS}s")
    try:
        await lock(conn, f"books:{season.county}:{season.coverage_year}")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise CLOSING_BUSY.problem(headers={"retry-after": "5"}) from None
        raise
    await execute(conn, _LOCK_TIMEOUT, patience="0")


async def data_of(conn: AsyncConnection, season: Season, source: str, event_id: str) -> str:
    """Give the data of one stored fact. Raises LookupError when there is none."""
    data = await fetch_value(conn, str, _DATA, **season._asdict(), source=source, event_id=event_id)
    if data is None:
        raise LookupError(f"there is no fact {event_id} of {source}")
    return data


async def of_lines(conn: AsyncConnection, keys: Collection[LineKey]) -> list[KnownFact]:
    """Give all stored facts of these payment lines."""
    asked = [{"payment_id": payment_id, "line_no": line_no} for payment_id, line_no in keys]
    return await fetch_as(conn, KnownFact, _OF_LINES, asked=asked)


async def post(conn: AsyncConnection, entered: Sequence[Entered]) -> None:
    """Write the postings, memos and withdrawals of stored facts; postings into months that are open."""
    counties = {entry.season.county for one in entered for entry in one.entries if isinstance(entry, Leg)}
    shut = await periods_store.hold_open(conn, counties) if counties else {}
    postings: list[dict[str, object]] = []
    memos: list[dict[str, object]] = []
    withdrawals: list[dict[str, object]] = []
    for fact_id, business_at, entries in entered:
        for leg_no, entry in enumerate(entries, start=1):
            row: dict[str, object] = {
                "county": entry.season.county,
                "coverage_year": entry.season.coverage_year,
                "fact_id": fact_id,
                "business_at": business_at,
                "reversal": entry.reversal,
                "person_id": entry.person_id,
                "division_code": entry.division_code,
            }
            if isinstance(entry, Withdrawal):
                withdrawals.append(row)
                continue
            row["payer"] = entry.payer
            row["amount_fen"] = entry.amount_fen
            if isinstance(entry, Leg):
                row["leg_no"] = leg_no
                row["kind"] = entry.kind
                row["source"] = entry.source
                row["destination"] = entry.destination
                row["channel"] = entry.channel
                row["accounting_month"] = booked_in(business_at, shut.get(entry.season.county))
                postings.append(row)
            else:
                memos.append(row)
    await copy(conn, postings_table, postings)
    await copy(conn, memos_table, memos)
    await copy(conn, withdrawals_table, withdrawals)
