"""Answers "what comes in, and what can become of it?" at the intake of notifications."""

from dataclasses import dataclass
from datetime import datetime

from services.collection.channels.port import Notification


@dataclass(frozen=True, slots=True)
class Arrival:
    """One verified notification on its way into the database."""

    channel: str
    notification: Notification
    raw: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """The notification is committed, now or (`again`) earlier with the same content."""

    notification_id: int
    again: bool = False


class ContentConflict(Exception):
    """Its transaction number, or its webhook id, was used for another content."""


Outcome = Stored | Exception
