"""SQL of the match's money that has come, and of what was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, copy, fetch_as, fetch_one_as, fetch_values, statement
from services.ledger.postings.rules import Season
from services.ledger.tables import match_arrival_reversals, match_arrivals

_NEW = Records(match_arrivals, *all_but(match_arrivals, "id", "entry_no"))
_KEY = "county, coverage_year, level, reference"
_SHOWN = """
    SELECT a.id, a.county, a.coverage_year, a.level, a.reference, a.amount_fen, a.arrived_at, a.entered_by,
           a.entered_at, r.reversed_at
    FROM match_arrivals a LEFT JOIN match_arrival_reversals r ON r.arrival_id = a.id
"""
# What stands already keeps its row; whoever enters the same at the same moment waits here. What was taken
# back leaves its reference to the next entry.
_ENTER = statement(f"""
    INSERT INTO match_arrivals ({_NEW.names}, entry_no)
    SELECT {", ".join(f"rows.{name}" for name in _NEW.names.split(", "))}, 1 + (
        SELECT count(*) FROM match_arrival_reversals r JOIN match_arrivals a ON a.id = r.arrival_id
        WHERE (a.county, a.coverage_year, a.level, a.reference)
            = (rows.county, rows.coverage_year, rows.level, rows.reference)
    )
    FROM {_NEW} ORDER BY {_KEY}
    ON CONFLICT ({_KEY}, entry_no) DO NOTHING RETURNING id
""")
_SOME = statement(f"{_SHOWN} WHERE a.id = ANY(CAST(:ids AS bigint[])) ORDER BY a.id")
_STANDING = statement(f"""
    SELECT s.* FROM {_NEW} JOIN ({_SHOWN}) AS s USING ({_KEY})
    WHERE s.reversed_at IS NULL
      AND (s.amount_fen, s.arrived_at) IS DISTINCT FROM (rows.amount_fen, rows.arrived_at) ORDER BY s.id
""")
# A list that is sent again may hold what was found wrong since: it comes back by nobody's oversight.
_REVERSED = statement(f"""
    SELECT s.* FROM {_NEW} JOIN ({_SHOWN}) AS s USING ({_KEY}, amount_fen, arrived_at)
    WHERE s.reversed_at IS NOT NULL ORDER BY s.id
""")
_ONE = statement(f"{_SHOWN} WHERE a.id = :arrival_id")
_PAGE = statement(f"""
    {_SHOWN} WHERE a.county = :county AND a.coverage_year = :coverage_year AND a.id > :after
    ORDER BY a.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatchArrival:
    """Money of a level that somebody enters."""

    county: str
    coverage_year: int
    level: str
    reference: str
    amount_fen: int
    arrived_at: datetime
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalRow(NewMatchArrival):
    """Money of a level that has come."""

    id: int
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReversal:
    """That two persons took money back."""

    arrival_id: int
    asked_by: str
    agreed_by: str
    reversed_at: datetime


async def enter(conn: AsyncConnection, new: Sequence[NewMatchArrival]) -> list[ArrivalRow]:
    """Enter what does not stand under its reference; give what is new."""
    ids = await fetch_values(conn, int, _ENTER, rows=new)
    return await fetch_as(conn, ArrivalRow, _SOME, ids=ids)


async def contradicted(conn: AsyncConnection, new: Sequence[NewMatchArrival]) -> list[ArrivalRow]:
    """What stands under the same references with another amount or instant."""
    return await fetch_as(conn, ArrivalRow, _STANDING, rows=new)


async def reversed_before(conn: AsyncConnection, new: Sequence[NewMatchArrival]) -> list[ArrivalRow]:
    """What was entered before exactly so, and taken back."""
    return await fetch_as(conn, ArrivalRow, _REVERSED, rows=new)


async def one(conn: AsyncConnection, arrival_id: int) -> ArrivalRow | None:
    """Money that has come, by its id."""
    return await fetch_one_as(conn, ArrivalRow, _ONE, arrival_id=arrival_id)


async def reverse(conn: AsyncConnection, new: NewReversal) -> None:
    """Keep that it was taken back."""
    await copy(conn, match_arrival_reversals, [new])


async def page(conn: AsyncConnection, season: Season, after: int, limit: int) -> list[ArrivalRow]:
    """A page of what has come, in the order in which it was entered."""
    return await fetch_as(conn, ArrivalRow, _PAGE, **season._asdict(), after=after, limit=limit)
