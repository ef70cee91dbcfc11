"""Asks for deposits, what each brought, and photos of its slip."""

from services.console.apis.asking import Asking, Query
from services.console.deposits.schemas import Deposit, Deposits, Photos
from services.console.receipts.schemas import Receipts
from services.console.worklists.schemas import Collectors

API = "/v1/cash-deposits"


async def titles_of(asking: Asking) -> dict[int, str]:
    """What the places are called where money is taken by hand."""
    found = await asking.get(Collectors, "collection", "/v1/collectors", {"limit": 500})
    return {one.collector_id: one.title for one in found.items}


async def deposits(asking: Asking, query: Query) -> Deposits:
    """Deposits of the own division. Raises ServiceAway and Refused."""
    return await asking.get(Deposits, "collection", API, query)


async def deposit_at(asking: Asking, deposit_id: int) -> Deposit:
    """One deposit. Raises ServiceAway and Refused."""
    return await asking.get(Deposit, "collection", f"{API}/{deposit_id}")


async def brought_by(asking: Asking, deposit_id: int, query: Query) -> Receipts:
    """The receipts that a deposit brought."""
    asked = {"deposit_id": deposit_id, **query}
    return await asking.get(Receipts, "collection", "/v1/cash-receipts", asked)


async def photos_of(asking: Asking, deposit_id: int) -> Photos:
    """Photos of a slip, without what they show."""
    return await asking.get(Photos, "collection", f"{API}/{deposit_id}/photos")
