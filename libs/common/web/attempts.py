"""One attempt to tell an address something by a signed webhook, and when the next one is made.

Who keeps what is to be told claims it for `LEASE`, attempts it, and notes what came of it.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.security.webhooks import WebhookKeyRing
from libs.common.web.outbound import AnswerUnknown, NotSent, Outbound

#: How long after each attempt the next one is made; after the last it is given up.
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
#: What is being told is nobody else's so long: a sender waits for an answer for less.
LEASE = timedelta(seconds=300)
_TAKEN = range(200, 300)
_GONE = 410


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of an attempt: the status that was answered, or a word for why there was none."""

    answer: str

    @property
    def taken(self) -> bool:
        """Whether the other side has it."""
        return self._status in _TAKEN

    @property
    def gone(self) -> bool:
        """Whether the other side wants nothing any more."""
        return self._status == _GONE

    @property
    def _status(self) -> int:
        return int(self.answer) if self.answer.isdecimal() else 0


async def attempt(
    outbound: Outbound, url: str, keys: WebhookKeyRing, message_id: str, body: bytes
) -> Attempt:
    """Send a message, signed by every secret on the ring at the time of this attempt; it never raises."""
    signed = keys.sign(message_id, int(time.time()), body, by_all=True)
    try:
        answered = await outbound.call("POST", url, signed | {"content-type": "application/json"}, body)
    except (NotSent, AnswerUnknown) as error:
        return Attempt(str(error))
    return Attempt(str(answered.status))


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again what was tried so often; None when it is given up."""
    return now + WAITS[tries - 1] if tries <= len(WAITS) else None
