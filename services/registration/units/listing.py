"""Puts together who is on the list of a unit: how each stands, what is owed now, and what to look at."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from services.registration.units import lines_store
from services.registration.units.examining import Examined, examine
from services.registration.units.lines_store import ShownLine
from services.registration.units.rules import OnLists
from services.registration.units.store import Unit


async def look(
    conn: AsyncConnection,
    notice: Notice,
    unit: Unit,
    caller: Caller,
    now: datetime,
    wanted: OnLists,
    operation: str,
) -> tuple[list[tuple[ShownLine, Examined | None]], int | None]:
    """People on the list, and after whom a next page begins. The look is audited."""
    found = await lines_store.lines(conn, unit.unit_id, wanted.after, wanted.limit, wanted.state)
    people = sorted({one.person_id for one in found})
    about = f"unit {unit.code}"
    await record_lookup(conn, caller, operation=operation, at=now, person_ids=people, purpose=about)
    examined = await examine(conn, notice, unit, people, now) if unit.rule in notice.units else {}
    more = found[-1].id if len(found) == wanted.limit else None
    return [(one, examined.get(one.person_id)) for one in found], more
