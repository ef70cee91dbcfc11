"""SQL of the match's money that has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch_as, statement
from services.ledger.postings.rules import Season
from services.ledger.tables import match_arrivals

_ALL = Records(match_arrivals)
_NEW = Records(match_arrivals, *all_but(match_arrivals, "id"))
_KEY = "county, coverage_year, level, reference"
# What stands already keeps its row; whoever enters the same at the same moment waits here.
_ENTER = statement(f"""
    INSERT INTO match_arrivals ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} ORDER BY {_KEY}
    ON CONFLICT ({_KEY}) DO NOTHING RETURNING {_ALL.names}
""")
_KNOWN = statement(f"""
    SELECT {", ".join(f"a.{column.name}" for column in match_arrivals.columns)}
    FROM {_NEW} JOIN match_arrivals a USING ({_KEY})
    WHERE (a.amount_fen, a.arrived_at) IS DISTINCT FROM (rows.amount_fen, rows.arrived_at) ORDER BY a.id
""")
_PAGE = statement(f"""
    SELECT {_ALL.names} FROM match_arrivals
    WHERE county = :county AND coverage_year = :coverage_year AND id > :after ORDER BY id LIMIT :limit
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


async def enter(conn: AsyncConnection, new: Sequence[NewMatchArrival]) -> list[ArrivalRow]:
    """Enter what is not there under its reference; give what is new."""
    return await fetch_as(conn, ArrivalRow, _ENTER, rows=new)


async def contradicted(conn: AsyncConnection, new: Sequence[NewMatchArrival]) -> list[ArrivalRow]:
    """What stands under the same references with another amount or instant."""
    return await fetch_as(conn, ArrivalRow, _KNOWN, rows=new)


async def page(conn: AsyncConnection, season: Season, after: int, limit: int) -> list[ArrivalRow]:
    """A page of what has come, in the order in which it was entered."""
    return await fetch_as(conn, ArrivalRow, _PAGE, **season._asdict(), after=after, limit=limit)
