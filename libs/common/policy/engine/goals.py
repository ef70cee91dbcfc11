"""How far a township or village is, and whether the goals of its notice are met: figures in, shares out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import reduce
from typing import Literal

from libs.common.policy.format.work_rules import Goal

#: Why nobody can say a share.
Missing = Literal[
    "task_unknown", "population_unknown", "employees_unknown", "survey_missing", "lists_missing",
    "cards_unknown", "nobody",
]  # fmt: skip
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Group:
    """People of a status, or of several, each once, and how many of them are enrolled.

    `newly` were identified after the main window; of them `newly_in_month` are enrolled in the month in which
    they were listed, and of `newly_wrong` something was entered wrongly.
    """

    base: int = 0
    enrolled: int = 0
    newly: int = 0
    newly_in_month: int = 0
    newly_wrong: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of one unit, or of all together. None is: nobody told it.

    `registered` are all who are enrolled for the year and have not ended; `assessed`, `paid` and `exempt` are
    of them. `to_insure` is whom the survey found. `entered` people have data of which `wrong` errs.
    """

    registered: int = 0
    assessed: int = 0
    paid: int = 0
    exempt: int = 0
    ended: int = 0
    refunded: int = 0
    elsewhere: int = 0
    refusing: int = 0
    own_fen: int = 0
    wrong: int = 0
    task: int | None = None
    population: int | None = None
    employees: int | None = None
    to_insure: int | None = None
    school_listed: int | None = None
    school_enrolled: int | None = None
    with_card: int | None = None
    help_fen: Mapping[str, int] = field(default_factory=dict)
    #: By the id of a goal about statuses, and by status.
    groups: Mapping[str, Group] = field(default_factory=dict)
    statuses: Mapping[str, Group] = field(default_factory=dict)

    @property
    def enrolled(self) -> int:
        """Who is complete: has paid, or is exempt."""
        return self.paid + self.exempt


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, or why there is none."""

    part: int | None
    whole: int | None
    missing: Missing | None = None

    @property
    def percent(self) -> Fraction | None:
        """The share in percent, exactly."""
        if self.missing is not None or self.part is None or not self.whole:
            return None
        return Fraction(self.part * _HUNDRED, self.whole)


@dataclass(frozen=True, slots=True)
class Reached:
    """How a goal stands; `met` is None where nobody can say."""

    goal: Goal
    share: Share
    met: bool | None


def together(units: Iterable[Figures]) -> Figures:
    """Add figures up; what one unit does not tell, the sum does not tell either."""
    return reduce(_added, units, Figures(task=0, population=0, employees=0, to_insure=0, school_listed=0,
                                         school_enrolled=0, with_card=0))  # fmt: skip


def reached(goal: Goal, figures: Figures) -> Reached:
    """Hold figures against a goal, strictly or not as the notice says."""
    share = share_of(goal, figures)
    percent = share.percent
    if percent is None:
        return Reached(goal, share, None)
    asked = Fraction(goal.percent)
    return Reached(goal, share, percent > asked if goal.strict else percent >= asked)


def completion(figures: Figures) -> Share:
    """How much of the task is done."""
    return _share(figures.enrolled, figures.task, "task_unknown")


def entry_accuracy(figures: Figures) -> Share:
    """Of how many people nothing that was entered is known to be wrong."""
    return _share(figures.registered - figures.wrong, figures.registered, "nobody")


def share_of(goal: Goal, figures: Figures) -> Share:
    """What a goal measures."""
    if goal.measure == "task_completion":
        return completion(figures)
    if goal.measure == "entry_accuracy":
        return entry_accuracy(figures)
    if goal.measure == "entry_rate":
        return _share(figures.registered, figures.to_insure, "survey_missing")
    if goal.measure == "account_capture":
        return _share(figures.with_card, figures.enrolled, "cards_unknown")
    if goal.statuses:
        group = figures.groups.get(goal.id, Group())
        return _share(group.enrolled, group.base, "nobody")
    return enrollment_rate(figures, goal.over, with_employees=goal.with_employees)


def enrollment_rate(figures: Figures, over: str, *, with_employees: bool) -> Share:
    """The share of those who have to be insured that is."""
    if over == "survey_base":
        return _share(figures.enrolled, figures.to_insure, "survey_missing")
    if over == "school_lists":
        return _share(figures.school_enrolled, figures.school_listed, "lists_missing")
    if with_employees and figures.employees is None:
        return Share(None, figures.population, "employees_unknown")
    more = figures.employees or 0 if with_employees else 0
    return _share(figures.enrolled + more, figures.population, "population_unknown")


def measures(goals: Iterable[Goal], figures: Figures) -> dict[str, Fraction]:
    """Every measure that a score may ask for, in percent; what nobody can say is left out.

    `task_completion`, `enrollment_rate` (over what the notice's own goal for it says), `entry_accuracy`,
    `entry_rate`, `account_capture`; of each status `<status>_rate`, `newly_<status>_rate_in_month` and
    `newly_<status>_accuracy`. A status that nobody was newly found to have has 100 percent of nobody.
    """
    general = next((one for one in goals if one.measure == "enrollment_rate" and not one.statuses), None)
    found = {
        "task_completion": completion(figures),
        "enrollment_rate": enrollment_rate(
            figures,
            general.over if general else "population",
            with_employees=general is not None and general.with_employees,
        ),
        "entry_accuracy": entry_accuracy(figures),
        "entry_rate": _share(figures.registered, figures.to_insure, "survey_missing"),
        "account_capture": _share(figures.with_card, figures.enrolled, "cards_unknown"),
    }
    for status, group in figures.statuses.items():
        found[f"{status}_rate"] = _all_of(group.enrolled, group.base)
        found[f"newly_{status}_rate_in_month"] = _all_of(group.newly_in_month, group.newly)
        found[f"newly_{status}_accuracy"] = _all_of(group.newly - group.newly_wrong, group.newly)
    return {name: percent for name, share in found.items() if (percent := share.percent) is not None}


def _share(part: int | None, whole: int | None, missing: Missing) -> Share:
    if part is None or whole is None:
        return Share(part, whole, missing)
    return Share(part, whole, None if whole else "nobody")


def _all_of(part: int, whole: int) -> Share:
    """A share that is whole where there is nobody."""
    return Share(part, whole) if whole else Share(1, 1)


def _added(one: Figures, other: Figures) -> Figures:
    sums: dict[str, object] = {}
    for each in fields(Figures):
        left, right = getattr(one, each.name), getattr(other, each.name)
        if each.name == "help_fen":
            sums[each.name] = {name: left.get(name, 0) + right.get(name, 0) for name in {**left, **right}}
        elif each.name in ("groups", "statuses"):
            sums[each.name] = {
                name: _joined(left.get(name, Group()), right.get(name, Group())) for name in {**left, **right}
            }
        else:
            sums[each.name] = None if left is None or right is None else left + right
    return Figures(**sums)  # type: ignore[arg-type]


def _joined(one: Group, other: Group) -> Group:
    return Group(*(getattr(one, each.name) + getattr(other, each.name) for each in fields(Group)))
