"""What the pages of units ask registration and collection for."""

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused
from services.console.home.rules import may
from services.console.lists.rules import page_from
from services.console.pages.failing import NotOffered
from services.console.persons.calling import Calling
from services.console.persons.finding import seasons
from services.console.persons.rules import Called
from services.console.units.schemas import (
    KnownAccount,
    KnownAccounts,
    ListedOrders,
    OnLists,
    Order,
    Receipts,
    Unit,
)


def is_clerk(asking: Asking) -> bool:
    """Whether a visitor sends the list of the own unit."""
    return may(asking.visitor, "units:write")


async def one(asking: Asking, unit_id: int) -> Unit:
    """A unit. Raises NotOffered, ServiceAway and Refused."""
    if not (is_clerk(asking) or may(asking.visitor, "registration:read")):
        raise NotOffered
    return await asking.get(Unit, "registration", f"/v1/units/{unit_id}")


async def own(asking: Asking, unit_id: int) -> Unit:
    """The unit of its clerk. Raises NotOffered, ServiceAway and Refused."""
    if not is_clerk(asking):
        raise NotOffered
    return await one(asking, unit_id)


async def on_list(asking: Asking, unit: Unit, after: str) -> OnLists:
    """Who is on the list of a unit, page by page. Raises ServiceAway and Refused."""
    path = f"/v1/units/{unit.unit_id}/lines"
    return await asking.get(OnLists, "registration", path, page_from(after))


async def orders(asking: Asking, unit: Unit) -> ListedOrders:
    """The newest orders of a unit; none before its first list arrived. Raises ServiceAway and Refused."""
    query: Query = {"county": unit.county, "coverage_year": unit.coverage_year, "limit": 50}
    try:
        return await asking.get(ListedOrders, "collection", "/v1/unit-orders", query)
    except Refused as refused:
        if refused.kind != "unit-has-no-list":
            raise
        return ListedOrders(items=[], next_after=None)


async def order(asking: Asking, order_no: str) -> Order:
    """An order of the own unit. Raises ServiceAway and Refused."""
    return await asking.get(Order, "collection", f"/v1/unit-orders/{order_no}")


async def receipts(asking: Asking, unit: Unit, order_no: str) -> Receipts:
    """The receipts of an order. Raises ServiceAway and Refused."""
    query: Query = {"county": unit.county, "coverage_year": unit.coverage_year, "order_no": order_no}
    return await asking.get(Receipts, "collection", "/v1/unit-receipts", query)


async def account(asking: Asking, unit: Unit) -> KnownAccount | None:
    """The account of a unit on record, if there is one. Raises ServiceAway and Refused."""
    query: Query = {"county": unit.county, "unit_code": unit.code}
    found = await asking.get(KnownAccounts, "subsidy", "/v1/unit-accounts", query)
    return next(iter(found.items), None)


async def called(asking: Asking, calling: Calling, unit: Unit) -> Called:
    """What the notice of a unit calls channels. Raises ServiceAway and Refused."""
    for season in await seasons(asking):
        if (season.county, season.coverage_year) == (unit.county, unit.coverage_year):
            return await calling.of(asking, season)
    return Called()
