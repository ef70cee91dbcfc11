"""What an enrollment history comes to: years lapsed, months of waiting, years that can be repaired."""

from dataclasses import dataclass
from datetime import date

from libs.common.dates import add_months
from libs.common.policy.engine.conditions import Conditions, Test
from libs.common.policy.engine.decision import Decision
from libs.common.policy.engine.facts import Past
from libs.common.policy.engine.question import Person
from libs.common.policy.format.waiting_rules import Exempt, Repair, Waiting, WaitRule

NOT_POSSIBLE = "repair_not_possible"


@dataclass(slots=True)
class Wait:
    """The wait under one rule; a rule that this person does not wait under gives none.

    `most` is how many years could usefully be repaired beside those repaired before, and `best` the months
    of waiting that would then be left.
    """

    rule: WaitRule
    past: Past
    exempt_by: Exempt | None = None
    applies: bool = False
    fixed: int = 0
    variable: int = 0
    repaired: int = 0
    total: int = 0
    unrepaired: int = 0
    years: int = 0
    most: int = 0
    best: int = 0
    from_on: date | None = None
    """The day that the wait runs from."""

    @property
    def unknown(self) -> bool:
        """Say whether it depends on a history that nobody knows."""
        return self.past.lapsed is None and self.exempt_by is None

    def as_dict(self) -> dict[str, int] | None:
        """Return the contract form."""
        if not self.applies:
            return None
        return {
            "fixed_months": self.fixed,
            "variable_months": self.variable,
            "repaired_months": self.repaired,
            "total_months": self.total,
        }

    def starts_on(self, day: date, repaired: bool = True) -> date:
        """Return the first day of cover when the wait runs from a day."""
        return add_months(day, self.total if repaired else self.unrepaired)


class WaitingRules:
    """The rules of one notice about history, waiting and repair."""

    def __init__(self, waiting: Waiting, conditions: Conditions) -> None:
        self.waiting = waiting
        self._exempt: list[tuple[Exempt, Test]] = [(e, conditions.needed(e.when)) for e in waiting.exempt]
        self._by_window: dict[str, WaitRule] = {}
        for rule in waiting.rules:
            for window in rule.windows:
                self._by_window.setdefault(window, rule)

    def past_of(self, person: Person, year: int) -> Past:
        """Count the years before a coverage year. Nobody needs to be told of the past of a newborn."""
        history, born = person.history, person.born.year
        if history is None:
            return Past(0, 0, born) if born >= year else Past(None, None, born)
        due_from = born if history.due_from_year is None else history.due_from_year
        first, insured = max(due_from, self.waiting.counted_from), history.insured_years
        lapsed = continuous = 0
        while year - 1 - lapsed >= first and year - 1 - lapsed not in insured:
            lapsed += 1
        while year - 1 - continuous in insured:
            continuous += 1
        return Past(lapsed, continuous, due_from)

    def judge(self, d: Decision) -> str | None:
        """Fill in the wait of a decision that has a window; return why no more years can be repaired."""
        f, window = d.facts, d.window
        assert window is not None and f.past is not None
        rule = self._by_window.get(window.id)
        asked, before = f.question.repair_years, f.question.repaid_years
        if rule is None:
            return NOT_POSSIBLE if asked else None
        d.wait = wait = Wait(rule, f.past)
        wait.exempt_by = next((exempt for exempt, test in self._exempt if test(f)), None)
        if wait.exempt_by is None and f.past.lapsed is not None:
            wait.applies = rule.who == "everybody" or f.past.lapsed > 0
            if wait.applies:
                self._count(wait, f.past.lapsed, before + asked)
                wait.years = asked
                wait.unrepaired = self.months(f.past.lapsed, before)
                wait.most = self._most(f.past.lapsed, before)
                wait.best = self.months(f.past.lapsed, before + wait.most)
        if asked > wait.most:
            wait.years, wait.repaired, wait.total = 0, self._off(wait.variable, before), wait.unrepaired
            return NOT_POSSIBLE
        return None

    def _count(self, wait: Wait, lapsed: int, years: int) -> None:
        wait.fixed, wait.variable = self.waiting.fixed_months, self._variable(lapsed)
        wait.repaired = self._off(wait.variable, years)
        wait.total = self.months(lapsed, years)

    def _variable(self, lapsed: int) -> int:
        return max(0, lapsed - self.waiting.years_in_fixed) * self.waiting.months_per_year

    def _off(self, variable: int, years: int) -> int:
        repair = self.waiting.repair
        return 0 if repair is None else min(variable, years * repair.per_year)

    def months(self, lapsed: int, repaired: int = 0) -> int:
        """Return fixed and variable wait less what repaired years take off, never less than the floor."""
        variable, floor = self._variable(lapsed), self.waiting.floor
        months = self.waiting.fixed_months + variable - self._off(variable, repaired)
        return months if floor is None or lapsed < floor.from_years else max(months, floor.months)

    def _most(self, lapsed: int, before: int) -> int:
        """Return after how many more years nothing gets shorter: nobody pays for nothing."""
        years, now = 0, self.months(lapsed, before)
        while (better := self.months(lapsed, before + years + 1)) < now:
            years, now = years + 1, better
        return years

    def bought_later(self, d: Decision, on: date) -> str | None:
        """Judge years repaired on a day after the contribution was paid; cover never begins before that day.

        Returns why it is too late, if it is.
        """
        wait, repair = d.wait, self.waiting.repair
        if wait is None or wait.from_on is None or repair is None or not wait.years or on <= d.facts.on:
            return None
        if repair.latest == "with_contribution" or on >= wait.starts_on(wait.from_on, repaired=False):
            return NOT_POSSIBLE
        if d.benefit is not None and d.benefit[0] < on:
            d.cover(on, d.benefit[1])
        return None

    @property
    def repair(self) -> Repair | None:
        """Return the rule about repair, where the notice has one."""
        return self.waiting.repair
