"""How somebody's orders are shown, what was tried to pay them, and what was told about the money."""

from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Instant, Page
from services.collection.channels.port import NotificationKind, ReturnKind, ReturnStatus
from services.collection.channels.wechat_prepaying import Way
from services.collection.examples import listed, shown
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import LineState
from services.collection.orders.rules import CloseReason, ShownOrderState
from services.collection.persons.rules import AttemptKind, ToldBy
from services.collection.returns.rules import ReturnState

_ORDER: JsonDict = {
    "order_no": "CB2019112000000000000007",
    "state": "paid",
    "county": "youxi",
    "channel": "wechat",
    "coverage_years": [2020],
    "amount_fen": 25000,
    "order_fen": 50000,
    "people": 2,
    "created_by": "mini-program",
    "created_at": "2019-11-20T10:00:00+08:00",
    "expires_at": "2019-11-20T10:30:00+08:00",
    "cancelled_at": None,
    "close_reason": None,
    "payment_id": 4711,
    "paid_at": "2019-11-20T10:05:00+08:00",
    "attempts": [
        {
            "kind": "opened",
            "attempted_at": "2019-11-20T10:01:00+08:00",
            "attempted_by": "mini-program",
            "way": "jsapi",
            "outcome": "opened",
            "refusal": None,
            "fault": None,
            "answered_at": "2019-11-20T10:01:00+08:00",
            "tries": 1,
        }
    ],
}
_NOTIFICATION: JsonDict = {
    "notification_id": 4711,
    "kind": "payment",
    "told_by": "channel",
    "channel": "wechat",
    "transaction_no": "4200000001201911200000000001",
    "order_no": "CB2019112000000000000007",
    "received_at": "2019-11-20T10:05:01+08:00",
    "paid_at": "2019-11-20T10:05:00+08:00",
    "led_to": "payment",
    "parked_at": None,
    "lines": [
        {
            "line_no": 1,
            "coverage_year": 2020,
            "repaired_year": None,
            "add_on_code": None,
            "amount_fen": 25000,
            "state": "applied",
            "reason": None,
            "unsplit": False,
            "applied_at": "2019-11-20T10:05:02+08:00",
            "applied_by": None,
            "parked_at": None,
        }
    ],
    "money_back": None,
}
_REFUSED: JsonDict = {
    "refusal_id": 31,
    "county": "youxi",
    "coverage_year": 2020,
    "channel": "wechat",
    "refused_at": "2019-11-20T09:58:00+08:00",
    "refused_by": "mini-program",
    "refusal": "order-pending",
    "title": "At least one of the persons is in an order that is still waiting for its payment",
    "title_zh": "所选人员中有人存在待支付订单",
    "about_person": True,
}


class AttemptToPay(Answer):
    """Something that was tried about an order, and what came of it.

    opened: somebody asked to pay it at the channel, by a `way`; outcome `opened`, or `refused` with the
    problem (`refusal`). debited: a bank was to debit it; outcome as of debits. asked: the channel's
    gateway was asked what became of it, `tries` times; outcome as of channel queries. A null outcome:
    not answered yet.
    """

    kind: AttemptKind
    attempted_at: Instant
    attempted_by: str | None
    way: Way | None
    outcome: str | None
    refusal: str | None
    fault: str | None = Field(description="in what state the order was, or what the bank or the channel said")
    answered_at: Instant | None
    tries: int


class PersonOrder(Answer):
    """An order as far as it is for one person; `order_fen` and `people` are of all who are in it."""

    model_config = shown(_ORDER)

    order_no: str
    state: ShownOrderState
    county: str
    channel: str
    coverage_years: list[int]
    amount_fen: int
    order_fen: int
    people: int
    created_by: str
    created_at: Instant
    expires_at: Instant
    cancelled_at: Instant | None
    close_reason: CloseReason | None
    payment_id: int | None
    paid_at: Instant | None
    attempts: list[AttemptToPay]


class PersonOrders(Page[PersonOrder]):
    """Orders, the newest day first."""

    model_config = shown(listed(_ORDER))


class RefusedOrder(Answer):
    """An order for the person that was refused; `refusal` is the problem that was answered, with its words.

    `about_person`: false where another one in it stood in the way.
    """

    model_config = shown(_REFUSED)

    refusal_id: int
    county: str
    coverage_year: int
    channel: str
    refused_at: Instant
    refused_by: str
    refusal: str
    title: str
    title_zh: str
    about_person: bool


class RefusedOrders(Page[RefusedOrder]):
    """Refused orders, the newest first."""

    model_config = shown(listed(_REFUSED))


class PersonLine(Answer):
    """What a payment led to for the person. `unsplit`: it contradicts itself, and is nobody's part yet."""

    line_no: int
    coverage_year: int | None
    repaired_year: int | None
    add_on_code: str | None
    amount_fen: int
    state: LineState
    reason: Reason | None = Field(description="why it is, or was, in suspense")
    unsplit: bool
    applied_at: Instant | None
    applied_by: str | None
    parked_at: Instant | None = Field(description="since when judging it again waits for an operator")


class MoneyBack(Answer):
    """Money that went back outside, as it was told, and the payment that it belongs to."""

    payment_id: int | None
    kind: ReturnKind
    status: ReturnStatus
    state: ReturnState
    amount_fen: int | None = Field(description="null: all that was left of the payment")
    returned_at: Instant


class PersonNotification(Answer):
    """What was told about the money of one person. What is stored was verified before.

    `led_to`: payment (its `lines` say which part is where), return, or nothing yet. A repeated notification
    gets the first answer and is not stored again; a second payment is one of its own, in suspense as
    `already_paid`.
    """

    model_config = shown(_NOTIFICATION)

    notification_id: int
    kind: NotificationKind
    told_by: ToldBy
    channel: str
    transaction_no: str
    order_no: str | None
    received_at: Instant
    paid_at: Instant | None
    led_to: Literal["payment", "return", "nothing"]
    parked_at: Instant | None = Field(description="since when it waits for an operator")
    lines: list[PersonLine]
    money_back: MoneyBack | None


class PersonNotifications(Page[PersonNotification]):
    """Notifications, the newest first."""

    model_config = shown(listed(_NOTIFICATION))
