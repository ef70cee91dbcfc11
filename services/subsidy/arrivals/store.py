"""SQL of payers' money that has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, statement
from services.subsidy.tables import fund_arrivals, fund_returns


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
    returned_fen: int


@dataclass(frozen=True, slots=True)
class NewReturn:
    """What registration tells that it gives back."""

    return_id: int
    arrival_id: int
    amount_fen: int
    returned_at: datetime


_NEW = Records(fund_arrivals, *NewArrival.__dataclass_fields__)
_BACK = """
    (SELECT coalesce(sum(r.amount_fen), 0)::bigint FROM fund_returns r WHERE r.arrival_id = a.arrival_id)
"""
_OWN = [name for name in ArrivalRow.__dataclass_fields__ if name != "returned_fen"]
_COLUMNS = f"{', '.join(f'a.{name}' for name in _OWN)}, {_BACK} AS returned_fen"
# What stands already keeps its row; whoever enters the same at the same moment waits here.
_ENTER = statement(f"""
    INSERT INTO fund_arrivals AS a ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ORDER BY county, coverage_year, payer, reference
    ON CONFLICT (county, coverage_year, payer, reference) WHERE reversed_at IS NULL DO NOTHING
    RETURNING {_COLUMNS}
""")
_KNOWN = statement(f"""
    SELECT {_COLUMNS}
    FROM {_NEW} JOIN fund_arrivals a USING (county, coverage_year, payer, reference)
    WHERE a.reversed_at IS NULL
      AND (a.amount_fen, a.arrived_at) IS DISTINCT FROM (rows.amount_fen, rows.arrived_at)
    ORDER BY a.arrival_id
""")
# A list that is sent again may hold what was found wrong since: it comes back by nobody's oversight.
_REVERSED = statement(f"""
    SELECT {_COLUMNS}
    FROM {_NEW} JOIN fund_arrivals a USING (county, coverage_year, payer, reference, amount_fen, arrived_at)
    WHERE a.reversed_at IS NOT NULL ORDER BY a.arrival_id
""")
_ONE = statement(f"SELECT {_COLUMNS} FROM fund_arrivals a WHERE arrival_id = :arrival_id")
_REVERSE = statement(f"""
    UPDATE fund_arrivals a SET reversed_at = :at WHERE arrival_id = :arrival_id AND reversed_at IS NULL
    RETURNING {_COLUMNS}
""")
_BACK_NEW = Records(fund_returns, *NewReturn.__dataclass_fields__)
_GIVE_BACK = statement(f"""
    INSERT INTO fund_returns ({_BACK_NEW.names}) SELECT {_BACK_NEW.names} FROM {_BACK_NEW}
    ORDER BY return_id ON CONFLICT (return_id) DO NOTHING
""")
_LIST = statement(f"""
    SELECT {_COLUMNS} FROM fund_arrivals a
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


async def give_back(conn: AsyncConnection, new: Sequence[NewReturn]) -> None:
    """Keep what goes back."""
    await execute(conn, _GIVE_BACK, rows=new)


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
