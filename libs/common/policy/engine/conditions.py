"""Turns the conditions of a notice into fast tests, and notes at which instants of a life they can change."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from operator import attrgetter

from libs.common.dates import add_months, age_on, birthday, first_second
from libs.common.policy.engine.facts import Facts, Past
from libs.common.policy.engine.question import Person
from libs.common.policy.format.conditions_model import AgeRange, Condition, Days, StatusHeld, Years

Test = Callable[[Facts], bool]
_ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Turns:
    """Everything about time that the conditions of a notice look at, so that a schedule knows its borders."""

    ages: set[int] = field(default_factory=set)
    birth_days: set[int] = field(default_factory=set)
    resident_months: set[int] = field(default_factory=set)
    born_borders: set[date] = field(default_factory=set)
    listed_borders: set[date] = field(default_factory=set)
    first_year_due: bool = False
    """Whether some condition asks for the first year in which a person had to be insured."""

    def of_birth(self, born: date) -> Iterator[int]:
        """Yield the seconds at which an age or a number of days since birth is reached."""
        yield first_second(born)
        for years in self.ages:
            yield first_second(birthday(born, years))
        for days in self.birth_days:
            yield first_second(born + timedelta(days=days + 1))

    def of_residence(self, person: Person) -> Iterator[int]:
        """Yield the seconds at which residence, employee insurance or service come to count."""
        if person.resident_since is not None:
            for months in self.resident_months:
                yield first_second(add_months(person.resident_since, months))
        for day in (person.insurance_ended_on, person.service_ends_on):
            if day is not None:
                yield first_second(day)


class Conditions:
    """Compiles conditions against the named groups of a notice."""

    def __init__(self) -> None:
        self.groups: dict[str, Test] = {}
        self.turns = Turns()
        self.told_apart: list[StatusHeld] = []

    def compile(self, condition: Condition | None) -> Test | None:
        """Return one test for a condition, or None when there is nothing to test."""
        if condition is None:
            return None
        tests: list[Test] = []
        for f in fields(condition):
            value = getattr(condition, f.name)
            if value is not None and value != ():
                tests.append(getattr(self, f"_{f.name.rstrip('_')}")(value))
        return _all(tests)

    def needed(self, condition: Condition) -> Test:
        """Return the test of a condition that says something."""
        test = self.compile(condition)
        assert test is not None
        return test

    def _any(self, parts: tuple[Condition, ...]) -> Test:
        tests = [self.needed(part) for part in parts]
        return lambda f: any(test(f) for test in tests)

    def _not(self, part: Condition) -> Test:
        test = self.needed(part)
        return lambda f: not test(f)

    def _group(self, name: str) -> Test:
        return self.groups[name]

    def _hukou(self, areas: tuple[str, ...]) -> Test:
        kept = frozenset(areas)
        return lambda f: f.person.hukou in kept

    def _hukou_kind(self, kinds: tuple[str, ...]) -> Test:
        kept = frozenset(kinds)
        return lambda f: f.person.hukou_kind in kept

    def _residence_permit(self, wanted: bool) -> Test:
        return lambda f: f.person.residence_permit is wanted

    def _resident_months(self, months: int) -> Test:
        self.turns.resident_months.add(months)

        def test(f: Facts) -> bool:
            since = f.person.resident_since
            return since is not None and add_months(since, months) <= f.on

        return test

    def _employed(self, wanted: bool) -> Test:
        return lambda f: bool(f.person.employed) is wanted

    def _parent_enrolled_in_city(self, wanted: bool) -> Test:
        return lambda f: f.person.parent_enrolled_in_city is wanted

    def _employee_insurance(self, states: tuple[str, ...]) -> Test:
        kept = frozenset(states)
        return lambda f: _insurance_state(f) in kept

    def _service(self, kinds: tuple[str, ...]) -> Test:
        kept = frozenset(kinds)

        def test(f: Facts) -> bool:
            ends_on = f.person.service_ends_on
            return f.person.service_kind in kept and (ends_on is None or ends_on > f.on)

        return test

    def _service_ends(self, span: Days) -> Test:
        inside = _inside(span)
        return lambda f: f.person.service_ends_on is not None and inside(f.person.service_ends_on)

    def _stationed_here(self, wanted: bool) -> Test:
        return lambda f: f.person.stationed_here is wanted

    def _school(self, schools: tuple[str, ...]) -> Test:
        kept = frozenset(schools)
        return lambda f: f.person.school in kept

    def _sex(self, sex: str) -> Test:
        return lambda f: f.person.sex == sex

    def _age(self, ages: AgeRange) -> Test:
        least, under = ages.min or 0, 999 if ages.under is None else ages.under
        self.turns.ages |= {a for a in (ages.min, ages.under) if a is not None}
        return lambda f: least <= age_on(f.person.born, f.on) < under

    def _born(self, span: Days) -> Test:
        inside = _inside(span)
        self.turns.born_borders |= {d for d in (span.from_, span.to and span.to + _ONE_DAY) if d is not None}
        return lambda f: inside(f.person.born)

    def _days_since_birth(self, days: int) -> Test:
        self.turns.birth_days.add(days)
        span = timedelta(days=days)
        return lambda f: f.on - f.person.born <= span

    def _lapsed_years(self, years: Years) -> Test:
        return _of_past(attrgetter("lapsed"), years)

    def _continuous_years(self, years: Years) -> Test:
        return _of_past(attrgetter("continuous"), years)

    def _due_from_year(self, years: Years) -> Test:
        self.turns.first_year_due = True
        return _of_past(attrgetter("due_from"), years)

    def _status(self, wanted: StatusHeld) -> Test:
        codes, classes, grades = frozenset(wanted.codes), frozenset(wanted.classes), frozenset(wanted.grades)
        limit = wanted.listed_to
        if classes or grades:
            self.told_apart.append(wanted)

        def test(f: Facts) -> bool:
            return any(
                s.code in codes
                and (not classes or s.status_class in classes)
                and (not grades or s.grade in grades)
                and (limit is None or (s.listed_on is not None and s.listed_on <= limit))
                for s in f.held
            )

        return test

    def _event(self, kind: str) -> Test:
        def test(f: Facts) -> bool:
            day = f.event_days.get(kind)
            return day is not None and day <= f.on

        return test

    def _tier(self, tier: int) -> Test:
        return lambda f: f.question.tier == tier

    def _parameter(self, name: str) -> Test:
        return lambda f: bool(f.question.parameters.get(name))


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda f: first(f) and second(f)
    return lambda f: all(test(f) for test in tests)


def _inside(span: Days) -> Callable[[date], bool]:
    first, last = span.from_ or date.min, span.to or date.max
    return lambda day: first <= day <= last


def _of_past(told: Callable[[Past], int | None], years: Years) -> Test:
    """What is not known of a person's history is not so."""
    least, under = years.min or 0, 9_999 if years.under is None else years.under

    def test(f: Facts) -> bool:
        number = None if f.past is None else told(f.past)
        return number is not None and least <= number < under

    return test


def _insurance_state(f: Facts) -> str:
    state, ended_on = f.person.insurance_state, f.person.insurance_ended_on
    return "active" if state == "ended" and ended_on is not None and ended_on > f.on else state
