"""How much of a payment line can be given back, what that does to the help with it, and how a case goes on.

Paid first, then helped; not paid, not helped (Huining 2021, 七(四)): money that is given back whole takes the
grants with it that rested on it, and what was already reimbursed to the card is not given back again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from libs.common.transitions import Transitions

#: Reason that collection gives to money that arrived for somebody who had paid.
ALREADY_PAID = "already_paid"
#: Who requests the refunds that nobody has to ask for; a person decides them.
AUTOMATIC = "system"
#: What a second person agrees to, and about what.
OPERATION, SUBJECT = "refund", "refunds/"


class RefundState(StrEnum):
    """Where a refund case stands."""

    #: It waits for somebody who approves or rejects it.
    REQUESTED = "requested"
    #: It goes to the card, `payout_state` says how far it is; or the bureau gives it back to the account.
    APPROVED = "approved"
    #: The bank paid it.
    PAID = "paid"
    #: Somebody rejected it.
    REJECTED = "rejected"
    #: Its money was applied to a contribution after all.
    SUPERSEDED = "superseded"


class RefundEvent(StrEnum):
    """What can happen to a refund case."""

    APPROVED = "approved"
    REJECTED = "rejected"
    #: The money was applied to a contribution before anybody decided.
    APPLIED = "applied"
    #: The same after the approval; the payout could be cancelled.
    PAYOUT_CANCELLED = "payout_cancelled"
    #: The bank had said that it failed, and paid it after all, even of a case that is closed.
    PAID_AFTER_ALL = "paid_after_all"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"


#: What the service does is taken from here, in SQL too.
TRANSITIONS = Transitions(
    {
        (RefundState.REQUESTED, RefundEvent.APPROVED): RefundState.APPROVED,
        (RefundState.REQUESTED, RefundEvent.REJECTED): RefundState.REJECTED,
        (RefundState.REQUESTED, RefundEvent.APPLIED): RefundState.SUPERSEDED,
        (RefundState.APPROVED, RefundEvent.PAYOUT_CANCELLED): RefundState.SUPERSEDED,
        (RefundState.APPROVED, RefundEvent.PAID): RefundState.PAID,
        (RefundState.APPROVED, RefundEvent.PAID_AFTER_ALL): RefundState.PAID,
        (RefundState.SUPERSEDED, RefundEvent.PAID_AFTER_ALL): RefundState.PAID,
        (RefundState.APPROVED, RefundEvent.FAILED): RefundState.APPROVED,
        # Money that came back before it was reported paid, and after.
        (RefundState.APPROVED, RefundEvent.RETURNED): RefundState.APPROVED,
        (RefundState.PAID, RefundEvent.RETURNED): RefundState.APPROVED,
    }
)

#: States in which a case gives money of its line back, and in which it claims money, too.
GIVES_MONEY = (RefundState.APPROVED, RefundState.PAID)
CLAIMS_MONEY = (RefundState.REQUESTED, *GIVES_MONEY)


def subject_of(refund_id: int) -> str:
    """What an approval calls a refund."""
    return f"{SUBJECT}{refund_id}"


def refund_of(subject: str) -> int:
    """Which refund an approval is about."""
    return int(subject.removeprefix(SUBJECT))


@dataclass(frozen=True, slots=True)
class LineMoney:
    """The money of one payment line, in fen.

    `refunded_fen` is requested, approved and paid refunds, without the one being decided, and what went back
    outside. `card_fen` is all that help gives back to the card, of it `card_out_fen` with the bank, paid, or
    returned to its payer by the fund. `mates_fen` is what is left of the lines that paid the due together
    with this one, None where it stands alone. With `to_account` a personal account paid, and gets it back.
    """

    applied: bool
    amount_fen: int
    refunded_fen: int
    card_fen: int = 0
    card_out_fen: int = 0
    mates_fen: int | None = None
    to_account: bool = False

    @property
    def rest_fen(self) -> int:
        """What is left of the line itself."""
        return max(self.amount_fen - self.refunded_fen, 0)

    @property
    def nets_help(self) -> bool:
        """Whether help on the card is taken off what the person gets back, and returned by the fund.

        Lines that paid together go back each as it came, and what a personal account paid goes back whole;
        the help is recovered from the person.
        """
        return self.applied and self.mates_fen is None and not self.to_account

    @property
    def whole_fen(self) -> int:
        """What is left to give back when the contribution is withdrawn."""
        return max(self.rest_fen - (self.card_out_fen if self.nets_help else 0), 0)

    @property
    def part_fen(self) -> int:
        """What can be given back while the contribution and its help stand."""
        return max(min(self.rest_fen, self.rest_fen + (self.mates_fen or 0) - self.card_fen), 0)

    @property
    def overdrawn_fen(self) -> int:
        """How much more is given back and claimed than there is."""
        taken_off_fen = self.card_out_fen if self.nets_help else 0
        return max(self.refunded_fen + taken_off_fen - self.amount_fen, 0)


@dataclass(frozen=True, slots=True)
class Refundable:
    """A refund that the money covers; `withdraws` when it ends the contribution."""

    amount_fen: int
    withdraws: bool


class RefundNotCovered(Exception):
    """The line's money, net of earlier refunds and reimbursements, does not cover the refund."""

    def __init__(self, left_fen: int) -> None:
        super().__init__(f"{left_fen} fen are left")
        self.left_fen = left_fen


def claims_too_much(claims_fen: Sequence[int], over_fen: int) -> list[int]:
    """Which claims (by their places, oldest first) are to fall for money that is not there: the newest."""
    fall: list[int] = []
    for place in range(len(claims_fen) - 1, -1, -1):
        if over_fen <= 0:
            break
        fall.append(place)
        over_fen -= claims_fen[place]
    return fall


def refundable(money: LineMoney, asked_fen: int | None) -> Refundable:
    """Decide a refund of `asked_fen` (all that is left, for None); raise RefundNotCovered."""
    if money.whole_fen <= 0:
        raise RefundNotCovered(0)
    if asked_fen is None or asked_fen == money.whole_fen:
        return Refundable(money.whole_fen, withdraws=money.applied)
    limit = money.part_fen if money.applied else money.whole_fen
    if asked_fen > limit:
        raise RefundNotCovered(money.whole_fen)
    return Refundable(asked_fen, withdraws=False)


def free_for_channel(left_fen: int, unasked_fen: int, wanted_fen: int) -> bool | None:
    """Whether a channel may give money of a line back of which so much is left; None: instead of a card.

    `unasked_fen` is claimed by cases that opened by themselves and about which nobody decided.
    """
    if wanted_fen <= left_fen:
        return True
    return None if wanted_fen <= left_fen + unasked_fen else False
