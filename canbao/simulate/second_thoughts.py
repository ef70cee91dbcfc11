"""What desks and people think better of, as chance has it: events that did not happen, enrollments, tiers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from canbao.simulate.changes import CancelledAtDesk, Enrolled, Happened, TakenBack
from canbao.simulate.life import Decided, Died, InsuredAsEmployee, Registered, Step
from canbao.simulate.moments import Moments
from canbao.simulate.terms import Terms, day_of

#: How often it is so, of a hundred.
_MISTAKEN, _ANOTHER_DAY, _DECIDED, _KEEPS = 45, 40, 60, 70
_CANCELS, _ENROLLS, _CHOOSES = 8, 60, 20
#: Who was insured or away when registered is so again without these: no such surprises yet.
_ENDS_SOMETHING = ("employee_insurance_ended", "discharged", "released")


@dataclass
class SecondThoughts:
    """Makes the steps that come after others."""

    terms: Terms
    chance: Random
    moments: Moments

    def about(self, steps: Sequence[Step]) -> Iterator[Step]:
        """What follows some steps of a life."""
        for step in steps:
            match step:
                case Registered():
                    yield from self._of_enrolling(step)
                case Died() | InsuredAsEmployee() | Happened() if step.kind not in _ENDS_SOMETHING:
                    yield from self._mistaken(step)

    def _mistaken(self, step: Died | InsuredAsEmployee | Happened) -> Iterator[Step]:
        """Some of it did not happen, or on another day; officers decide what follows."""
        if not self._often(_MISTAKEN):
            return
        at = self.moments.after(step.at)
        yield TakenBack(at, step.person, step.kind, step.on)
        if self._often(_ANOTHER_DAY):
            told_at = self.moments.after(step.at)
            day = min(step.on + timedelta(days=self.chance.choice((1, 7, 30))), day_of(told_at))
            yield replace(step, at=told_at, on=day)
        for _ in range(2):
            if self._often(_DECIDED):
                yield Decided(self.moments.after(at), step.person, keeps=self._often(_KEEPS))

    def _of_enrolling(self, step: Registered) -> Iterator[Step]:
        """Somebody is cancelled, mostly to be enrolled anew, or has another tier noted."""
        tiers = self.terms.tiers or (None,)
        if self._often(_CANCELS):
            at = self.moments.after(step.at)
            yield CancelledAtDesk(at, step.person)
            if self._often(_ENROLLS):
                yield Enrolled(self.moments.after(at), step.person, self.chance.choice(tiers))
        if self.terms.tiers and self._often(_CHOOSES):
            yield Enrolled(self.moments.after(step.at), step.person, self.chance.choice(tiers))

    def _often(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent
