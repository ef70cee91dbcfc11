"""Shows orders, and gives one up to free its persons."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.collection.orders import store
from services.collection.orders.store import OrderWithItems
from services.collection.problems import ORDER_NOT_CANCELLABLE


async def find(conn: AsyncConnection, caller: Caller, order_no: str) -> OrderWithItems:
    """Find an order whose persons the caller sees, every one. Raises Problem 404 or 403."""
    found = await store.find(conn, order_no)
    if found is None:
        raise NOT_FOUND.problem()
    for item in found.items:
        check_division(caller, item.division_code)
    return found


async def cancel(conn: AsyncConnection, caller: Caller, order_no: str, now: datetime) -> OrderWithItems:
    """Cancel a pending order; one that is cancelled already stays so. Raises Problem 404, 403 or 409."""
    await find(conn, caller, order_no)
    if await store.cancel(conn, order_no, now) != "cancelled":
        raise ORDER_NOT_CANCELLABLE.problem()
    return await find(conn, caller, order_no)
