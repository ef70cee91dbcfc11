"""Shows somebody's orders as they stand at an instant, and what was told about the money."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import orjson

from services.collection.orders.rules import state_at
from services.collection.persons.notifications_store import LineOfPerson, NotificationOfPerson
from services.collection.persons.orders_store import AttemptAtOrder, OrderOfPerson
from services.collection.persons.refusals_store import RefusalOfPerson
from services.collection.persons.rules import told_by, words_of
from services.collection.persons.schemas import (
    AttemptToPay,
    MoneyBack,
    PersonLine,
    PersonNotification,
    PersonOrder,
    RefusedOrder,
)


def order_shown(order: OrderOfPerson, attempts: Sequence[AttemptAtOrder], now: datetime) -> PersonOrder:
    """An order with its attempts; past its time a pending one is expired."""
    state = state_at(order.state, order.expires_at, now)
    tried = [AttemptToPay.model_validate(one) for one in attempts]
    return PersonOrder.model_validate(asdict(order) | {"state": state, "attempts": tried})


def refusal_shown(one: RefusalOfPerson) -> RefusedOrder:
    """A refused order with the words of its problem."""
    title, title_zh = words_of(one.refusal)
    return RefusedOrder.model_validate(asdict(one) | {"title": title, "title_zh": title_zh})


def notification_shown(one: NotificationOfPerson, lines: Sequence[LineOfPerson]) -> PersonNotification:
    """What was told, and what it led to."""
    return PersonNotification(
        notification_id=one.notification_id,
        kind=one.kind,
        told_by=told_by(orjson.loads(one.headers)),
        channel=one.channel,
        transaction_no=one.transaction_no,
        order_no=one.order_no,
        received_at=one.received_at,
        paid_at=one.paid_at,
        led_to="nothing" if not one.matched else "payment" if one.return_kind is None else "return",
        parked_at=one.parked_at,
        lines=[PersonLine.model_validate(line) for line in lines],
        money_back=_money_back(one),
    )


def _money_back(one: NotificationOfPerson) -> MoneyBack | None:
    if one.return_kind is None or one.return_status is None or one.return_state is None:
        return None
    assert one.returned_at is not None, "every return has its instant"
    return MoneyBack(
        payment_id=one.of_payment_id,
        kind=one.return_kind,
        status=one.return_status,
        state=one.return_state,
        amount_fen=one.returned_fen,
        returned_at=one.returned_at,
    )
