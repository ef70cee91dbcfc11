"""What is looked at once a minute, because time brings it: tickets nobody answers, registrations that end."""

from collections.abc import Mapping
from datetime import datetime

from libs.common.clock import season_now
from libs.common.repeating import repeating
from libs.common.service import Worker
from services.registration.notices.alarming import see_to_registrations
from services.registration.settings import RegistrationContext
from services.registration.tickets import alarms_store
from services.registration.tickets.alarming import count_late, see_to_tickets


def alarms(context: RegistrationContext) -> list[Worker]:
    """Make the workers, and register what they look at as numbers; any number of instances may run."""

    async def newest() -> datetime | None:
        async with context.engine.connect() as conn:
            return await alarms_store.newest(conn)

    async def tickets() -> None:
        now = await season_now(context.clock, newest)
        async with context.engine.begin() as conn:
            await see_to_tickets(conn, now, context.notices)

    async def registrations() -> None:
        now = await season_now(context.clock, newest)
        async with context.engine.begin() as conn:
            await see_to_registrations(conn, now, context.notices)

    async def late() -> Mapping[str, float]:
        now = await season_now(context.clock, newest)
        async with context.engine.connect() as conn:
            return await count_late(conn, now, context.notices)

    context.metrics.gauge_from(
        "canbao_overdue_tickets", "Tickets that are not answered in time.", "county", late
    )
    return [repeating("tickets", tickets), repeating("registrations", registrations)]
