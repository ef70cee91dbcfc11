"""Which open questions of a notice an answer leaned on."""

from typing import Protocol

from libs.common.policy.engine.decision import Decision, Subsidy
from libs.common.policy.engine.notice import Notice
from libs.common.policy.engine.waiting import NOT_POSSIBLE
from libs.common.policy.format.help_rules import DividingDate, Recognized, RosterRule, SubsidyRule


def assumptions(notice: Notice, d: Decision) -> tuple[str, ...]:
    """Return the ids of the open questions that the rules used rest on, in the order of the steps."""
    found: dict[str, None] = {}
    for rule in _rules_used(notice, d):
        if rule is not None and rule.questions:
            found.update(dict.fromkeys(rule.questions))
    if d.benefit_rule is not None and d.benefit is None:
        found.update(dict.fromkeys(notice.benefit_rules.none_left))
    return tuple(found)


class Questioned(Protocol):
    """A rule that may rest on open questions."""

    @property
    def questions(self) -> tuple[str, ...]: ...


def _rules_used(notice: Notice, d: Decision) -> list[Questioned | None]:
    used: list[Questioned | None] = [d.refused_by, d.admitted_by, d.window, d.price_rule]
    if d.price_rule is not None:
        used += [notice.amounts.named(name) for name in d.price_rule.sum]
    used.append(d.no_subsidy_by)
    for s in d.subsidies:
        used += [s.rule, *roster_rules(s)]
    if d.unknown is not None:
        used.append(d.unknown[1])
    if d.subsidies and len(notice.subsidy_rules.sources(d.facts)) > 1:
        used += _set_aside(notice, d)
        used.append(notice.document.subsidies.stacking)
    if d.reasons == ("household_tier_mismatch",):
        used.append(notice.household)
    return [*used, d.paid_note, *(_of_wait(notice, d) if d.wait else ()), d.benefit_rule, *d.reminders]


def _of_wait(notice: Notice, d: Decision) -> list[Questioned | None]:
    if d.wait is None or notice.waiting_rules is None:
        return []
    repaired = d.wait.years or d.wait.repaired
    repair = notice.waiting_rules.repair if repaired or d.reasons == (NOT_POSSIBLE,) else None
    wait = d.wait
    lapsed = wait.exempt_by is None and wait.past.lapsed != 0
    counted = notice.waiting_rules.waiting if lapsed else None
    return [wait.exempt_by, counted, wait.rule if wait.applies else None, repair]


def _set_aside(notice: Notice, d: Decision) -> list[SubsidyRule]:
    """Return the rules without an amount that gave way to another status of the same person."""
    held, supplied = {status.code for status in d.facts.held}, d.facts.question.parameters
    return [
        rule
        for rule in notice.document.subsidies.rules
        if rule.yields
        and supplied.get(rule.amount.parameter or "") is None
        and any(entry.status in held for entry in rule.for_)
    ]


def roster_rules(s: Subsidy) -> list[Recognized | RosterRule | DividingDate]:
    """Return which recognitions this subsidy asks for, and the cut-off or dividing date that changed how it
    is paid, if any did."""
    roster, dividing = s.rule.roster, s.rule.dividing
    used: list[Recognized | RosterRule | DividingDate] = [s.rule.recognized] if s.rule.recognized else []
    if s.mechanism == s.rule.mechanism:
        return used
    if roster is not None and s.mechanism == roster.if_missed:
        return [*used, roster]
    return [*used, dividing] if dividing is not None and s.mechanism == dividing.mechanism else used
