"""What may happen to a payout.

A payout is one sum to one card, for a reimbursed subsidy or a refund. Every time it is sent to the bank is an
attempt of its own with its own number, and at most one attempt is active, so that no sum is paid twice.
"""

from collections.abc import Iterable
from enum import StrEnum


class PayoutKind(StrEnum):
    """What a payout is for."""

    #: Help with the contribution that comes after it was paid.
    SUBSIDY = "subsidy"
    #: Money given back.
    REFUND = "refund"


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
    #: What it was for no longer exists.
    CANCELLED = "cancelled"


class PayoutEvent(StrEnum):
    """What can happen to a payout."""

    CARD_FOUND = "card_found"
    CARD_CORRECTED = "card_corrected"
    RETRIED = "retried"
    BATCHED = "batched"
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"


#: From which states an event can happen, and to which state it leads. The SQL is made from this.
_TRANSITIONS: dict[PayoutEvent, tuple[frozenset[PayoutState], PayoutState]] = {
    PayoutEvent.CARD_FOUND: (frozenset({PayoutState.WAITING_CARD}), PayoutState.READY),
    PayoutEvent.CARD_CORRECTED: (frozenset({PayoutState.NEEDS_CARD}), PayoutState.READY),
    PayoutEvent.RETRIED: (frozenset({PayoutState.NEEDS_CARD}), PayoutState.READY),
    PayoutEvent.BATCHED: (frozenset({PayoutState.READY}), PayoutState.SENT),
    PayoutEvent.PAID: (frozenset({PayoutState.SENT}), PayoutState.PAID),
    PayoutEvent.FAILED: (frozenset({PayoutState.SENT}), PayoutState.NEEDS_CARD),
    PayoutEvent.RETURNED: (frozenset({PayoutState.SENT, PayoutState.PAID}), PayoutState.NEEDS_CARD),
    PayoutEvent.CANCELLED: (
        frozenset({PayoutState.WAITING_CARD, PayoutState.READY, PayoutState.NEEDS_CARD}),
        PayoutState.CANCELLED,
    ),
}

#: States in which the money is with the bank or with the person: the grant behind it cannot be taken back.
MONEY_IS_OUT = frozenset({PayoutState.SENT, PayoutState.PAID})


class PayoutTransitionRefused(Exception):
    """A payout in this state does not allow what was asked."""

    def __init__(self, state: PayoutState, event: PayoutEvent) -> None:
        super().__init__(f"a payout that is {state} cannot be {event}")
        self.state = state
        self.event = event


def after(state: PayoutState, event: PayoutEvent) -> PayoutState:
    """Give the state that follows, or raise PayoutTransitionRefused."""
    allowed, following = _TRANSITIONS[event]
    if state not in allowed:
        raise PayoutTransitionRefused(state, event)
    return following


def before(event: PayoutEvent) -> frozenset[PayoutState]:
    """The states in which an event can happen."""
    return _TRANSITIONS[event][0]


def following(event: PayoutEvent) -> PayoutState:
    """The state to which an event leads."""
    return _TRANSITIONS[event][1]


def listed(states: Iterable[PayoutState]) -> str:
    """States as SQL lists them: `state IN ({listed(before(PayoutEvent.CANCELLED))})`."""
    return ", ".join(f"'{state}'" for state in sorted(states))
