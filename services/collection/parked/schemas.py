"""Parked notifications as the API shows them."""

from pydantic import Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Instant, Page
from services.collection.examples import listed, shown

_PARKED: JsonDict = {
    "notification_id": 7001,
    "line_no": 0,
    "channel": "tax",
    "transaction_no": "T20191120000001",
    "county": "youxi",
    "coverage_year": 2020,
    "received_at": "2019-11-20T10:00:05+08:00",
    "attempts": 1,
    "parked_at": "2019-11-20T10:00:06+08:00",
    "fault": "JSONDecodeError: unexpected end of data",
}


class ParkedNotification(Answer):
    """A notification that could not be read or matched. What it said is kept; others were not held up."""

    notification_id: int
    line_no: int = Field(description="0: the whole notification; else a line in suspense, judged again")
    channel: str
    transaction_no: str
    county: str | None
    coverage_year: int | None
    received_at: Instant
    attempts: int
    parked_at: Instant
    fault: str


class ParkedNotifications(Page[ParkedNotification]):
    """Parked notifications in the order of their arrival."""

    model_config = shown(listed(_PARKED))


class Retried(Answer):
    """How much was queued again; the matcher takes it next."""

    model_config = shown({"notification_id": 7001, "queued": 1})

    notification_id: int
    queued: int
