"""From when to when a person is covered, and how long they wait."""

from calendar import monthrange
from datetime import date, timedelta

from libs.common.dates import add_months
from libs.common.policy.engine.conditions import Conditions, Test
from libs.common.policy.engine.decision import Decision
from libs.common.policy.engine.facts import Facts
from libs.common.policy.format import vocabulary as v
from libs.common.policy.format.rules import Benefit, BenefitRule, Start, Window

_ONE_DAY = timedelta(days=1)


class BenefitRules:
    """The benefit rules of one notice in the order in which they are tried."""

    def __init__(self, benefit: Benefit, conditions: Conditions) -> None:
        self._benefit = benefit
        self._rows: list[tuple[BenefitRule, Test | None]] = [
            (rule, conditions.compile(rule.when)) for rule in benefit.rules
        ]
        self.none_left = benefit.none_left

    def settle(self, d: Decision) -> None:
        """Fill in the benefit of a decision that has a window; no rule means no benefit is known.

        It is not known either where it depends on a history that nobody knows.
        """
        f, window, wait = d.facts, d.window, d.wait
        assert window is not None
        if wait is not None and wait.unknown:
            return
        for rule, test in self._rows:
            if rule.windows and window.id not in rule.windows:
                continue
            if (rule.paid_from or 0) > f.at or (rule.paid_to is not None and f.at >= rule.paid_to):
                continue
            if test is None or test(f):
                break
        else:
            return
        d.benefit_rule = rule
        if wait is not None and wait.applies:
            wait.from_on = self._anchor(wait.rule.anchor, None, f, window)
            start = wait.starts_on(wait.from_on)
            d.waiting_days = (start - wait.from_on).days
        else:
            start, d.waiting_days = self._start(rule.start, f, window)
        if not rule.before_year and start < self._benefit.from_:
            start = self._benefit.from_
        d.cover(start, rule.to or self._benefit.to)

    def _start(self, start: Start, f: Facts, window: Window) -> tuple[date, int]:
        day = self._anchor(start.anchor, start.on, f, window)
        if not start.wait:
            return day, 0
        in_months = start.unit == "months"
        first = add_months(day, start.wait) if in_months else day + timedelta(days=start.wait)
        if start.count == "start_day_excluded":
            first += _ONE_DAY
        return first, (first - day).days - (start.count == "start_day_excluded")

    def _anchor(self, anchor: v.Anchor, on: date | None, f: Facts, window: Window) -> date:
        match anchor:
            case "payment_day":
                return f.on
            case "coverage_start":
                return self._benefit.from_
            case "birth":
                return f.person.born
            case "enrollment_day":
                return f.enrolled_on
            case "day_after_payment":
                return f.on + _ONE_DAY
            case "month_of_payment":
                return f.on.replace(day=1)
            case "month_after_payment":
                return f.on.replace(day=monthrange(f.on.year, f.on.month)[1]) + _ONE_DAY
            case "fixed_date" if on is not None:
                return on
            case "event_day" if window.event is not None:
                return f.event_days[window.event.kind]
        raise ValueError(anchor)
