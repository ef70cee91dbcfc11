"""What the lists of operators read of the APIs' answers; members that no list shows are passed over."""

from datetime import datetime

from pydantic import BaseModel


class Backlog(BaseModel):
    """What a service has still to do, and what it does by itself no more."""

    pending: dict[str, int]
    held: dict[str, int]


class Parked(BaseModel):
    """A notification that could not be read or matched."""

    notification_id: int
    line_no: int
    channel: str
    transaction_no: str
    county: str | None
    coverage_year: int | None
    received_at: datetime
    attempts: int
    parked_at: datetime
    fault: str


class ParkedNotifications(BaseModel):
    """Such notifications."""

    items: list[Parked]
    next_after: str | None


class Subscription(BaseModel):
    """An address that is told of facts."""

    subscription_id: int
    url: str
    note: str | None
    state: str
    failures: int
    failing_since: datetime | None
    taken_at: datetime | None
    waiting: int


class Subscriptions(BaseModel):
    """Such addresses."""

    items: list[Subscription]
    next_after: str | None
