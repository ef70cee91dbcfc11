"""What may happen to a payout.

A payout is one sum to one card, for a reimbursed subsidy or a refund. Every time it is sent to the bank is an
attempt of its own with its own number, and at most one attempt is active, so that no sum is paid twice.
"""

from dataclasses import dataclass
from enum import StrEnum

from libs.common.transitions import Transitions
from services.subsidy.verifications.rules import LineState, Waits


class PayoutState(StrEnum):
    """Where a payout stands."""

    #: There is no account to send it to (`payout_blocked: no_account`).
    WAITING_CARD = "waiting_card"
    #: The next batch takes it.
    READY = "ready"
    #: It is in a batch; what the bank did is not known, and it is never sent again on suspicion.
    SENT = "sent"
    #: The bank paid it.
    PAID = "paid"
    #: The bank failed or returned it: it waits for a corrected card, or for an operator who retries.
    NEEDS_CARD = "needs_card"
    #: The reason of the help is contested: it waits until an officer has decided.
    HELD = "held"
    #: What it was for no longer exists.
    CANCELLED = "cancelled"


class PayoutEvent(StrEnum):
    """What can happen to a payout."""

    CARD_FOUND = "card_found"
    CARD_CORRECTED = "card_corrected"
    #: The holder of the account turned out to be somebody else.
    CARD_LOST = "card_lost"
    RETRIED = "retried"
    BATCHED = "batched"
    #: The second person refused the batch before its file left.
    BATCH_REFUSED = "batch_refused"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    #: The reason of the help is contested, and stands again.
    CONTESTED = "contested"
    UPHELD = "upheld"
    #: The same for one of which the bank failed or returned the newest attempt.
    UPHELD_AFTER_FAILURE = "upheld_after_failure"
    #: The bank had said that an earlier attempt failed; it was paid after all.
    PAID_AFTER_ALL = "paid_after_all"
    CANCELLED = "cancelled"


#: What the service does is taken from here, in SQL too.
TRANSITIONS = Transitions(
    {
        (PayoutState.WAITING_CARD, PayoutEvent.CARD_FOUND): PayoutState.READY,
        (PayoutState.WAITING_CARD, PayoutEvent.CANCELLED): PayoutState.CANCELLED,
        (PayoutState.READY, PayoutEvent.CARD_LOST): PayoutState.WAITING_CARD,
        (PayoutState.READY, PayoutEvent.BATCHED): PayoutState.SENT,
        (PayoutState.READY, PayoutEvent.CANCELLED): PayoutState.CANCELLED,
        (PayoutState.SENT, PayoutEvent.BATCH_REFUSED): PayoutState.READY,
        (PayoutState.SENT, PayoutEvent.PAID): PayoutState.PAID,
        (PayoutState.SENT, PayoutEvent.FAILED): PayoutState.NEEDS_CARD,
        (PayoutState.SENT, PayoutEvent.RETURNED): PayoutState.NEEDS_CARD,
        (PayoutState.PAID, PayoutEvent.RETURNED): PayoutState.NEEDS_CARD,
        (PayoutState.NEEDS_CARD, PayoutEvent.CARD_CORRECTED): PayoutState.READY,
        (PayoutState.NEEDS_CARD, PayoutEvent.RETRIED): PayoutState.READY,
        (PayoutState.NEEDS_CARD, PayoutEvent.CANCELLED): PayoutState.CANCELLED,
        (PayoutState.WAITING_CARD, PayoutEvent.CONTESTED): PayoutState.HELD,
        (PayoutState.READY, PayoutEvent.CONTESTED): PayoutState.HELD,
        (PayoutState.NEEDS_CARD, PayoutEvent.CONTESTED): PayoutState.HELD,
        (PayoutState.HELD, PayoutEvent.UPHELD): PayoutState.WAITING_CARD,
        (PayoutState.HELD, PayoutEvent.UPHELD_AFTER_FAILURE): PayoutState.NEEDS_CARD,
        (PayoutState.HELD, PayoutEvent.CANCELLED): PayoutState.CANCELLED,
        (PayoutState.READY, PayoutEvent.PAID_AFTER_ALL): PayoutState.PAID,
        (PayoutState.NEEDS_CARD, PayoutEvent.PAID_AFTER_ALL): PayoutState.PAID,
        (PayoutState.HELD, PayoutEvent.PAID_AFTER_ALL): PayoutState.PAID,
    }
)

#: States in which the money is with the bank or with the person: the grant behind it cannot be taken back.
MONEY_IS_OUT = frozenset({PayoutState.SENT, PayoutState.PAID})


class NextStep(StrEnum):
    """What has to be done for the money of a payout to go on, and by whom."""

    #: Someone records a card: the person has none.
    RECORD_CARD = "record_card"
    #: Two officers accept the account, or another card is recorded: its holder is not the person.
    DECIDE_HOLDER = "decide_holder"
    #: A corrected card is recorded, or an operator retries: the bank failed or returned it.
    CORRECT_CARD = "correct_card"
    #: An officer decides the case about its enrollment.
    DECIDE_CASE = "decide_case"
    #: The bureau draws the roster, decides its line, applies for its money.
    DRAW_ROSTER = "draw_roster"
    VERIFY = "verify"
    APPLY_FOR_FUNDS = "apply_for_funds"
    #: Finance says that it has the money.
    CONFIRM_FUNDS = "confirm_funds"
    #: It goes with the next batch.
    MAKE_BATCH = "make_batch"
    #: The second person agrees to its batch, or the bank answers.
    AWAIT_BANK = "await_bank"
    #: It is paid, or what it was for is gone.
    NONE = "none"


_BY_STATE = {
    PayoutState.WAITING_CARD: NextStep.RECORD_CARD,
    PayoutState.NEEDS_CARD: NextStep.CORRECT_CARD,
    PayoutState.HELD: NextStep.DECIDE_CASE,
    PayoutState.SENT: NextStep.AWAIT_BANK,
    PayoutState.PAID: NextStep.NONE,
    PayoutState.CANCELLED: NextStep.NONE,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a payout is, and the line of the roster that its help stands on."""

    kind: str
    state: str
    reason: str | None
    line: str | None
    applied: bool
    funded: bool


def next_step(one: Standing, waits: Waits) -> NextStep:
    """What a payout needs next, where help `waits` for what the notice says."""
    state = PayoutState(one.state)
    if state is PayoutState.WAITING_CARD and one.reason == "holder_differs":
        return NextStep.DECIDE_HOLDER
    if state is not PayoutState.READY:
        return _BY_STATE[state]
    if one.kind != "subsidy" or waits == "nothing":
        return NextStep.MAKE_BATCH
    if one.line is None:
        return NextStep.DRAW_ROSTER
    if one.line != LineState.RELEASED:
        return NextStep.VERIFY
    if waits == "verified" or one.funded:
        return NextStep.MAKE_BATCH
    return NextStep.CONFIRM_FUNDS if one.applied else NextStep.APPLY_FOR_FUNDS
