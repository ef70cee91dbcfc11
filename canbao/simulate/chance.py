"""Makes random lives: the same seed makes the same life."""

from collections.abc import Sequence
from random import Random

from canbao.simulate.circumstances import Circumstances
from canbao.simulate.happenings import Happenings
from canbao.simulate.life import Life
from canbao.simulate.moments import Moments
from canbao.simulate.officials import offices
from canbao.simulate.terms import Terms
from canbao.simulate.villages import Villages

#: How many people a life has: mostly few, so that much happens to each and a difference is soon explained.
_PEOPLE: Sequence[int] = (1, 1, 1, 2, 2, 3, 4, 6)


def life(seed: int, terms: Terms) -> Life:
    """The life of a seed in a county."""
    chance = Random(f"{terms.county} {seed}")  # nosec B311
    moments, people = Moments(terms, chance), chance.choice(_PEOPLE)
    happenings = Happenings(terms, chance, moments)
    for person in range(1, people + 1):
        happenings.person(person)
    happenings.pay_together()
    offices(happenings)
    changed = Circumstances(terms, chance, moments, happenings.steps).change(people)
    steps = sorted(Villages(terms, chance, moments).take(changed), key=lambda step: step.at)
    return Life(terms.county, terms.year, tuple(steps))
