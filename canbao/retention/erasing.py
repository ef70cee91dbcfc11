"""Counts what may go, and takes it away: in batches, each with its record in the audit of the service."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from canbao.retention.terms import TERMS, Term
from libs.common.db.rows import execute, fetch_value, statement
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_text

#: Rows of one transaction.
ROWS = 2_000
#: The operation that the audit knows erasures by.
OPERATION = "erase"

#: Told after each batch: the term, and how many of its rows went so far.
Tell = Callable[[Term, int], None]


@dataclass(frozen=True)
class Found:
    """How many rows of a term may go: those of the years before `first_kept`."""

    term: Term
    first_kept: int
    rows: int


@dataclass(frozen=True)
class By:
    """Who erases, why, and when; it stays on record."""

    subject: str
    why: str
    at: datetime


def first_kept(term: Term, today: date) -> int:
    """The first year of which a term keeps everything: what is of the years before may go."""
    return today.year - term.years


async def look(engine: AsyncEngine, service: str, today: date) -> list[Found]:
    """What may go of a service; nothing is changed."""
    found = []
    async with engine.connect() as conn:
        for term in (one for one in TERMS if one.service == service):
            year = first_kept(term, today)
            count = statement(f"SELECT count(*) FROM {term.table.name} t WHERE {term.due}")
            found.append(Found(term, year, await fetch_value(conn, int, count, first_kept=year) or 0))
    return found


async def erase(engine: AsyncEngine, service: str, today: date, by: By, tell: Tell) -> int:
    """Take away what may go of a service; give how many rows. Stopped, it goes on with what is left."""
    done = 0
    for term in (one for one in TERMS if one.service == service):
        gone, year = 0, first_kept(term, today)
        while True:
            async with engine.begin() as conn:
                some = await _erase_some(conn, term, year)
                if not some:
                    break
                await _record(conn, term, year, some, by)
            gone += some
            tell(term, gone)
        done += gone
    return done


async def _erase_some(conn: AsyncConnection, term: Term, year: int) -> int:
    names = [column.name for column in term.table.primary_key.columns]
    keys = ", ".join(names)
    some = statement(f"""
        {term.change} WHERE ({", ".join(f"t.{name}" for name in names)}) IN (
            SELECT {keys} FROM {term.table.name} t WHERE {term.due} ORDER BY {keys} LIMIT {ROWS})
    """)
    return await execute(conn, some, first_kept=year, **term.values)


async def _record(conn: AsyncConnection, term: Term, year: int, rows: int, by: By) -> None:
    caller = Caller(by.subject, frozenset(), "", "operator")
    purpose = f"{term.name}: {rows} rows of years before {year}"
    await record_lookup(conn, caller, operation=OPERATION, at=by.at, purpose=purpose, note=mask_text(by.why))
