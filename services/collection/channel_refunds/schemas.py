"""Refunds by channels as the API takes and shows them."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, FreeText, Instant, Page
from services.collection.channel_refunds.rules import ChannelRefundState
from services.collection.examples import listed, shown

_REFUND: JsonDict = {
    "channel_refund_id": 3,
    "request_no": "CR2019112010000000000000000001",
    "payment_id": 7001,
    "line_no": 1,
    "channel": "wechat",
    "transaction_no": "4200000000201911200000000001",
    "amount_fen": 25000,
    "county": "youxi",
    "coverage_year": 2020,
    "division_code": "350426101203",
    "person_id": 101,
    "state": "processing",
    "word": None,
    "return_no": None,
    "requested_by": "tax-1",
    "agreed_by": "tax-2",
    "agreed_at": "2019-11-20T10:00:00+08:00",
    "tries": 1,
    "asked_at": "2019-11-20T10:00:05+08:00",
    "next_at": "2019-11-20T10:01:05+08:00",
    "ended_at": None,
}


class GiveBack(Body):
    """How much goes back by the channel that took it (default: all that is left of the line), and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"amount_fen": 25000, "reason": "重复缴费"}, {"reason": "缴错人员"}]}
    )

    amount_fen: Annotated[int, Field(gt=0, le=10**12)] | None = None
    reason: Annotated[FreeText, Field(min_length=1, max_length=500)]


class ChannelRefund(Answer):
    """Money in suspense that goes back by its channel.

    `request_no` is our number at the channel, `return_no` the channel's own. `word` is why it failed, or what
    the channel said last where it is not clear; `next_at` is when it is asked again.
    """

    channel_refund_id: int
    request_no: str
    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    amount_fen: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None
    state: ChannelRefundState
    word: str | None
    return_no: str | None
    requested_by: str
    agreed_by: str
    agreed_at: Instant
    tries: int
    asked_at: Instant | None
    next_at: Instant | None
    ended_at: Instant | None

    model_config = shown(_REFUND)


class ChannelRefunds(Page[ChannelRefund]):
    """Refunds by channels in the order in which they were agreed to."""

    model_config = shown(listed(_REFUND))
