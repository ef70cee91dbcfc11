"""Makes the batches of each day by themselves, where the settings say for whom and from which hour on.

All batches of a party and day are one transaction with the note that the day is done: a process that dies
leaves nothing behind, and the next one makes the day; two at once make it once.
"""

from datetime import datetime

from libs.common.clock import SHANGHAI
from libs.common.repeating import for_each, repeating
from libs.common.service import Worker
from services.collection.assembly import CollectionContext
from services.collection.exchange import runs_store as store
from services.collection.exchange.making import Order, make_batch
from services.collection.exchange.rules import KINDS, Daily, Party

#: Who made what nobody asked for by hand.
_BY = "canbao"


def exchanger(context: CollectionContext) -> Worker:
    """Make the worker; of several instances one makes the batches of a day."""

    async def work() -> None:
        await make_due(context, context.clock.now())

    return repeating("exchange", work, context.settings.look_seconds)


async def make_due(context: CollectionContext, at: datetime) -> None:
    """Make the batches of today for each party whose time has come and whose day is not done."""
    now = at.astimezone(SHANGHAI)
    due = [
        (county, party, daily)
        for county, parties in context.parts.exchanges.items()
        for party, daily in parties.items()
        if now.time() >= daily.time
    ]

    async def make(one: tuple[str, Party, Daily]) -> None:
        await _make_day(context, *one, now)

    await for_each(due, make, lambda one: f"exchange of {one[0]} with the {one[1]}")


async def _make_day(
    context: CollectionContext, county: str, party: Party, daily: Daily, now: datetime
) -> None:
    division_code = context.parts.divisions.code_of(county)
    if division_code is None:
        return
    async with context.engine.begin() as conn:
        if not await store.begin_run(conn, county, party, now.date(), now):
            return
        made = 0
        # Nothing moves in a year whose next one is over, but by hand: then its batch is made by hand, too.
        for coverage_year in await store.years(conn, county, now.year - 1):
            for kind in KINDS[party]:
                profile = context.parts.exchange_profiles.for_kind(daily.profile, kind)
                if profile is not None:
                    order = Order(county, division_code, coverage_year, party, kind, profile, _BY)
                    made += await make_batch(conn, order, now) is not None
        await store.note_run(conn, county, party, now.date(), made)
