"""What comes in at the intake of notifications, and what can become of it."""

from dataclasses import dataclass
from datetime import datetime

from services.collection.channels.port import Notification


@dataclass(slots=True)
class Arrival:  # not frozen, as little here: what is made for each callback costs a third so
    """One verified notification on its way into the database."""

    channel: str
    notification: Notification
    raw: bytes
    received_at: datetime


@dataclass(slots=True)
class StoredNotification:
    """A notification that was new."""

    id: int
    channel: str
    dedupe_key: str


@dataclass(frozen=True, slots=True)
class WantedNotification:
    """What is stored under the transaction number of an arrival (`id` is null: nothing).

    `webhook_used`: its webhook id was used, for whatever transaction.
    """

    channel: str
    dedupe_key: str
    id: int | None
    content_sha256: bytes | None
    webhook_used: bool


@dataclass(slots=True)
class Stored:
    """The notification is committed, now or (`again`) earlier with the same content."""

    notification_id: int
    again: bool = False


class ContentConflict(Exception):
    """Its transaction number, or its webhook id, was used for another content."""


Outcome = Stored | Exception
