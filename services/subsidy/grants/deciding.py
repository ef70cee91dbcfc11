"""Decides the help of people anew, where what it rests on changed without a fact from outside."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.outbox import Cause
from services.subsidy.entitlements import rules
from services.subsidy.entitlements import store as entitlements_store
from services.subsidy.entitlements.facts import YearKey
from services.subsidy.grants import store as grants_store
from services.subsidy.grants.recording import Changes, record
from services.subsidy.payouts import store as payouts_store


async def decide_again(conn: AsyncConnection, keys: Collection[YearKey], at: datetime, cause: Cause) -> None:
    """Compare what the facts give with what is granted, for people who are locked.

    Payouts that this opens, or that came back before it, wait where their reason is in doubt meanwhile.
    """
    if not keys:
        return
    years = await entitlements_store.load_years(conn, sorted(keys))
    await grants_store.load_grants(conn, years)
    changes = Changes()
    for key, year in years.items():
        changes.add(key, rules.decide(year, at), cause)
    await record(conn, changes, at)
    await payouts_store.hold_contested(conn, {key.person_id for key in keys})
