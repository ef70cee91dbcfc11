"""The handover calendar of a notice as single deadlines: monthly entries are spelled out month by month."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

from libs.common.dates import add_months
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.custody_rules import Handover
from libs.common.workdays import YearUnknown, next_workday


@dataclass(frozen=True, slots=True)
class MonthlyHandover(Handover):
    """One month of an entry that stands for many."""

    rule_id: str = ""

    @property
    def series(self) -> str:
        """Return the id that the file gives all these months."""
        return self.rule_id


def spell_out(handovers: tuple[Handover, ...]) -> tuple[Handover, ...]:
    """Return every single handover that has a date, ordered by the day it is due."""
    dated = (rule for rule in handovers if rule.accounting_to is not None)
    single = [
        one
        for rule in dated
        for one in (_months(rule, rule.last_day) if rule.is_rule_for_months else (_rolled(rule),))
    ]
    return tuple(sorted(single, key=lambda h: (h.due_on, h.id)))


def supplementary_months(rule: Handover, through: date) -> Iterator[Handover]:
    """Yield the single handovers of a rule without an end, up to the month that has the day `through`."""
    return _months(rule, add_months(through.replace(day=1), 1) - timedelta(days=1))


def _months(rule: Handover, to: date) -> Iterator[Handover]:
    first, due_day = rule.accounting_from, rule.due_day
    assert due_day is not None, "the check of notices asks for it"
    while first <= to:
        following = add_months(first.replace(day=1), 1)
        month = f"{first:%Y-%m}"
        own = {
            "id": f"{rule.id}-{month}",
            "label": Label(f"{month} {rule.label.zh}", f"{rule.label.en} {month}"),
            "accounting_from": first,
            "accounting_to": min(following - timedelta(days=1), to),
            "due_on": due_day_of(rule, following.replace(day=due_day)),
        }
        as_written = {field.name: getattr(rule, field.name) for field in fields(Handover)}
        yield MonthlyHandover(**(as_written | own), rule_id=rule.id)
        first = following


def due_day_of(rule: Handover, written: date) -> date:
    """The day on which a handover is due that falls on `written`: with `roll`, the next workday.

    Until the workdays of its year are known it stays where it is written.
    """
    if rule.roll == "none":
        return written
    try:
        return next_workday(written)
    except YearUnknown:
        return written


def _rolled(rule: Handover) -> Handover:
    if rule.due_on is None or rule.roll == "none":
        return rule
    return replace(rule, due_on=due_day_of(rule, rule.due_on))
