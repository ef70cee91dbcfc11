"""Counts how far the season is: enrollments by state and by the units of the notice's own tasks."""

from collections.abc import Iterable

from libs.common.policy import Notice
from libs.common.policy.format.work_rules import TargetRow
from services.registration.enrollments.rules import STATES
from services.registration.reports.schemas import Progress, UnitProgress, WorkFunds
from services.registration.reports.store import Count


def progress(notice: Notice, counts: Iterable[Count]) -> Progress:
    """Arrange the counts beside the notice's targets; an empty unit is shown, too."""
    targets = notice.targets
    rows = {row.division: row for row in targets.rows} if targets else {}
    found: dict[str, dict[str, int]] = {division: {} for division in rows}
    for count in counts:
        found.setdefault(count.unit, {})[count.state] = count.people
    by_state = {state: sum(states.get(state, 0) for states in found.values()) for state in STATES}
    return Progress(
        county=notice.county,
        coverage_year=notice.year,
        enrollments=sum(by_state.values()),
        by_state=by_state,
        stated_total=targets.stated_total if targets else None,
        work_funds=_funds(notice),
        units=[_unit(notice, division, found[division], rows.get(division)) for division in sorted(found)],
    )


def _funds(notice: Notice) -> WorkFunds | None:
    rule = notice.work_funds
    if rule is None:
        return None
    return WorkFunds(rule=rule.rule, clause=rule.clause, words=rule.label.en, words_zh=rule.label.zh)


def _unit(notice: Notice, division: str, states: dict[str, int], target: TargetRow | None) -> UnitProgress:
    counted = UnitProgress.model_validate({"division": division, **states})
    if target is None:
        return counted
    named: dict[str, object] = {"name": target.name.zh, "task": target.task, "population": target.population}
    by_completion = notice.work_funds is not None and notice.work_funds.rule == "by_completion"
    if by_completion and target.task:
        done = counted.paid + counted.exempt
        named["work_funds_percent"] = min(100 * done // target.task, 100)
    return counted.model_copy(update=named)
