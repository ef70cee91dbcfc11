"""How a refund by a channel goes on: whether it may be asked for, what is done next, and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.collection.channels.port import RefundOutcome

#: requested: a second person agreed, and nothing was sent; processing: the channel is asked, or is at it;
#: done: it went back; closed: the channel gave it up, or an officer did; abnormal: the channel could not
#: carry it out, and somebody has to say how it goes on; failed: it was never carried out.
ChannelRefundState = Literal["requested", "processing", "done", "closed", "abnormal", "failed"]
#: What the channel was asked.
Asked = Literal["refund", "query"]
#: States in which the money is on its way: it is neither applied nor does a card get it.
UNDER_WAY: tuple[ChannelRefundState, ...] = ("requested", "processing", "abnormal")
#: In which state a refund may end up, or wait for somebody, and out of which. Money that went back went back,
#: whatever was thought before.
BEFORE: dict[ChannelRefundState, tuple[ChannelRefundState, ...]] = {
    "processing": ("requested",),
    "done": ("requested", "processing", "closed", "abnormal", "failed"),
    "closed": ("requested", "processing", "abnormal"),
    "abnormal": ("requested", "processing"),
    "failed": ("requested", "processing"),
}

#: Why one failed that was never sent.
TO_CARD, NOTHING_LEFT, IN_TREASURY = "refund_to_card", "nothing_left", "in_treasury"
#: What an officer says of one that a channel could not carry out.
GIVEN_UP = "to_card"

#: After how long a channel is asked again: soon at first, for wallets take minutes and banks days.
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
#: What was said for good is booked by the matcher; it is asked again only if that has not happened.
_BOOKED_BY = timedelta(minutes=30)
_AT_ONCE = timedelta(seconds=15)
#: How often a channel may put off a refund that it has not begun.
_MOST_TRIES = 12
#: After so long somebody should ask the channel.
LATE_AFTER = timedelta(days=5)


def request_no(now: datetime, draw: int) -> str:
    """Compose our number of a refund, of the instant and a random draw below 10**14: letters and digits."""
    return f"CR{now:%Y%m%d%H%M%S}{draw:014d}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a refund is: whether the channel has taken it, and by which word it had refused it."""

    tries: int
    accepted: bool
    refused: str | None


@dataclass(frozen=True, slots=True)
class Next:
    """What is known after an answer, and when to ask again; `failed`: never, it was not carried out."""

    accepted: bool
    refused: str | None
    after: timedelta
    failed: bool = False


def question(standing: Standing) -> Asked:
    """What to ask: for the money until the channel has taken that, then what became of it.

    Before one that was refused is called failed the channel is asked about it, too: an earlier request whose
    answer was lost may have been carried out.
    """
    return "query" if standing.accepted or standing.refused is not None else "refund"


def go_on(standing: Standing, outcome: RefundOutcome | None, word: str) -> Next:
    """What follows from an answer; None: nobody knows what the channel did, and the same is asked again."""
    wait = _WAITS[min(standing.tries, len(_WAITS)) - 1]
    match outcome:
        case "done" | "closed" | "abnormal":
            return Next(True, None, max(wait, _BOOKED_BY))
        case "processing":
            return Next(True, None, wait)
        case "refused":
            return Next(False, word, _AT_ONCE)
        case "later":
            given_up = standing.tries >= _MOST_TRIES
            return Next(False, word if given_up else None, _AT_ONCE if given_up else wait)
        case "unknown":
            # Not there: either it was refused for good, or it has not arrived, and is sent again.
            return Next(False, standing.refused, wait, failed=standing.refused is not None)
        case _:
            return Next(standing.accepted, standing.refused, wait)
