"""Draws rosters and decides their lines; help that is struck out is taken back as any other is."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.outbox import Cause
from services.subsidy.cards import store as cards_store
from services.subsidy.entitlements.facts import YearKey
from services.subsidy.grants.deciding import decide_again
from services.subsidy.verifications import lines_store, store
from services.subsidy.verifications.lines_store import Decided, Left, Wanted
from services.subsidy.verifications.rules import LineEvent

#: After these the facts about people give other help than before.
_CHANGES_HELP = (LineEvent.STRIKE_OUT, LineEvent.LIFT)


async def decide(conn: AsyncConnection, wanted: Wanted, cause: Cause) -> tuple[Decided, list[Left]]:
    """Decide lines; give what was decided and what was left as it is, and why."""
    await store.take_turn(conn, wanted.place.county, wanted.place.coverage_year)
    keys: set[YearKey] = set()
    if wanted.event in _CHANGES_HELP:
        keys = {YearKey(one.person_id, one.coverage_year) for one in await lines_store.whose(conn, wanted)}
        await cards_store.lock_persons(conn, {key.person_id for key in keys})
    left = await lines_store.left(conn, wanted)
    decided = await lines_store.decide(conn, wanted)
    await decide_again(conn, keys if decided.lines else (), wanted.at, cause)
    return decided, left
