"""When an address that answers badly is paused, and what a delivery is called by its receiver."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    #: To be tried, or tried again.
    WAITING = "waiting"
    #: The receiver has it.
    TAKEN = "taken"
    #: It was tried for days.
    GIVEN_UP = "given_up"


class PauseReason(StrEnum):
    """Why nothing is told at the moment; what happens meanwhile is kept."""

    #: Nothing was taken for long.
    FAILING = "failing"
    #: The receiver answered 410: it wants nothing any more.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Patience:
    """How many attempts in a row may fail, over how long."""

    failures: int
    lasting: timedelta


@dataclass(frozen=True, slots=True)
class Health:
    """How an address answers: attempts in a row that failed, since when, and whether that paused it."""

    failures: int
    failing_since: datetime | None
    taken_at: datetime | None
    pause_reason: PauseReason | None = None

    def after(self, made: "Made", now: datetime, patience: Patience) -> "Health":
        """How it is after attempts that were made side by side: one that was taken counts for all."""
        if made.gone:
            return replace(self, pause_reason=PauseReason.GONE)
        if made.taken:
            return replace(self, failures=0, failing_since=None, taken_at=now)
        failures, since = self.failures + made.failed, self.failing_since or now
        tired = failures >= patience.failures and now - since >= patience.lasting
        return replace(
            self,
            failures=failures,
            failing_since=since,
            pause_reason=PauseReason.FAILING if tired else None,
        )


@dataclass(frozen=True, slots=True)
class Made:
    """Attempts that were made side by side: how many were taken, how many failed, how many found nobody."""

    taken: int
    failed: int
    gone: int


def webhook_id(subscription_id: int, source: str, event_id: str) -> str:
    """What a receiver knows a doubled delivery by: the same for one fact and subscription, for good."""
    return f"{subscription_id}-{source.rpartition('/')[2]}-{event_id}"
