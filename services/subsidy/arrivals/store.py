"""SQL of payers' money that has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, fetch_one_as, statement
from services.subsidy.tables import fund_arrivals


@dataclass(frozen=True, slots=True)
class NewArrival:
    """Money that somebody enters."""

    county: str
    coverage_year: int
    payer: str
    reference: str
    amount_fen: int
    arrived_at: datetime
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """Money of a payer that has come."""

    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    reference: str
    amount_fen: int
    arrived_at: datetime
    entered_by: str
    entered_at: datetime
    reversed_at: datetime | None


_NEW = Records(fund_arrivals, *NewArrival.__dataclass_fields__)
_COLUMNS = ", ".join(ArrivalRow.__dataclass_fields__)
# What stands already keeps its row; whoever enters the same at the same moment waits here.
_ENTER = statement(f"""
    INSERT INTO fund_arrivals ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ORDER BY county, coverage_year, payer, reference
    ON CONFLICT (county, coverage_year, payer, reference) WHERE reversed_at IS NULL DO NOTHING
    RETURNING {_COLUMNS}
""")
_KNOWN = statement(f"""
    SELECT {", ".join(f"a.{name}" for name in ArrivalRow.__dataclass_fields__)}
    FROM {_NEW} JOIN fund_arrivals a USING (county, coverage_year, payer, reference)
    WHERE a.reversed_at IS NULL
      AND (a.amount_fen, a.arrived_at) IS DISTINCT FROM (rows.amount_fen, rows.arrived_at)
    ORDER BY a.arrival_id
""")
# A list that is sent again may hold what was found wrong since: it comes back by nobody's oversight.
_REVERSED = statement(f"""
    SELECT {", ".join(f"a.{name}" for name in ArrivalRow.__dataclass_fields__)}
    FROM {_NEW} JOIN fund_arrivals a USING (county, coverage_year, payer, reference, amount_fen, arrived_at)
    WHERE a.reversed_at IS NOT NULL ORDER BY a.arrival_id
""")
_ONE = statement(f"SELECT {_COLUMNS} FROM fund_arrivals WHERE arrival_id = :arrival_id")
_REVERSE = statement(f"""
    UPDATE fund_arrivals SET reversed_at = :at WHERE arrival_id = :arrival_id AND reversed_at IS NULL
    RETURNING {_COLUMNS}
""")
_LIST = statement(f"""
    SELECT {_COLUMNS} FROM fund_arrivals
    WHERE arrival_id > :after
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
      AND (CAST(:payer AS text) IS NULL OR payer = :payer)
      AND (CAST(:counties AS text[]) IS NULL OR county = ANY(CAST(:counties AS text[])))
    ORDER BY arrival_id
    LIMIT :limit
""")


async def enter(conn: AsyncConnection, new: Sequence[NewArrival]) -> list[ArrivalRow]:
    """Enter what is not there under its reference; give what is new."""
    return await fetch_as(conn, ArrivalRow, _ENTER, rows=new)


async def contradicted(conn: AsyncConnection, new: Sequence[NewArrival]) -> list[ArrivalRow]:
    """What stands under the same references with another amount or instant."""
    return await fetch_as(conn, ArrivalRow, _KNOWN, rows=new)


async def reversed_before(conn: AsyncConnection, new: Sequence[NewArrival]) -> list[ArrivalRow]:
    """What was entered before exactly so, and taken back."""
    return await fetch_as(conn, ArrivalRow, _REVERSED, rows=new)


async def one(conn: AsyncConnection, arrival_id: int) -> ArrivalRow | None:
    """Money that has come, by its id."""
    return await fetch_one_as(conn, ArrivalRow, _ONE, arrival_id=arrival_id)


async def reverse(conn: AsyncConnection, arrival_id: int, at: datetime) -> ArrivalRow | None:
    """Take it back; nothing is given where it was taken back before."""
    return await fetch_one_as(conn, ArrivalRow, _REVERSE, arrival_id=arrival_id, at=at)


async def list_arrivals(
    conn: AsyncConnection,
    *,
    after: int,
    county: str | None,
    coverage_year: int | None,
    payer: str | None,
    counties: Sequence[str] | None,
    limit: int,
) -> list[ArrivalRow]:
    """A page of what has come, in any county or in those that are named."""
    return await fetch_as(
        conn,
        ArrivalRow,
        _LIST,
        after=after,
        county=county,
        coverage_year=coverage_year,
        payer=payer,
        counties=counties,
        limit=limit,
    )
