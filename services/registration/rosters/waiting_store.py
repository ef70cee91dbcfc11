"""SQL of rosters that wait for a second person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch_one_as, fetch_value, statement
from services.registration.rosters.rules import Mode
from services.registration.tables import waiting_rosters


@dataclass(frozen=True, slots=True)
class WaitingRoster:
    """A roster as it was sent: by whom, for which division, and with which receipt."""

    county: str
    coverage_year: int
    status: str
    department: str
    listed_on: date
    mode: Mode
    defaults: dict[str, JsonValue]
    rows: Sequence[JsonValue]
    receipt: str
    division: str
    sent_by: str
    asked_at: datetime


_WAITING = Records(waiting_rosters, *all_but(waiting_rosters, "id", "recorded_at"))
_KEEP = statement(f"""
    INSERT INTO waiting_rosters ({_WAITING.names}) SELECT {_WAITING.names} FROM {_WAITING} RETURNING id
""")
_ONE = statement(
    f"SELECT {_WAITING.names} FROM waiting_rosters WHERE id = :id",
    waiting_rosters.c.rows,
    waiting_rosters.c.receipt,
)


async def keep(conn: AsyncConnection, roster: WaitingRoster) -> int:
    """Keep a roster until a second person decides about it; give its id."""
    roster_id = await fetch_value(conn, int, _KEEP, rows=[roster])
    assert roster_id is not None, "an inserted row has an id"
    return roster_id


async def the(conn: AsyncConnection, roster_id: int) -> WaitingRoster:
    """A roster that was kept."""
    roster = await fetch_one_as(conn, WaitingRoster, _ONE, id=roster_id)
    assert roster is not None, "what was kept is not deleted"
    return roster
