"""Counts people of statuses: whom rosters list on a day, by unit, for each goal and each status."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from libs.common.clock import business_date
from libs.common.dates import instant_of
from libs.common.policy import Notice
from libs.common.policy.engine.goals import Group
from services.registration.progress.rules import Found, Held, Said
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


def groups_of(notice: Notice, found: Found, day: date) -> Groups:
    """Count who holds which status on a day, and is enrolled; each person once in a group."""
    goals = [goal for goal in notice.document.goals if goal.statuses]
    made, late = Groups(), _end_of_main(notice)
    for people in (*found.held, *_folded(found, day)):
        held = dict(_pair(one) for one in people.held)
        named = {
            goal.id: min(days)
            for goal in goals
            if (days := [held[status] for status in goal.statuses if status in held])
        }
        if people.unit is None:
            made.unplaced_people += people.people
            for name in (*held, *named):
                made.unplaced[name] += people.people
        elif people.enrolled or not people.dead:
            for groups, names in ((made.statuses, held), (made.goals, named)):
                for name, listed_on in names.items():
                    unit = groups[people.unit]
                    unit[name] = _with(unit[name], people, listed_on, late)
    return made


def _pair(held: str) -> tuple[str, date]:
    status, day = held.split(" ")
    return status, date.fromisoformat(day)


def _folded(found: Found, day: date) -> Iterator[Held]:
    """Those whom rosters name more than once with a status: what was said, folded into what holds."""
    places = {one.person_id: one for one in found.holders}
    for who, held in _holding(found.said, day).items():
        pairs = [f"{status} {listed_on}" for status, listed_on in held.items()]
        one = places.get(who) if isinstance(who, int) else None
        if one is None:
            yield Held(None, pairs, None, None, wrong=False, dead=False, people=1)
        else:
            yield Held(one.unit, pairs, one.enrolled, one.completed_at, one.wrong, one.dead, people=1)


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
    standing = next((version for version in history(said) if version.holds_on(day)), None)
    return standing.arrivals[0].listed_on if standing else None


def _with(group: Group, people: Held, listed_on: date, late: date | None) -> Group:
    newly = people.people if late is not None and listed_on > late else 0
    done_on = business_date(people.completed_at) if people.enrolled and people.completed_at else None
    in_month = done_on is not None and (done_on.year, done_on.month) <= (listed_on.year, listed_on.month)
    return Group(
        group.base + people.people,
        group.enrolled + (people.people if people.enrolled else 0),
        group.newly + newly,
        group.newly_in_month + (newly if in_month else 0),
        group.newly_wrong + (newly if people.wrong else 0),
    )


def _end_of_main(notice: Notice) -> date | None:
    """The last day of the main window: whoever is listed later is new."""
    ends = [window.to for window in notice.document.windows if window.kind == "main"]
    return business_date(instant_of(max(ends) - 1)) if ends else None
