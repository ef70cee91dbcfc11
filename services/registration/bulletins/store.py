"""SQL of bulletins. The database lets a draft be signed or refused once, and nothing else be changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.registration.tables import bulletins

_SEASON = "county = :county AND coverage_year = :coverage_year"
_COLUMNS = """id, county, coverage_year, kind, number, state, as_of, period_to, snapshot_id, content,
    approval_id, drafted_by, drafted_at, signed_by, signed_at"""
_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended('bulletins/' || :county, 0))")
_NEW = Records(
    bulletins, "id", "county", "coverage_year", "kind", "state", "as_of", "period_to", "snapshot_id",
    "content", "approval_id", "drafted_by", "drafted_at",
)  # fmt: skip
_DRAFT = statement(f"INSERT INTO bulletins ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")
# Only whoever has the turn counts on: numbers have no gaps, and none is given twice.
_SIGN = statement("""
    UPDATE bulletins b
    SET state = 'signed', signed_by = :by, signed_at = :at, number = 1 + coalesce((
        SELECT max(o.number) FROM bulletins o
        WHERE (o.county, o.coverage_year, o.kind) = (b.county, b.coverage_year, b.kind)), 0)
    WHERE b.id = :id AND b.state = 'draft'
""")
_REFUSE = statement("""
    UPDATE bulletins SET state = 'refused', signed_by = :by, signed_at = :at
    WHERE id = :id AND state = 'draft'
""")
_ONE = statement(f"SELECT {_COLUMNS} FROM bulletins WHERE id = :id")
_LAST = statement(f"""
    SELECT {_COLUMNS} FROM bulletins
    WHERE {_SEASON} AND kind = :kind AND state IN ('draft', 'signed') ORDER BY as_of DESC LIMIT 1
""")
_PAGE = statement(f"""
    SELECT {_COLUMNS} FROM bulletins
    WHERE {_SEASON} AND id > :after AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY id LIMIT :limit
""")
_PERIODS = statement(
    f"SELECT id, kind, period_to, state FROM bulletins WHERE {_SEASON} AND state <> 'refused'"
)
_ATTEMPTS = statement(f"SELECT id, kind, period_to, state FROM bulletins WHERE {_SEASON}")
_FIRST_REGISTERED = statement(f"SELECT registered_at FROM enrollments WHERE {_SEASON} ORDER BY id LIMIT 1")


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A bulletin on record; `number` once it is signed."""

    id: int
    county: str
    coverage_year: int
    kind: str
    number: int | None
    state: str
    as_of: datetime
    period_to: date
    snapshot_id: int
    content: Mapping[str, JsonValue]
    approval_id: int
    drafted_by: str
    drafted_at: datetime
    signed_by: str | None
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """That there is a bulletin of a kind about a period."""

    id: int
    kind: str
    period_to: date
    state: str


async def take_turn(conn: AsyncConnection, county: str) -> None:
    """Wait until no other transaction drafts or signs bulletins of a county."""
    await fetch_value(conn, str, _TURN, county=county)


async def draft(conn: AsyncConnection, row: Mapping[str, object]) -> None:
    """Keep a draft."""
    await execute(conn, _DRAFT, rows=[row])


async def sign(conn: AsyncConnection, bulletin_id: int, by: str, at: datetime) -> bool:
    """Give a draft the next number of its kind; whether it was one."""
    return bool(await execute(conn, _SIGN, id=bulletin_id, by=by, at=at))


async def refuse(conn: AsyncConnection, bulletin_id: int, by: str, at: datetime) -> None:
    """Put a draft away; another may be made."""
    await execute(conn, _REFUSE, id=bulletin_id, by=by, at=at)


async def one(conn: AsyncConnection, bulletin_id: int) -> Bulletin | None:
    """A bulletin."""
    return await fetch_one_as(conn, Bulletin, _ONE, id=bulletin_id)


async def last(conn: AsyncConnection, county: str, coverage_year: int, kind: str) -> Bulletin | None:
    """The newest of a kind that is drafted or signed."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_one_as(conn, Bulletin, _LAST, **season, kind=kind)


async def page(
    conn: AsyncConnection, county: str, coverage_year: int, state: str | None, after: int, limit: int
) -> list[Bulletin]:
    """Bulletins of a season, in the order in which they were drafted."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, Bulletin, _PAGE, **season, state=state, after=after, limit=limit)


async def periods(conn: AsyncConnection, county: str, coverage_year: int) -> list[Period]:
    """About which periods there are bulletins."""
    return await fetch_as(conn, Period, _PERIODS, county=county, coverage_year=coverage_year)


async def attempts(conn: AsyncConnection, county: str, coverage_year: int) -> list[Period]:
    """About which periods bulletins were ever drafted, those that were refused too."""
    return await fetch_as(conn, Period, _ATTEMPTS, county=county, coverage_year=coverage_year)


async def first_registered(conn: AsyncConnection, county: str, coverage_year: int) -> datetime | None:
    """Since when there is anything to tell of a season."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_value(conn, datetime, _FIRST_REGISTERED, **season)
