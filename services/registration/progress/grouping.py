"""Counts people of statuses: whom rosters list on a day, by unit, for each goal and each status."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from libs.common.clock import business_date
from libs.common.dates import instant_of
from libs.common.policy import Notice
from libs.common.policy.engine.goals import Group
from services.registration.enrollments.rules import COMPLETE
from services.registration.progress.rules import Found, Holder, Said, unit_of
from services.registration.statuses.rules import history

_ByUnit = dict[str, dict[str, Group]]


class Groups:
    """People of statuses by unit: of each goal that names some, and of each status.

    `unplaced` is whom rosters list and nobody registered, by goal and status; `unplaced_people` each once.
    """

    def __init__(self) -> None:
        self.goals: _ByUnit = defaultdict(lambda: defaultdict(Group))
        self.statuses: _ByUnit = defaultdict(lambda: defaultdict(Group))
        self.unplaced: dict[str, int] = defaultdict(int)
        self.unplaced_people = 0

    @property
    def units(self) -> set[str]:
        """The units that have any."""
        return set(self.statuses)


def groups_of(notice: Notice, found: Found, digits: int, day: date) -> Groups:
    """Count who holds which status on a day, and is enrolled; each person once in a group."""
    late = _end_of_main(notice)
    goals = [goal for goal in notice.document.goals if goal.statuses]
    places = {one.person_id: one for one in found.holders}
    made = Groups()
    for who, held in _holding(found.said, day).items():
        own = {
            goal.id: min(listed) for goal in goals
            if (listed := [held[status] for status in goal.statuses if status in held])
        }  # fmt: skip
        holder = places.get(who) if isinstance(who, int) else None
        if holder is None:
            made.unplaced_people += 1
            for name in (*held, *own):
                made.unplaced[name] += 1
        elif not holder.dead or holder.state in COMPLETE:
            unit = unit_of(holder.division_code, digits)
            for status, listed_on in held.items():
                made.statuses[unit][status] = _with(made.statuses[unit][status], holder, listed_on, late)
            for goal, listed_on in own.items():
                made.goals[unit][goal] = _with(made.goals[unit][goal], holder, listed_on, late)
    return made


def _holding(said: Sequence[Said], day: date) -> dict[object, dict[str, date]]:
    """Person (or number) -> each status that holds on a day, and since when it is listed."""
    by_status: dict[tuple[object, str], list[Said]] = defaultdict(list)
    for one in said:
        by_status[one.person_id or one.number_digest, one.status].append(one)
    holding: dict[object, dict[str, date]] = defaultdict(dict)
    for (who, status), statements in by_status.items():
        listed_on = _listed(statements, day)
        if listed_on is not None:
            holding[who][status] = listed_on
    return holding


def _listed(said: Sequence[Said], day: date) -> date | None:
    """Since when a status that holds on a day is listed; None where it does not hold."""
    if len(said) == 1:
        (one,) = said
        holds = one.said == "add" and one.effective_on <= day
        return one.listed_on if holds and (one.ended_on is None or day < one.ended_on) else None
    standing = next((version for version in history(said) if version.holds_on(day)), None)
    return standing.arrivals[0].listed_on if standing else None


def _with(group: Group, holder: Holder, listed_on: date, late: date | None) -> Group:
    enrolled = holder.state in COMPLETE
    newly = late is not None and listed_on > late
    completed_on = business_date(holder.completed_at) if enrolled and holder.completed_at else None
    in_month = completed_on is not None and (completed_on.year, completed_on.month) <= (
        listed_on.year,
        listed_on.month,
    )
    return Group(
        group.base + 1,
        group.enrolled + enrolled,
        group.newly + newly,
        group.newly_in_month + (newly and in_month),
        group.newly_wrong + (newly and holder.wrong),
    )


def _end_of_main(notice: Notice) -> date | None:
    """The last day of the main window: whoever is listed later is new."""
    ends = [window.to for window in notice.document.windows if window.kind == "main"]
    return business_date(instant_of(max(ends) - 1)) if ends else None
