"""SQL of the days on which batches were made by themselves."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_as, fetch_value, statement
from services.collection.exchange.rules import Party

_RUN = statement("""
    INSERT INTO exchange_runs (county, party, run_on, made_at, batches)
    VALUES (:county, :party, :run_on, :at, 0) ON CONFLICT DO NOTHING RETURNING 1
""")
_NOTE_RUN = statement("""
    UPDATE exchange_runs SET batches = :batches WHERE county = :county AND party = :party AND run_on = :run_on
""")
_YEARS = statement("""
    SELECT DISTINCT coverage_year FROM dues WHERE county = :county AND coverage_year >= :since ORDER BY 1
""")


async def begin_run(conn: AsyncConnection, county: str, party: Party, run_on: date, at: datetime) -> bool:
    """Take a day; False where it was done. With the transaction it is done or not."""
    return bool(await fetch_value(conn, int, _RUN, county=county, party=party, run_on=run_on, at=at))


async def note_run(conn: AsyncConnection, county: str, party: Party, run_on: date, batches: int) -> None:
    """Note how many batches a day made."""
    await execute(conn, _NOTE_RUN, county=county, party=party, run_on=run_on, batches=batches)


async def years(conn: AsyncConnection, county: str, since: int) -> list[int]:
    """The coverage years of which a county has dues, from one of them on."""
    return [row.coverage_year for row in await fetch_as(conn, _Year, _YEARS, county=county, since=since)]


@dataclass(frozen=True, slots=True)
class _Year:
    coverage_year: int
