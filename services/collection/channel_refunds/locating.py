"""Says whether money is in the treasury already (入库): what its channel has paid in, it cannot give back.

Known by the statements of the account: they have what the channel owed of the day of the payment. Where they
tell nothing yet, the money is still with its channel.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.assembly import CollectionContext
from services.collection.days import bank_store
from services.collection.days.alarming import newest_notice
from services.collection.days.looking import banks
from services.collection.days.looking import day as day_of

#: Accounts out of which the offices give money back, and no channel does.
_TREASURY = ("treasury", "special_fiscal_account", "city_special_account")
_CAME = ("came", "late", "fee")


@dataclass(frozen=True, slots=True)
class Handed:
    """That what a channel took on a day is in an account of the treasury or of finance."""

    account: str
    business_on: date


async def handed_over(
    conn: AsyncConnection, context: CollectionContext, county: str | None, channel: str, paid_at: datetime
) -> Handed | None:
    """Where the money of a payment was paid in, as is known now; None where it was not, or nobody knows."""
    terms = context.parts.settlements.get(county or "", {}).get(channel)
    notice = newest_notice(context.notices, county) if county is not None else None
    if county is None or terms is None or notice is None:
        return None
    account = notice.accounts.get(terms.account)
    if account is None or account.role not in _TREASURY:
        return None
    on = await bank_store.day_of(conn, county, channel, paid_at)
    day = await day_of(conn, county, channel, on)
    if day is None:
        return None
    came = (await banks(conn, county, [day], {channel: terms}))[day.business_on, channel]
    return Handed(terms.account, on) if came.state in _CAME else None
