"""What is asked and shown of queries."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from libs.common.web.schemas import Answer, Body, CountyCode, Instant, Page
from services.collection.channels.port import Outcome
from services.collection.examples import listed, shown
from services.collection.queries.rules import QueryState, Reason

_Number = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
_QUERY: JsonDict = {
    "query_id": 12,
    "channel": "wechat",
    "order_no": "CB2019112000000000000007",
    "transaction_no": None,
    "county": "youxi",
    "coverage_year": 2020,
    "reason": "silent",
    "asked_by": None,
    "state": "answered",
    "outcome": "paid",
    "fault": None,
    "tries": 1,
    "opened_at": "2019-11-20T10:02:00+08:00",
    "asked_at": "2019-11-20T10:02:01+08:00",
    "next_at": None,
    "notification_id": 7001,
}


class Question(Body):
    """The payment to ask about: an order of ours, or a transaction of a channel."""

    model_config = shown({"order_no": "CB2019112000000000000007"})

    order_no: _Number | None = None
    channel: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="whose transaction it is; an order has its own"
    )
    transaction_no: _Number | None = None
    county: CountyCode | None = Field(default=None, description="where the case about it belongs")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        by_number = (self.channel, self.transaction_no, self.county)
        whole = all(one is not None for one in by_number)
        if (self.order_no is not None) == whole or (not whole and any(by_number)):
            raise PydanticCustomError(
                "not_one",
                "Give an order_no, or channel, transaction_no and county together.",
                {"message_zh": "请提供 order_no，或同时提供 channel、transaction_no 和 county。"},
            )
        return self


class ChannelQuery(Answer):
    """What a channel's gateway is asked, and what it said.

    `next_at`: when it is asked again; null: it is not. `fault`: why the last answer could not be used.
    `notification_id`: what was stored of the answer, the payment itself unless it was on record before.
    """

    query_id: int
    channel: str
    order_no: str | None
    transaction_no: str | None
    county: str | None
    coverage_year: int | None
    reason: Reason
    asked_by: str | None
    state: QueryState
    outcome: Outcome | None
    fault: str | None
    tries: int
    opened_at: Instant
    asked_at: Instant | None
    next_at: Instant | None
    notification_id: int | None

    model_config = shown(_QUERY)


class ChannelQueries(Page[ChannelQuery]):
    """Queries in the order in which they were made."""

    model_config = shown(listed(_QUERY))
