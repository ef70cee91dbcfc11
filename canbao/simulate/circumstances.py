"""Changes who the people of a life are, where they live and what happens to them, as chance has it.

It goes over the steps that there are and adds others: who is a newborn has a paper of its own, who is
registered under a wrong number has it corrected one day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

from canbao.simulate.changes import (
    Corrected,
    Happened,
    Merged,
    Moved,
    Numbered,
    Renamed,
    Replaced,
    Row,
    SentAgain,
)
from canbao.simulate.life import (
    NOBODY,
    BankAnswered,
    CardGiven,
    Delisted,
    Died,
    GivenBack,
    Listed,
    Paid,
    PaidTogether,
    Paper,
    RefundAsked,
    RefundDecided,
    Registered,
    SentToBank,
    Step,
)
from canbao.simulate.moments import Moments
from canbao.simulate.second_thoughts import SecondThoughts
from canbao.simulate.terms import Terms, day_of, start

S = TypeVar("S", bound=Step)

#: How often somebody is one of these, or something happens to a person or a life, of a hundred.
_NEWBORN, _MISTYPED, _MISNAMED, _EVENT, _MOVES = 14, 12, 8, 22, 12
_AGAIN, _REPLACED, _LAST_DAY, _TWICE, _REGRETS = 15, 25, 12, 20, 30
#: Of it is told once, and only where the insurance was known: no such surprises yet.
_INSURED_UNTIL = "employee_insurance_ended"
#: What somebody is before an event, by its kind, as the contract asks about it.
_BEFORE: dict[str, tuple[tuple[str, object], ...]] = {
    "discharged": (("service", {"kind": "military"}),),
    "released": (("service", {"kind": "prison"}),),
    "graduated": (("school", "university"), ("employed", False)),
    "hukou_moved_in": (("hukou", "elsewhere"),),
    _INSURED_UNTIL: (("employee_insurance", {"state": "active"}),),
}


@dataclass
class Circumstances:
    """Changes the steps of some people."""

    terms: Terms
    chance: Random
    moments: Moments
    steps: list[Step]

    def change(self, people: int) -> list[Step]:
        """The steps with everything that happens besides."""
        for person in range(1, people + 1):
            if self._often(_NEWBORN):
                self._newborn(person)
            elif self._often(_MISTYPED):
                self._mistyped(person)
            elif self._often(_MISNAMED):
                self._misnamed(person)
            elif self.terms.events and self._often(_EVENT):
                self._event(person)
            if people > 1 and self._often(_MOVES):
                moved = Moved(self.moments.any(), person, self.chance.randint(1, people))
                # Whether a payment that is still on its way locks the move depends on which comes first.
                self.steps += [] if self.terms.locks else [moved]
            if self._often(_AGAIN if self._of(person, Died) else 3):
                self.steps.append(SentAgain(self.moments.any(), person))
        self._last_days()
        if self._often(_REPLACED):
            self._replaced()
        self._somebody_twice(people)
        if self._often(_REGRETS):
            self._regrets()
        return [*self.steps, *SecondThoughts(self.terms, self.chance, self.moments).about(self.steps)]

    def _newborn(self, person: int) -> None:
        """A child of this season, mostly with a certificate first; nothing happens before it is born."""
        terms = self.terms
        days = (terms.last - terms.first).days - 30
        born = terms.first + timedelta(days=self.chance.randint(-20, days))
        under: Paper | None = "certificate" if self._often(80) else None
        at = self.moments.after(start(born + timedelta(days=self.chance.choice((1, 5, 20, 40, 70)))))
        kept: list[Step] = []
        for step in self.steps:
            if isinstance(step, Registered) and step.person == person:
                step = replace(step, at=max(step.at, at), under=under, born=born)
            elif person in step.named and (day_of(step.at) <= born or _told(step) <= start(born)):
                continue
            elif isinstance(step, Listed) and step.person == person:
                step = replace(
                    step, effective_on=max(step.effective_on, born), listed_on=max(step.listed_on, born)
                )
            elif isinstance(step, Delisted) and step.person == person:
                step = replace(step, ended_on=max(step.ended_on, born), listed_on=max(step.listed_on, born))
            elif isinstance(step, Died) and step.person == person:
                step = replace(step, on=max(step.on, born))
            kept.append(step)
        self.steps[:] = kept
        for step in self._of(person, Registered):
            if self._often(60):
                self._pays_after(person, step.at)
        if under is not None:
            self._pays_as(person, 60, under="certificate")
            if self._often(75):
                self.steps.append(Numbered(self.moments.after(at), person))

    def _mistyped(self, person: int) -> None:
        """One digit is wrong, on the list, in payments and on rosters; it is mostly corrected."""
        for step in self._of(person, Registered):
            self._put(step, replace(step, under="wrong number"))
            if self._often(80):
                self.steps.append(Corrected(self.moments.after(step.at), person))
        self._pays_as(person, 60, under="wrong number")
        for said in [step for step in self.steps if isinstance(step, Listed | Delisted)]:
            if said.person == person and self._often(50):
                self._put(said, replace(said, under="wrong number"))

    def _misnamed(self, person: int) -> None:
        # Whose card it is would be a question, too: they get none.
        cards = self._of(person, CardGiven)
        self.steps[:] = [step for step in self.steps if step not in cards]
        for step in self._of(person, Registered):
            self._put(step, replace(step, misnamed=True))
            if self._often(80):
                self.steps.append(Renamed(self.moments.after(step.at), person))
        self._pays_as(person, 50, misnamed=True)

    def _pays_as(self, person: int, percent: int, **how: Any) -> None:
        """Some payments name another paper or name; a payment that is told twice is told alike."""
        numbers = dict.fromkeys(step.transaction for step in self._of(person, Paid))
        chosen = {number for number in numbers if self._often(percent)}
        for step in self._of(person, Paid):
            if step.transaction in chosen:
                self._put(step, replace(step, **how))

    def _event(self, person: int) -> None:
        """Something happens that may open a window; mostly to whom it can happen."""
        kind = self.chance.choice(self.terms.events)
        for step in self._of(person, Registered):
            if kind == _INSURED_UNTIL or self._often(75):
                self._put(step, replace(step, facts=_BEFORE.get(kind, ())))
        for number in range(self.chance.choice((1, 1, 1, 2))):
            at = self.moments.any()
            happened = Happened(at, person, kind, self.moments.before(at))
            if number == 0 or kind != _INSURED_UNTIL:
                self.steps.append(happened)
            others = [other for other in self.terms.events if other != _INSURED_UNTIL]
            kind = self.chance.choice(others or self.terms.events)
            if self._often(60):
                self._pays_after(person, at)

    def _pays_after(self, person: int, at: datetime) -> None:
        numbers = [one.transaction for one in self.steps if isinstance(one, Paid | PaidTogether | GivenBack)]
        paid_at, fen = self.moments.after(at), self.chance.choice(self.terms.prices_fen)
        self.steps.append(Paid(paid_at, person, max(numbers, default=0) + 1, paid_at, fen))

    def _last_days(self) -> None:
        """Some rosters say in advance when a status ends."""
        for step in [one for one in self.steps if isinstance(one, Listed)]:
            if self._often(_LAST_DAY):
                since = max(step.effective_on, step.listed_on)
                last = since + timedelta(days=self.chance.choice((1, 30, 60, 120, 300)))
                self._put(step, replace(step, ended_on=last))

    def _replaced(self) -> None:
        """A whole list comes of a status that somebody has, with some of those who have it."""
        listed = [one for one in self.steps if isinstance(one, Listed)]
        if not listed:
            return
        one = self.chance.choice(listed)
        at = self.moments.after(one.at)
        listed_on = self.moments.before(at) if self._often(30) else day_of(at)
        of_it = [said for said in listed if said.status == one.status and said.at < at]
        people = sorted({said.person for said in of_it})
        some = self.chance.sample(people, self.chance.randint(1, len(people)))
        rows: list[Row] = []
        for person in sorted(some):
            said = self.chance.choice([said for said in of_it if said.person == person])
            since = self.chance.choice((said.effective_on, said.effective_on, listed_on))
            rows.append(Row(person, min(since, listed_on), said.status_class, said.grade))
        self.steps.append(Replaced(at, rows[0].person, one.status, listed_on, tuple(rows)))

    def _somebody_twice(self, people: int) -> None:
        """Some are registered a second time, alone and under their own name."""
        registered = [step for step in self.steps if isinstance(step, Registered)]
        other = {step.person for step in registered if step.under or step.misnamed or step.born}
        plain = sorted({step.person for step in registered} - other)
        for record, person in enumerate((one for one in plain if self._often(_TWICE)), start=people + 1):
            self._twice(person, record)

    def _twice(self, person: int, record: int) -> None:
        """Both records are listed and paid for, and are made one some day."""
        (first,) = self._of(person, Registered)
        second = replace(first, at=self.moments.early(), person=record, household=90 + record, again=person)
        for step in [step for step in self.steps if isinstance(step, Listed | Delisted)]:
            if step.person == person and self._often(60):
                of_it = replace(step, person=record)
                if self._often(50):
                    self._put(step, of_it)
                else:
                    self.steps.append(replace(of_it, at=self.moments.after(step.at)))
        self.steps.append(second)
        if self._often(70):
            self._pays_after(record, second.at)
        self.steps.append(Merged(self.moments.after(second.at), person, record))

    def _regrets(self) -> None:
        """Somebody is listed after paying, and wants all money back when the help has gone to the card."""
        # Whose card it is would be a question where a name is wrong.
        misnamed = {one.person for one in self.steps if isinstance(one, Registered) and one.misnamed}
        payments = [one for one in self.steps if isinstance(one, Paid) and one.person not in misnamed]
        if not payments or not self.terms.statuses:
            return
        paid, kind = self.chance.choice(payments), self.chance.choice(self.terms.statuses)
        person, number, said = paid.person, paid.transaction, ((paid.person, "paid"),)
        status_class, grade = self.chance.choice(kind.classes), self.chance.choice(kind.grades)
        batch = max((one.batch for one in self.steps if isinstance(one, SentToBank)), default=0)
        story: Sequence[Callable[[datetime], Step]] = (
            lambda at: Listed(at, person, kind.code, day_of(at), day_of(at), status_class, grade),
            lambda at: CardGiven(at, person),
            lambda at: SentToBank(at, NOBODY, batch + 1),
            lambda at: BankAnswered(at, NOBODY, batch + 1, said),
            lambda at: RefundAsked(at, person, number, None),
            lambda at: RefundDecided(at, person, number, approves=True),
            lambda at: SentToBank(at, NOBODY, batch + 2),
            lambda at: BankAnswered(at, NOBODY, batch + 2, said),
        )
        at = paid.at
        for told in story:
            at = self.moments.after(at)
            self.steps.append(told(at))

    def _of(self, person: int, kind: type[S]) -> list[S]:
        return [step for step in self.steps if isinstance(step, kind) and step.person == person]

    def _put(self, old: Step, new: Step) -> None:
        self.steps[next(n for n, step in enumerate(self.steps) if step is old)] = new

    def _often(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent


def _told(step: Step) -> datetime:
    """The earliest instant in a step."""
    return min(step.at, step.paid_at) if isinstance(step, Paid | PaidTogether) else step.at
