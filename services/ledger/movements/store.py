"""SQL of movements."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch_as, fetch_one_as, fetch_value, statement
from services.ledger.postings.rules import Season
from services.ledger.tables import movements

_ALL = Records(movements)
_NEW = Records(movements, *all_but(movements, "id"))
_BY_REFERENCE = statement(
    f"SELECT {_ALL.names} FROM movements WHERE county = :county AND reference = :reference"
)
_BY_ID = statement(f"SELECT {_ALL.names} FROM movements WHERE id = :id")
_REVERSAL = statement("SELECT id FROM movements WHERE reverses_id = :id")
_ADD = statement(f"""
    INSERT INTO movements ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, reference) DO NOTHING
    RETURNING {_ALL.names}
""")
_LIST = statement(f"""
    SELECT {_ALL.names} FROM movements
    WHERE county = :county AND coverage_year = :coverage_year AND id > :after ORDER BY id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A movement to record. `request` is what was asked as canonical JSON, to know it again."""

    county: str
    coverage_year: int
    kind: str
    channel: str | None
    payee: str | None
    amount_fen: int
    business_at: datetime
    reference: str
    reverses_id: int | None
    request: str
    recorded_by: str
    recorded_at: datetime
    clause: str | None
    off_path: str | None
    accounting_month: date


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A recorded movement."""

    id: int
    county: str
    coverage_year: int
    kind: str
    channel: str | None
    payee: str | None
    amount_fen: int
    business_at: datetime
    reference: str
    reverses_id: int | None
    request: str
    recorded_by: str
    recorded_at: datetime
    clause: str | None
    off_path: str | None
    accounting_month: date


async def by_reference(conn: AsyncConnection, county: str, reference: str) -> MovementRow | None:
    """Give the movement that has this reference in this county, whatever its year."""
    return await fetch_one_as(conn, MovementRow, _BY_REFERENCE, county=county, reference=reference)


async def by_id(conn: AsyncConnection, movement_id: int) -> MovementRow | None:
    """Give one movement."""
    return await fetch_one_as(conn, MovementRow, _BY_ID, id=movement_id)


async def is_reversed(conn: AsyncConnection, movement_id: int) -> bool:
    """Whether a movement was reversed already."""
    return await fetch_value(conn, int, _REVERSAL, id=movement_id) is not None


async def add(conn: AsyncConnection, movement: NewMovement) -> MovementRow | None:
    """Write a movement; None when its reference was taken meanwhile."""
    return await fetch_one_as(conn, MovementRow, _ADD, rows=[movement])


async def page(conn: AsyncConnection, season: Season, after: int, limit: int) -> list[MovementRow]:
    """List movements of a county and year, oldest first, beginning after an id."""
    return await fetch_as(conn, MovementRow, _LIST, **season._asdict(), after=after, limit=limit)
