"""Shows orders, and says through which channels they can be made here."""

from collections.abc import Collection
from datetime import datetime

from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError
from services.collection.assembly import CollectionContext
from services.collection.orders.rules import state_at
from services.collection.orders.schemas import Order, OrderItem
from services.collection.orders.store import OrderWithItems


def check_channel(channel: str, context: CollectionContext, by_hand: Collection[str] = ()) -> None:
    """Refuse a channel that is not open here: an order that nobody can pay would only block its people.

    Through those `by_hand` somebody takes the money.
    """
    known = {*context.parts.keys.channels, *by_hand}
    if channel not in known:
        raise INVALID_REQUEST.problem(
            errors=[
                FieldError(
                    "#/channel",
                    f"Must be one of the channels of this deployment: {', '.join(sorted(known))}.",
                    f"须为已开通的渠道之一：{'、'.join(sorted(known))}。",
                )
            ]
        )


def shown(found: OrderWithItems, now: datetime) -> Order:
    """An order as it stands at an instant."""
    order = found.order
    return Order(
        order_no=order.order_no,
        state=state_at(order.state, order.expires_at, now),
        county=order.county,
        coverage_year=order.coverage_year,
        channel=order.channel,
        amount_fen=order.amount_fen,
        created_at=order.created_at,
        expires_at=order.expires_at,
        payment_id=order.payment_id,
        paid_at=order.paid_at,
        close_reason=order.close_reason,
        employee_fund=order.employee_fund,
        items=[OrderItem.model_validate(item) for item in found.items],
    )
