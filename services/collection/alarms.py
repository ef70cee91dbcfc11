"""What is looked at again and again, because time alone brings it: windows that end, and what alerts tell."""

from datetime import datetime
from functools import partial

from libs.common.cases.alerting import Look, count_alerts, time_of_season, watching
from libs.common.cases.lockouts import count_lockouts, see_to_lockouts
from libs.common.repeating import repeating
from libs.common.service import AnyContext, Worker
from services.collection.assembly import CollectionContext
from services.collection.batches.alarming import see_to_batches
from services.collection.books.alarming import see_to_books
from services.collection.cash.alarming import see_to_cash
from services.collection.channel_refunds.alarming import see_to_channel_refunds
from services.collection.days.alarming import see_to_days
from services.collection.debits.alarming import see_to_debits
from services.collection.differences.alarming import see_to_files
from services.collection.exchange.alarming import see_to_exchange
from services.collection.households.rules import HouseholdYear
from services.collection.households.waiting import ask_about_overdue
from services.collection.households.waiting_store import newest
from services.collection.matching.lease_store import hold_lease
from services.collection.payments.alarming import see_to_channels
from services.collection.suspense.alarming import see_to_suspense


async def see_to_overdue(context: AnyContext, now: datetime) -> None:
    """Ask about all households whose window is over."""
    after: HouseholdYear | None = HouseholdYear(0, 0)
    while after is not None:
        async with context.engine.begin() as conn:
            await hold_lease(conn)
            after = await ask_about_overdue(conn, now, after)


async def business_now(context: AnyContext) -> datetime:
    """What time it is in the season, by the newest money."""
    return await time_of_season(context, newest)


def alarms(context: CollectionContext) -> list[Worker]:
    """Make the workers; any number of instances may run."""
    notices, settings = context.notices, context.settings
    count_alerts(context)
    count_lockouts(context)

    async def households() -> None:
        await see_to_overdue(context, await business_now(context))

    looks: list[Look] = [
        partial(see_to_cash, notices=notices),
        see_to_books,
        partial(see_to_batches, notices=notices),
        partial(see_to_suspense, notices=notices, days=settings.suspense_days),
        partial(see_to_channel_refunds, notices=notices),
        partial(see_to_files, notices=notices, days=settings.file_days),
        partial(see_to_channels, notices=notices, days=settings.silent_days, debiting=context.parts.debits),
        partial(see_to_days, notices=notices),
        partial(see_to_debits, terms=context.parts.debits),
        partial(see_to_exchange, workdays=settings.exchange_workdays),
        partial(see_to_lockouts, limit=settings.guess_limit),
    ]
    return [repeating("households", households), watching(context, "alerts", looks, newest)]
