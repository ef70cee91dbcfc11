"""Takes back what was told of people by mistake, as chance has it: it did not happen, or on another day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from canbao.simulate.changes import Happened, TakenBack
from canbao.simulate.life import Decided, Died, InsuredAsEmployee, Step
from canbao.simulate.moments import Moments
from canbao.simulate.terms import day_of

#: How often it is so, of a hundred; how often it happened on another day, and whether officers decide then.
_MISTAKEN, _ANOTHER_DAY, _DECIDED, _KEEPS = 45, 40, 60, 70
#: Who was insured or away when registered is so again without these: no such surprises yet.
_ENDS_SOMETHING = ("employee_insurance_ended", "discharged", "released")


def mistakes(steps: Sequence[Step], chance: Random, moments: Moments) -> list[Step]:
    """What takes back some of the events of a life, and what is decided after that."""
    made: list[Step] = []
    for step in steps:
        if not isinstance(step, Died | InsuredAsEmployee | Happened) or step.kind in _ENDS_SOMETHING:
            continue
        if chance.randrange(100) >= _MISTAKEN:
            continue
        at = moments.after(step.at)
        made.append(TakenBack(at, step.person, step.kind, step.on))
        if chance.randrange(100) < _ANOTHER_DAY:
            told_at = moments.after(step.at)
            day = min(step.on + timedelta(days=chance.choice((1, 7, 30))), day_of(told_at))
            made.append(replace(step, at=told_at, on=day))
        for _ in range(2):
            if chance.randrange(100) < _DECIDED:
                decided_at = moments.after(at)
                made.append(Decided(decided_at, step.person, keeps=chance.randrange(100) < _KEEPS))
    return made
