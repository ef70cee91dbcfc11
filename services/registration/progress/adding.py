"""Puts a snapshot together from what the store found: figures of each unit, and their total."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from libs.common.policy.engine.goals import Figures, Group, together
from libs.common.policy.format.work_rules import TargetRow
from services.registration.enrollments.rules import ACTIVE, COMPLETE, ENDED
from services.registration.progress.grouping import groups_of
from services.registration.progress.rules import HELP, Found, Snapshot

#: Figures that are numbers as the store names them.
_AS_COUNTED = ("paid", "exempt", "refunded", "elsewhere", "refusing", "own_fen", "wrong")


def snapshot(notice: Notice, found: Found, as_of: datetime) -> Snapshot:
    """Put everything together that was known at an instant."""
    groups = groups_of(notice, found, business_date(as_of))
    rows = {row.division: row for row in notice.targets.rows} if notice.targets else {}
    counted = _Counted(found)
    units = {}
    for unit in sorted({*rows, *groups.units, *counted.units}):
        one = _with_row(counted.figures(unit), rows.get(unit), unit, counted.newest)
        units[unit] = replace(
            one, groups=dict(groups.goals.get(unit, {})), statuses=dict(groups.statuses.get(unit, {}))
        )
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
        self._has_schools, self._has_cards = found.has_schools, found.has_cards
        self._numbers: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for one in found.numbers:
            self._numbers[one.unit][one.name] += one.value
        #: (Division, kind) -> the newest figure that was entered.
        self.newest = {(one.division_code, one.kind): one.value for one in found.entered}
        self.units = set(self._numbers)

    def figures(self, unit: str) -> Figures:
        """What was counted of a unit."""
        numbers = self._numbers[unit]
        same: dict[str, Any] = {name: numbers[name] for name in _AS_COUNTED}
        return Figures(
            registered=sum(numbers[state] for state in ACTIVE),
            assessed=sum(numbers[state] for state in ("assessed", *COMPLETE)),
            ended=sum(numbers[state] for state in ENDED),
            **same,
            to_insure=numbers["to_insure"] if numbers["bases"] else None,
            school_listed=numbers["school_listed"] if self._has_schools else None,
            school_enrolled=numbers["school_enrolled"] if self._has_schools else None,
            with_card=numbers["with_card"] if self._has_cards else None,
            help_fen={name.removeprefix(HELP): fen for name, fen in numbers.items() if name.startswith(HELP)},
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
