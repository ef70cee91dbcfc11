"""What happens to the people of a life, as chance has it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from canbao.simulate.life import (
    Delisted,
    Died,
    GivenBack,
    InsuredAsEmployee,
    Listed,
    Paid,
    PaidTogether,
    Registered,
    Step,
)
from canbao.simulate.moments import Moments
from canbao.simulate.terms import StatusKind, Terms

#: How often something happens to a person, of a hundred.
_ROSTER, _ENDS_LATER, _PAYS, _EMPLOYED, _DIES = 60, 20, 60, 9, 8
#: Money that nobody owes.
_ODD_FEN = 10_000
_LONG_AGO = timedelta(days=300)


@dataclass
class Happenings:
    """Makes the steps of one person after the other."""

    terms: Terms
    chance: Random
    moments: Moments
    steps: list[Step] = field(default_factory=list)
    #: The tier that a household chose first.
    households: dict[int, int | None] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    kinds: dict[int, Sequence[StatusKind]] = field(default_factory=dict)
    transactions: int = 0

    def person(self, person: int) -> None:
        """Everything that happens to one person."""
        self._registered(person)
        kinds = [kind for kind in self._kinds() if self.often(_ROSTER)]
        self.kinds[person] = kinds
        for kind in kinds:
            self._status(person, kind)
        while self.often(_PAYS):
            self._pays(person, kinds)
        if self.often(_EMPLOYED):
            at = self.moments.any()
            self.steps.append(InsuredAsEmployee(at, person, self.moments.before(at)))
        if self.often(_DIES):
            at = self.moments.any()
            self.steps.append(Died(at, person, self.moments.before(at)))

    def _registered(self, person: int) -> None:
        """Alone or with others; mostly on their tier, where there are tiers."""
        household = self.chance.randint(1, 1 + len(self.households))
        if household not in self.households:
            self.households[household] = self._tier()
        tier = self.households[household] if self.often(75) else self._tier()
        self.members.setdefault(household, []).append(person)
        self.steps.append(Registered(self.moments.early(), person, household, tier))

    def _tier(self) -> int | None:
        """None is chosen by the amount that is paid."""
        return self.chance.choice([*self.terms.tiers, *self.terms.tiers, None]) if self.terms.tiers else None

    def pay_together(self) -> None:
        """Households pay for some or all of their members at once; who pays together does so mostly."""
        for members in self.members.values():
            if len(members) < 2 or not self.often(70 if self.terms.together else 25):
                continue
            number = len(members) if self.often(75) else self.chance.randint(1, len(members))
            some = sorted(self.chance.sample(members, number))
            parts = tuple((person, self._amount(self.kinds[person])) for person in some)
            self.transactions += 1
            paid_at = self.moments.any()
            at = self.moments.after(paid_at) if self.often(30) else paid_at
            self.steps.append(PaidTogether(at, some[0], self.transactions, paid_at, parts))

    def _kinds(self) -> Sequence[StatusKind]:
        return self.chance.sample(list(self.terms.statuses), min(2, len(self.terms.statuses)))

    def _status(self, person: int, kind: StatusKind) -> None:
        """A status is listed, perhaps again, with another class, or with its end."""
        at = self.moments.early()
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 3, 4))):
            listed_on = self.moments.before(at) if self.often(33) else at.date()
            if self.often(25):
                self._ends(person, kind, at, listed_on)
            else:
                since = self.chance.choice((self.terms.first - _LONG_AGO, listed_on, listed_on))
                self._listed(person, kind, at, since, listed_on)
            at = self.moments.after(at)
        if self.often(_ENDS_LATER):
            self._ends(person, kind, at, at.date())

    def _listed(self, person: int, kind: StatusKind, at: datetime, since: date, listed_on: date) -> None:
        status_class, grade = self.chance.choice(kind.classes), self.chance.choice(kind.grades)
        self.steps.append(Listed(at, person, kind.code, since, listed_on, status_class, grade))

    def _ends(self, person: int, kind: StatusKind, at: datetime, listed_on: date) -> None:
        ended_on = listed_on + timedelta(days=self.chance.choice((-60, -7, 0, 0, 0)))
        self.steps.append(Delisted(at, person, kind.code, ended_on, listed_on))

    def _pays(self, person: int, kinds: Sequence[StatusKind]) -> None:
        """A payment is told at once or later, perhaps again, and may go back in whole or in part."""
        self.transactions += 1
        number, paid_at, amount = self.transactions, self.moments.any(), self._amount(kinds)
        at = paid_at
        if self.often(40):
            at = self.moments.after(paid_at)
            if kinds and self.often(50):
                self._changes_between(person, self.chance.choice(kinds), paid_at, at)
        self.steps.append(Paid(at, person, number, paid_at, amount))
        if self.often(20):
            self.steps.append(Paid(self.moments.after(at), person, number, paid_at, amount))
        if self.often(25):
            at = self.moments.after(at)
            back = self.chance.choice((amount, amount, 1_000))
            self.steps.append(GivenBack(at, person, number, number, at, back))

    def _changes_between(self, person: int, kind: StatusKind, paid_at: datetime, told_at: datetime) -> None:
        """What is owed changes after a payment, and before anybody hears of it."""
        at = self.moments.after(paid_at)
        if at >= told_at:
            return
        if self.often(50):
            self._ends(person, kind, at, at.date())
        else:
            self._listed(person, kind, at, self.terms.first - _LONG_AGO, at.date())

    def _amount(self, kinds: Sequence[StatusKind]) -> int:
        """Mostly what may be right for somebody with these statuses."""
        helped = [fen for kind in kinds for fen in self.terms.helped_fen[kind.code]]
        if helped and self.often(50):
            return self.chance.choice(helped)
        if self.often(85):
            return self.chance.choice(self.terms.prices_fen)
        return _ODD_FEN

    def often(self, percent: int) -> bool:
        """Whether something happens that does so often, of a hundred."""
        return self.chance.randrange(100) < percent
