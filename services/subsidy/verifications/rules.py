"""Which states a line of a roster passes through, and what stands in the way of a decision about it."""

from enum import StrEnum
from typing import Literal

from libs.common.policy import Notice
from libs.common.transitions import Transitions

#: What payouts of help wait for, by the notice: nothing, the bureau's word, or the money's confirmation too.
Waits = Literal["nothing", "verified", "funded"]


class LineState(StrEnum):
    """Where a line stands."""

    #: Nobody has looked at it.
    OPEN = "open"
    #: Something is to be cleared up first: no money goes for it.
    HELD = "held"
    #: The bureau found it right.
    RELEASED = "released"
    #: It should not be here: the help is taken back, and comes again only when that is undone.
    STRUCK_OUT = "struck_out"
    #: It was struck out by mistake: the help is given anew, and stands on the next roster.
    LIFTED = "lifted"


class LineEvent(StrEnum):
    """What can be decided of a line."""

    HOLD = "hold"
    RELEASE = "release"
    STRIKE_OUT = "strike_out"
    LIFT = "lift"


#: What the service does is taken from here, in SQL too.
TRANSITIONS = Transitions(
    {
        (LineState.OPEN, LineEvent.RELEASE): LineState.RELEASED,
        (LineState.HELD, LineEvent.RELEASE): LineState.RELEASED,
        (LineState.OPEN, LineEvent.HOLD): LineState.HELD,
        (LineState.RELEASED, LineEvent.HOLD): LineState.HELD,
        (LineState.OPEN, LineEvent.STRIKE_OUT): LineState.STRUCK_OUT,
        (LineState.HELD, LineEvent.STRIKE_OUT): LineState.STRUCK_OUT,
        (LineState.RELEASED, LineEvent.STRIKE_OUT): LineState.STRUCK_OUT,
        (LineState.STRUCK_OUT, LineEvent.LIFT): LineState.LIFTED,
    }
)
#: What needs a reason.
WITH_REASON = (LineEvent.HOLD, LineEvent.STRIKE_OUT, LineEvent.LIFT)
#: What is about the help of one person each, and therefore named line by line.
NAMED = (LineEvent.HOLD, LineEvent.STRIKE_OUT, LineEvent.LIFT)


class Obstacle(StrEnum):
    """Why a line that was named was left as it is."""

    #: It is on no roster of this county and year within the division.
    UNKNOWN = "unknown"
    #: Its state does not allow that.
    STATE = "state"
    #: Its grant was taken back meanwhile, so there is nothing to decide.
    REVOKED = "revoked"
    #: A case of registration about its enrollment is open.
    CONTESTED = "contested"
    #: Its money is with the bank or paid: only a recovery brings it back.
    MONEY_IS_OUT = "money_is_out"
    #: The payer pays the fund and the person owes nothing (or less) by it: its status has to end, by the
    #: department's roster, and registration's case then takes the help back. Hold it until then.
    STANDS_BY_STATUS = "stands_by_status"


def payouts_wait(notice: Notice | None) -> Waits:
    """What payouts of help wait for under a notice; one without the block lets them go as before."""
    asked = notice.document.subsidy_verification if notice is not None else None
    return asked.payouts if asked is not None else "nothing"


def first_paid(notice: Notice | None) -> tuple[str, ...]:
    """Whose help a notice has paid first where money is short; of none an officer decides."""
    asked = notice.document.subsidy_verification if notice is not None else None
    return asked.first if asked is not None else ()
