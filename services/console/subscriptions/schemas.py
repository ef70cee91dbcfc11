"""What the page of a subscription reads of webhooks' answers; no secret is among it."""

from datetime import datetime

from pydantic import BaseModel

from services.console.worklists.operator_schemas import Subscription as Listed


class Subscription(Listed):
    """An address that is told of facts, with what of, and why nothing is told where that is so."""

    kinds: list[str] | None
    county: str | None
    division_code: str | None
    pause_reason: str | None
    paused_at: datetime | None
    made_at: datetime
    made_by: str
    fingerprints: list[str]


class Delivery(BaseModel):
    """What was told of, or is to be."""

    webhook_id: str
    type: str
    at: datetime
    state: str
    tries: int
    answer: str | None
    tried_at: datetime | None
    next_try_at: datetime | None


class Deliveries(BaseModel):
    """The log of a subscription, the newest first."""

    items: list[Delivery]
    next_after: str | None


class Tried(BaseModel):
    """What a test message came to."""

    taken: bool
    answer: str
    webhook_id: str


class Resumed(BaseModel):
    """How much was waiting for an address that is told again."""

    waiting: int


class Replayed(BaseModel):
    """How many facts will be told again."""

    facts: int
