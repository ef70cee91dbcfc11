"""What offices do in a life, as chance has it: they decide cases and close handovers."""

from datetime import timedelta

from canbao.simulate.happenings import Happenings
from canbao.simulate.life import (
    NOBODY,
    BankAnswered,
    CardGiven,
    Closed,
    Decided,
    Delisted,
    Died,
    InsuredAsEmployee,
    Listed,
    Paid,
    RefundAsked,
    RefundDecided,
    SentToBank,
)

#: How often something is done, of a hundred.
_DECIDES, _KEEPS, _CLOSES = 35, 45, 60
_CARDS, _BATCHES, _ANSWERS, _REFUNDS = 45, 55, 65, 30
_OUTCOMES = (*["paid"] * 5, "failed", "failed", "returned")
#: A part of a payment that goes back.
_PART_FEN = 1_000
#: How many days after its last day a handover is closed.
_AFTER = range(1, 15)


def offices(life: Happenings) -> None:
    """Everything that offices do about the people of a life."""
    _decide(life)
    _give_back(life)
    _pay_out(life)
    _close(life)


def _decide(life: Happenings) -> None:
    """Cases come of what becomes known; some time later somebody decides."""
    for step in list(life.steps):
        if isinstance(step, Listed | Delisted | InsuredAsEmployee | Died) and life.often(_DECIDES):
            at = life.moments.after(step.at)
            life.steps.append(Decided(at, step.person, keeps=life.often(_KEEPS)))


def _give_back(life: Happenings) -> None:
    """Refunds to the card are asked for, and decided, those that opened by themselves too."""
    for step in list(life.steps):
        if not isinstance(step, Paid) or not life.often(_REFUNDS):
            continue
        at = life.moments.after(step.at)
        if life.often(60):
            amount = life.chance.choice((None, None, step.amount_fen, _PART_FEN, step.amount_fen // 2))
            life.steps.append(RefundAsked(at, step.person, step.transaction, amount))
            at = life.moments.after(at)
        if life.often(85):
            life.steps.append(RefundDecided(at, step.person, step.transaction, life.often(75)))


def _pay_out(life: Happenings) -> None:
    """Cards are given, what is ready goes to the bank, and the bank answers, sometimes otherwise later."""
    people = sorted(life.kinds)
    for person in people:
        while life.often(_CARDS):
            life.steps.append(CardGiven(life.moments.any(), person))
    batch = 0
    while life.often(_BATCHES):
        batch += 1
        at = life.moments.any()
        life.steps.append(SentToBank(at, NOBODY, batch))
        while life.often(_ANSWERS):
            at = life.moments.after(at)
            said = tuple((person, life.chance.choice(_OUTCOMES)) for person in people if life.often(85))
            life.steps.append(BankAnswered(at, NOBODY, batch, said))


def _close(life: Happenings) -> None:
    while life.terms.deadlines and life.often(_CLOSES):
        deadline = life.chance.choice(life.terms.deadlines)
        day = deadline.last + timedelta(days=life.chance.choice(_AFTER))
        life.steps.append(Closed(life.moments.on(day), NOBODY))
