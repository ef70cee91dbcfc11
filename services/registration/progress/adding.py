"""Puts a snapshot together from what the store found: figures of each unit, and their total."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.policy.engine.goals import Figures, Group, together
from libs.common.policy.format.work_rules import TargetRow
from services.registration.enrollments.rules import ACTIVE, COMPLETE, ENDED
from services.registration.progress.grouping import groups_of
from services.registration.progress.rules import Found, Snapshot, digits_of


def snapshot(notice: Notice, found: Found, as_of: datetime) -> Snapshot:
    """Put everything together that was known at an instant."""
    groups = groups_of(notice, found, digits_of(notice), business_date(as_of))
    rows = {row.division: row for row in notice.targets.rows} if notice.targets else {}
    counted = _Counted(found)
    units = {}
    for unit in sorted({*rows, *groups.units, *counted.units}):
        one = _with_row(counted.figures(unit), rows.get(unit), unit, counted.newest)
        units[unit] = replace(one, groups=groups.goals.get(unit, {}), statuses=groups.statuses.get(unit, {}))
    total = _total(notice, units.values(), counted.newest)
    total = replace(
        total,
        groups=_with_unplaced(total.groups, groups.unplaced),
        statuses=_with_unplaced(total.statuses, groups.unplaced),
    )
    return Snapshot(as_of, units, total, found.not_told, groups.unplaced_people)


class _Counted:
    """What was found, by unit."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._states = _by_unit((one.unit, one.state, one.people) for one in found.counts)
        self._sums = _by_unit(
            (one.unit, name, value)
            for one in found.counts
            for name, value in (("own_fen", one.own_fen), ("refunded", one.refunded))
        )
        self._help = _by_unit((one.unit, one.name, one.value) for one in found.help)
        self._numbers = _by_unit((one.unit, one.name, one.value) for one in found.numbers)
        #: (Division, kind) -> the newest figure that was entered.
        self.newest = {(one.division_code, one.kind): one.value for one in found.entered}
        self.units = {*self._states, *self._help, *self._numbers}

    def figures(self, unit: str) -> Figures:
        """What was counted of a unit."""
        states, sums, numbers = self._states[unit], self._sums[unit], self._numbers[unit]
        schools = self._found.has_schools
        return Figures(
            registered=sum(states[state] for state in ACTIVE),
            assessed=sum(states[state] for state in ("assessed", *COMPLETE)),
            paid=states["paid"],
            exempt=states["exempt"],
            ended=sum(states[state] for state in ENDED),
            refunded=sums["refunded"],
            elsewhere=numbers["elsewhere"],
            refusing=numbers["refusing"],
            own_fen=sums["own_fen"],
            wrong=numbers["wrong"],
            to_insure=numbers["to_insure"] if numbers["bases"] else None,
            school_listed=numbers["school_listed"] if schools else None,
            school_enrolled=numbers["school_enrolled"] if schools else None,
            help_fen=dict(self._help[unit]),
        )


def _with_row(
    one: Figures, row: TargetRow | None, unit: str, newest: Mapping[tuple[str, str], int]
) -> Figures:
    """With the task of the notice, and the population that was entered, or else the notice's."""
    return replace(
        one,
        task=row.task if row else None,
        population=newest.get((unit, "population"), row.population if row else None),
        employees=newest.get((unit, "employees")),
    )


def _by_unit(rows: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for unit, name, value in rows:
        found[unit][name] += value
    return found


def _total(notice: Notice, units: Iterable[Figures], newest: Mapping[tuple[str, str], int]) -> Figures:
    """The sum; a figure that was entered for the whole county stands before that of its parts."""
    county = notice.division.ljust(CODE_LENGTH, "0")
    summed = together(units)
    return replace(
        summed,
        population=newest.get((county, "population"), summed.population),
        employees=newest.get((county, "employees"), summed.employees),
    )


def _with_unplaced(groups: Mapping[str, Group], unplaced: Mapping[str, int]) -> dict[str, Group]:
    found = dict(groups)
    for name, people in unplaced.items():
        if name in found or people:
            group = found.get(name, Group())
            found[name] = replace(group, base=group.base + people)
    return found
