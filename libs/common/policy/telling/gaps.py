"""Gaps in prices: people whom a window takes, and for whom no price is written.

Tried on many kinds of people, because what conditions leave out together cannot be read off them.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

from libs.common.dates import day_of, instant_of
from libs.common.policy.engine.facts import Facts
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.question import Person, Question
from libs.common.policy.format.rules import Window
from libs.common.policy.telling.unreachable import Told

_USUAL = 30
_AGES = {0, 1, 10, _USUAL, 50, 90}
_SCHOOLS = (None, "primary_secondary", "vocational", "university")
_HUKOU = (("county", False), ("city", True), ("elsewhere", True))


def price_gaps(notice: Notice) -> Iterator[Told]:
    """Yield every window in which somebody who may enroll has no price, from when on, and who that is."""
    if not notice.document.prices:
        return
    for window in notice.windows:
        found = _first_gap(notice, window)
        if found is not None:
            at, said_zh, said_en = found
            day = instant_of(at).date().isoformat()
            yield (
                window,
                (
                    f"缴费期“{window.id}”里有人没有缴费标准：自{day}起，{said_zh}",
                    f"window {window.id!r} takes people without a price: from {day} on, {said_en}",
                ),
                ("补一条标准，或核对日期、条件和档次", "add a price, or check dates, conditions and tiers"),
            )


def _first_gap(notice: Notice, window: Window) -> tuple[int, str, str] | None:
    borders = {b for b in notice.price_rules.borders() if window.from_ < b < window.to}
    for at in sorted({window.from_, *borders}):
        for person, tier in _people(notice, at):
            facts = Facts(Question(notice.county, notice.year, at, person, tier=tier), at)
            if notice.waiting_rules is not None:
                facts.past = notice.waiting_rules.past_of(person, notice.year)
            admitted = any(test(facts) for _, test in notice.admit)
            if admitted and not _priced(notice, facts, window):
                age = day_of(at).year - person.born.year
                return at, *_said(age, person, tier)
    return None


def _priced(notice: Notice, facts: Facts, window: Window) -> bool:
    return notice.price_rules.choose(facts, window) is not None


def _people(notice: Notice, at: int) -> Iterator[tuple[Person, int | None]]:
    ages = sorted(_AGES | notice.turns.ages | {age - 1 for age in notice.turns.ages if age}, key=_usual_first)
    on = day_of(at)
    tiers: list[int | None] = [*sorted(notice.price_rules.tiers)] or [None]
    for age, sex, school, (hukou, permit) in product(ages, ("female", "male"), _SCHOOLS, _HUKOU):
        born = date(on.year - age, on.month, 1) - timedelta(days=1)
        for tier in tiers:
            yield Person(born, sex, hukou, permit, school=school), tier


def _usual_first(age: int) -> tuple[bool, int]:
    return age != _USUAL, age


def _said(age: int, person: Person, tier: int | None) -> tuple[str, str]:
    zh, en = f"{age}岁", f"aged {age}"
    if person.school is not None:
        zh, en = f"{zh}、在读", f"{en}, at school"
    if person.hukou != "county":
        zh, en = f"{zh}、外地户籍", f"{en}, hukou elsewhere"
    return (zh, en) if tier is None else (f"{zh}、{tier}档", f"{en}, tier {tier}")
