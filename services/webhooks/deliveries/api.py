"""HTTP for the log of deliveries."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id, Limit, NumberAfter
from services.webhooks.access import Context, Reader
from services.webhooks.deliveries import store
from services.webhooks.deliveries.rules import DeliveryState
from services.webhooks.deliveries.schemas import Deliveries, Delivery
from services.webhooks.subscriptions.subscribing import held

router = APIRouter(prefix="/v1", tags=["deliveries"])


@router.get(
    "/subscriptions/{subscription_id}/deliveries",
    summary="What an address was told of, and what waits",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_deliveries(
    subscription_id: Id,
    caller: Reader,
    context: Context,
    state: Annotated[DeliveryState | None, Query()] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Deliveries:
    """List what is kept, newest first: how often it was tried, and what was answered last."""
    async with context.engine.connect() as conn:
        await held(conn, subscription_id, caller, hold=False)
        before = int(after) if after else None
        found = await store.page(conn, subscription_id, state, before, limit)
    more = str(found[-1].delivery_id) if len(found) == limit else None
    return Deliveries(items=[Delivery.model_validate(one) for one in found], next_after=more)
