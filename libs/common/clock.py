"""The business clock: the wall clock, or the instant that a replayed season carries.

Security (token expiry) never asks this clock: only business facts do.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

#: The header by which a replay tells a service with a movable clock what time it is.
CLOCK_HEADER = "canbao-clock"


class Clock(Protocol):
    """Gives the current instant, always with an offset."""

    def now(self) -> datetime: ...


class SystemClock:
    """The wall clock, for real seasons."""

    movable = False

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """A clock that follows the instant of the request or event being handled.

    Outside of such a context it falls back to the wall clock. Because the instant travels with each request
    there is no shared state to race on, and several instances of a service agree.
    """

    movable = True

    def __init__(self) -> None:
        self._instant: ContextVar[datetime | None] = ContextVar("canbao_instant", default=None)

    def now(self) -> datetime:
        return self._instant.get() or datetime.now(UTC)

    @property
    def carried(self) -> datetime | None:
        """The instant that the request or event carries, to be handed on; None where it carries none."""
        return self._instant.get()

    @contextmanager
    def at(self, instant: datetime) -> Iterator[None]:
        """Within this context, `now` is `instant` (which must have an offset)."""
        if instant.tzinfo is None:
            raise ValueError("an instant needs an offset, for example 2019-11-20T10:00:00+08:00")
        token = self._instant.set(instant)
        try:
            yield
        finally:
            self._instant.reset(token)


async def season_now(clock: Clock, newest: Callable[[], Awaitable[datetime | None]]) -> datetime:
    """What time it is in the season for work that no request or event brings.

    A movable clock moves with requests and events only. Beside them the newest fact tells the time of a
    replayed season, which may be years ago.
    """
    return (await newest() if isinstance(clock, MovableClock) else None) or clock.now()


def business_date(instant: datetime) -> date:
    """The calendar day in Asia/Shanghai on which `instant` falls."""
    return instant.astimezone(SHANGHAI).date()
