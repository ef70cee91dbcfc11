"""Has some of the money of a life taken by hand, as chance has it; some of it does not stay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from canbao.simulate.cash import GONE, Deposited, DepositWithdrawn, LateDecided, Payment
from canbao.simulate.life import NOBODY, GivenBack, Paid, PaidTogether, RefundAsked, RefundDecided, Step
from canbao.simulate.moments import Moments
from canbao.simulate.terms import Terms

#: How often it is so, of a hundred.
_BY_HAND, _GONE, _DECIDED, _ACCEPTS, _BANKED, _WITHDRAWN = 25, 35, 70, 75, 60, 25


@dataclass
class Villages:
    """Changes the steps of a life where its county takes money by hand."""

    terms: Terms
    chance: Random
    moments: Moments

    def take(self, steps: Sequence[Step]) -> list[Step]:
        """The same life with some of its payments taken by hand, typed once and gone as a whole."""
        payments = {one.transaction: one for one in steps if isinstance(one, Paid | PaidTogether)}
        by_hand = {
            number: self.chance.choice(self.terms.by_hand)
            for number in sorted(payments)
            if self.terms.by_hand and self._often(_BY_HAND)
        }
        # What is gone of money that went to a card already is left out.
        asked = {one.transaction for one in steps if isinstance(one, RefundAsked | RefundDecided)}
        kept: list[Step] = []
        for step in sorted(steps, key=lambda one: one.at):
            if not isinstance(step, Paid | PaidTogether | GivenBack) or step.transaction not in by_hand:
                kept.append(step)
            elif not isinstance(step, GivenBack) and step.transaction in payments:
                del payments[step.transaction]
                stays = step.transaction in asked
                kept += self._taken(replace(step, instrument=by_hand[step.transaction]), stays=stays)
        return [*kept, *(self._banked() if by_hand and self.terms.deposits else ())]

    def _taken(self, step: Payment, *, stays: bool) -> Iterator[Step]:
        yield step
        if step.at > step.paid_at and self._often(_DECIDED):
            at = self.moments.after(step.at)
            yield LateDecided(at, step.person, step.transaction, self._often(_ACCEPTS))
        if step.instrument is not None and not stays and self._often(_GONE):
            at, reason = self.moments.after(step.at), self.chance.choice(GONE[step.instrument])
            number = step.transaction
            yield GivenBack(at, step.person, number, number, at, step.fen, reason)

    def _banked(self) -> Iterator[Step]:
        slip = 0
        while self._often(_BANKED):
            slip += 1
            at = self.moments.any()
            yield Deposited(at, NOBODY, slip)
            if self._often(_WITHDRAWN):
                yield DepositWithdrawn(self.moments.after(at), NOBODY, slip)

    def _often(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent
