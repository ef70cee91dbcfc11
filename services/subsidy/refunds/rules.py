"""How much of a payment line can be given back, what that does to the help with it, and how a case goes on.

Paid first, then helped; not paid, not helped (Huining 2021, 七(四)): money that is given back whole takes the
grants with it that rested on it, and what was already reimbursed to the card is not given back again.
"""

from dataclasses import dataclass
from enum import StrEnum

from libs.common.transitions import Transitions

#: Reason that collection gives to money that arrived for somebody who had paid.
ALREADY_PAID = "already_paid"
#: Who requests the refunds that nobody has to ask for; a person decides them.
AUTOMATIC = "system"


class RefundState(StrEnum):
    """Where a refund case stands."""

    #: It waits for somebody who approves or rejects it.
    REQUESTED = "requested"
    #: It goes to the card; `payout_state` says how far it is.
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
        (RefundState.APPROVED, RefundEvent.FAILED): RefundState.APPROVED,
        # Money that came back before it was reported paid, and after.
        (RefundState.APPROVED, RefundEvent.RETURNED): RefundState.APPROVED,
        (RefundState.PAID, RefundEvent.RETURNED): RefundState.APPROVED,
    }
)

#: States in which a case claims money of its line.
CLAIMS_MONEY = (RefundState.REQUESTED, RefundState.APPROVED, RefundState.PAID)


@dataclass(frozen=True, slots=True)
class LineMoney:
    """The money of one payment line, in fen.

    `refunded_fen` is requested, approved and paid refunds, without the one being decided. `card_fen` is all
    that active grants give back to the card, of it `card_out_fen` with the bank or paid.
    """

    applied: bool
    amount_fen: int
    refunded_fen: int
    card_fen: int = 0
    card_out_fen: int = 0

    @property
    def whole_fen(self) -> int:
        """What is left to give back when the contribution is withdrawn."""
        return max(self.amount_fen - self.refunded_fen - self.card_out_fen, 0)

    @property
    def part_fen(self) -> int:
        """What can be given back while the contribution and its help stand."""
        return max(self.amount_fen - self.refunded_fen - self.card_fen, 0)


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
