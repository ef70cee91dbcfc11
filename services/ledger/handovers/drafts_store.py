"""SQL of drafts: what the next handover of a season would be, and what stood in the way of preparing it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.ledger.postings.rules import Season
from services.ledger.tables import handover_drafts

_BOOKS = "county = :county AND coverage_year = :coverage_year"
_ALL = Records(handover_drafts)
# Ends with the transaction: whoever dies while preparing lets the next one have it.
_TURN = statement("""
    SELECT pg_try_advisory_xact_lock(hashtextextended('preparing ' || :county || '/' || :coverage_year, 0))
""")
_NEWEST = statement(f"SELECT max(id) FROM facts WHERE {_BOOKS}")
_ONE = statement(f"SELECT {_ALL.names} FROM handover_drafts WHERE {_BOOKS}")
_EVERY = statement(f"SELECT {_ALL.names} FROM handover_drafts")
_KEEP = statement(f"""
    INSERT INTO handover_drafts ({_ALL.names}) SELECT {_ALL.names} FROM {_ALL}
    ON CONFLICT (county, coverage_year) DO UPDATE SET
        {_ALL.taken_over(*(name for name in _ALL.columns if name not in ("county", "coverage_year")))}
""")
_DROP = statement(f"DELETE FROM handover_drafts WHERE {_BOOKS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """What the next handover of a season would be; without a document it could not be prepared yet."""

    county: str
    coverage_year: int
    deadline_id: str
    newest_fact: int
    document: str | None = None
    papers: str | None = None
    head_count: int | None = None
    amount_fen: int | None = None
    prepared_at: datetime | None = None
    tries: int = 0
    trouble: str | None = None
    next_try_at: datetime | None = None


async def take_turn(conn: AsyncConnection, season: Season) -> bool:
    """Whether nobody else prepares the handovers of a season until the transaction ends."""
    county, year = season
    return bool(await fetch_value(conn, bool, _TURN, county=county, coverage_year=str(year)))


async def newest_fact(conn: AsyncConnection, season: Season) -> int:
    """The newest fact of the books of a season; 0 without any."""
    return await fetch_value(conn, int, _NEWEST, **season._asdict()) or 0


async def one(conn: AsyncConnection, season: Season) -> DraftRow | None:
    """The draft of a season."""
    return await fetch_one_as(conn, DraftRow, _ONE, **season._asdict())


async def every(conn: AsyncConnection) -> list[DraftRow]:
    """The drafts of all seasons."""
    return await fetch_as(conn, DraftRow, _EVERY)


async def keep(conn: AsyncConnection, row: DraftRow) -> None:
    """Keep a draft instead of the one before."""
    await execute(conn, _KEEP, rows=[row])


async def drop(conn: AsyncConnection, season: Season) -> None:
    """Forget the draft of a season."""
    await execute(conn, _DROP, **season._asdict())
