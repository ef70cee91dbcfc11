"""Counts how far the season is: enrollments by township and state, beside the notice's own tasks."""

from collections.abc import Iterable

from libs.common.policy import Notice
from libs.common.policy.format.work_rules import TargetRow
from services.registration.enrollments.rules import STATES
from services.registration.reports.schemas import Progress, TownshipProgress
from services.registration.reports.store import Count


def progress(notice: Notice, counts: Iterable[Count]) -> Progress:
    """Arrange the counts beside the notice's targets; an empty township is shown, too."""
    targets = notice.targets
    rows = {row.division: row for row in targets.rows} if targets else {}
    found: dict[str, dict[str, int]] = {division: {} for division in rows}
    for count in counts:
        found.setdefault(count.township, {})[count.state] = count.people
    by_state = {state: sum(states.get(state, 0) for states in found.values()) for state in STATES}
    return Progress(
        county=notice.county,
        coverage_year=notice.year,
        enrollments=sum(by_state.values()),
        by_state=by_state,
        stated_total=targets.stated_total if targets else None,
        townships=[_township(division, found[division], rows.get(division)) for division in sorted(found)],
    )


def _township(division: str, states: dict[str, int], target: TargetRow | None) -> TownshipProgress:
    counted = TownshipProgress.model_validate({"division": division, **states})
    if target is None:
        return counted
    named = {"name": target.name.zh, "task": target.task, "population": target.population}
    return counted.model_copy(update=named)
