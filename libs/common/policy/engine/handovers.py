"""The handover calendar of a notice as single deadlines: monthly entries are spelled out month by month."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from libs.common.dates import add_months
from libs.common.policy.format.conditions_model import Label
from libs.common.policy.format.custody_rules import Handover


def spell_out(handovers: tuple[Handover, ...]) -> tuple[Handover, ...]:
    """Return every single handover, ordered by the day it is due."""
    single = [one for rule in handovers for one in (_months(rule) if rule.is_rule_for_months else (rule,))]
    return tuple(sorted(single, key=lambda h: (h.due_on, h.id)))


def _months(rule: Handover) -> Iterator[Handover]:
    first, due_day = rule.accounting_from, rule.due_day
    assert due_day is not None, "the check of notices asks for it"
    while first <= rule.accounting_to:
        following = add_months(first.replace(day=1), 1)
        last = min(following - timedelta(days=1), rule.accounting_to)
        month = f"{first:%Y-%m}"
        yield replace(
            rule,
            id=f"{rule.id}-{month}",
            label=Label(f"{month} {rule.label.zh}", f"{rule.label.en} {month}"),
            accounting_from=first,
            accounting_to=last,
            due_on=following.replace(day=due_day),
        )
        first = following
