"""What is answered about deliveries."""

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Instant, Page
from services.webhooks.deliveries.rules import DeliveryState

_DELIVERY: JsonDict = {
    "delivery_id": 7002,
    "webhook_id": "3-collection-4711",
    "type": "canbao.payment.received.v1",
    "at": "2019-11-20T10:00:00+08:00",
    "state": "waiting",
    "tries": 2,
    "answer": "503",
    "tried_at": "2019-11-20T10:00:11+08:00",
    "next_try_at": "2019-11-20T10:05:11+08:00",
    "ended_at": None,
}


class Delivery(Answer):
    """What was told of, or is to be: `tries` so far, the last `answer` (a status, or why there was none)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DELIVERY]})

    delivery_id: int
    webhook_id: str
    type: str
    at: Instant = Field(description="when it happened")
    state: DeliveryState
    tries: int
    answer: str | None
    tried_at: Instant | None
    next_try_at: Instant | None
    ended_at: Instant | None


class Deliveries(Page[Delivery]):
    """The log of a subscription, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DELIVERY], "next_after": None}]})
