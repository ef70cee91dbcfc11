"""Counts how far the season is: enrollments by state and by the units of the notice's own tasks."""

from collections.abc import Iterable

from libs.common.policy import Notice
from libs.common.policy.format.work_rules import TargetRow
from services.registration.enrollments.rules import STATES
from services.registration.reports.schemas import Progress, UnitProgress
from services.registration.reports.store import Count


def digits_of_units(notice: Notice) -> int:
    """How much of a division code names a unit: the notice sets its tasks for townships, or for villages."""
    rows = notice.targets.rows if notice.targets else ()
    return 12 if any(not row.division.endswith("000") for row in rows) else 9


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
        units=[_unit(division, found[division], rows.get(division)) for division in sorted(found)],
    )


def _unit(division: str, states: dict[str, int], target: TargetRow | None) -> UnitProgress:
    counted = UnitProgress.model_validate({"division": division, **states})
    if target is None:
        return counted
    named = {"name": target.name.zh, "task": target.task, "population": target.population}
    return counted.model_copy(update=named)
