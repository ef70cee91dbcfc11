"""Closes a day of a channel when all of it is explained, and opens it again when something changes it."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerts_store import take_watch
from libs.common.web.catalogue import NOT_FOUND, NOT_READY
from services.collection.days import store
from services.collection.days.looking import day as one_day
from services.collection.days.looking import days
from services.collection.days.problems import DAY_CLOSED, DAY_NOT_EXPLAINED
from services.collection.days.rules import ChannelDay, DayMove, Move
from services.collection.days.store import Wanted
from services.collection.differences.rules import Account


async def close(
    conn: AsyncConnection, county: str, channel: str, on: date, by: str, now: datetime
) -> ChannelDay:
    """Close a day. Raises Problem 404, 409 (closed, or something is open) or 503 while it is compared."""
    if not await take_watch(conn, Account(county, channel).about):
        raise NOT_READY.problem(headers={"retry-after": "2"})
    found = await one_day(conn, county, channel, on)
    if found is None:
        raise NOT_FOUND.problem()
    if found.state == "closed":
        raise DAY_CLOSED.problem()
    if found.state != "explained":
        raise DAY_NOT_EXPLAINED.problem(
            state=found.state, open_cases=[{"case_id": one.case_id, "kind": one.kind} for one in found.asked]
        )
    await store.move(conn, [_move(found, "closed", now, by)])
    closed = await one_day(conn, county, channel, on)
    assert closed is not None, "it was there just now"
    return closed


async def open_again(
    conn: AsyncConnection, county: str, channel: str, compared: Collection[date], now: datetime
) -> None:
    """Open closed days again that are not as they were: of those that were compared just now, and those about
    which something is asked since. Whoever calls has the watch of the account.
    """
    closed = set(await store.closed_and_asked(conn, county, channel))
    if compared:
        wanted = Wanted(county, channel, min(compared), max(compared))
        last = {one.business_on: one.move for one in await store.moves(conn, wanted)}
        closed |= {on for on in compared if last.get(on) == "closed"}
    if not closed:
        return
    found = await days(conn, Wanted(county, channel, min(closed), max(closed)))
    changed = [one for one in found if one.business_on in closed and one.changed_by() is not None]
    await store.move(conn, [_move(one, "reopened", now, None) for one in changed])


def _move(day: ChannelDay, move: DayMove, now: datetime, by: str | None) -> Move:
    return Move(
        county=day.county,
        division_code=day.division_code,
        channel=day.channel,
        business_on=day.business_on,
        move=move,
        moved_at=now,
        moved_by=by,
        cause=None if move == "closed" else day.changed_by(),
        rests_on=day.rests_on,
    )
