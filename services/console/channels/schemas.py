"""What the pages of channels read of collection's answers; no secret is among it."""

from datetime import date, datetime

from pydantic import BaseModel


class Key(BaseModel):
    """A secret or key by which a channel may sign now."""

    fingerprint: str
    secret_id: int | None
    made_at: datetime | None
    made_by: str | None
    age_days: int | None
    shown_at: datetime | None


class Tally(BaseModel):
    """What became of notifications."""

    outcome: str
    taken: bool
    count: int
    last_at: datetime


class Trial(BaseModel):
    """What came of trying a channel last."""

    tried_at: datetime
    tried_by: str
    checked: list[str]
    fault: str | None


class Channel(BaseModel):
    """A channel that is in force."""

    channel: str
    county: str | None
    signed_by: list[str]
    keys: list[Key]
    is_asked: bool
    gives_back: bool
    heard_at: datetime | None
    tallies_from: date
    tallies: list[Tally]
    trial: Trial | None


class Channels(BaseModel):
    """Channels by name."""

    items: list[Channel]


class Secret(BaseModel):
    """A secret that was made here, without itself."""

    secret_id: int
    fingerprint: str
    made_at: datetime
    made_by: str
    agreed_by: str
    retired_at: datetime | None
    retired_by: str | None


class Secrets(BaseModel):
    """Such secrets, the oldest first."""

    items: list[Secret]
