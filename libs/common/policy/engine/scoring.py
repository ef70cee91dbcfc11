"""The score of a township by the formula of its notice, line by line, and its work funds."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from libs.common.policy.format.work_rules import Consequence, Score, ScoreItem

#: How a notice has percents that are not whole counted: none of them, so toward the threshold.
_ROUNDINGS = {"whole_points_toward_threshold": int}


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of an item: its percent, how many percents count from the threshold, and their points."""

    measure: str
    percent: Fraction
    away: int
    points: int


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What one item came to; no points while a measure of it is missing.

    `judged` are the points of a judge; where nobody judged, an item without a formula has all its points.
    """

    item: ScoreItem
    points: int | None
    measured: tuple[Measured, ...] = ()
    missing: tuple[str, ...] = ()
    judged: int | None = None
    incidents: int = 0


def score_lines(
    score: Score,
    percents: Mapping[str, Mapping[str, Fraction]],
    incidents: Mapping[str, int],
    judged: Mapping[str, int],
) -> list[ScoreLine]:
    """Score every item, none below 0.

    `percents` gives, by the id of the item, each measure in percent on the item's own day (exact fractions);
    `incidents` the number per item, `judged` the points a judge gave to an item without a formula.
    """
    return [
        _line(score, item, percents.get(item.id, {}), incidents.get(item.id, 0), judged.get(item.id))
        for item in score.items
    ]


def _line(
    score: Score, item: ScoreItem, percents: Mapping[str, Fraction], incidents: int, judged: int | None
) -> ScoreLine:
    missing = tuple(measure for measure in item.measures if measure not in percents)
    measured = tuple(
        _measured(score, item, measure, percents[measure]) for measure in item.measures if measure in percents
    )
    judged = None if item.full_at is not None else judged
    points = item.points if judged is None else judged
    points += sum(one.points for one in measured) - item.per_incident * incidents
    return ScoreLine(item, None if missing else max(points, 0), measured, missing, judged, incidents)


def _measured(score: Score, item: ScoreItem, measure: str, percent: Fraction) -> Measured:
    away = _ROUNDINGS[score.rounding](percent - (item.full_at or 0))
    return Measured(measure, percent, away, away * (item.up if away > 0 else item.down))


def fen_per_person(score: Score, total: int, *, task_met: bool) -> int:
    """What each enrolled person brings in fen for a total score; nothing where the task is missed."""
    money = score.money
    if money.needs_task_met and not task_met:
        return 0
    away = total - score.full
    return max(money.at_full + away * (money.per_point_up if away > 0 else money.per_point_down), 0)


def settled_by_completion_fen(budget_fen: int, enrolled: int, task: int) -> int:
    """A budget as far as the task is done, never more than it; parts of a fen are cut off."""
    return budget_fen * min(enrolled, task) // task


def places(totals: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Whose place is which, from the top and from the bottom; equals share one."""
    values = totals.values()
    return {
        unit: (1 + sum(other > total for other in values), 1 + sum(other < total for other in values))
        for unit, total in totals.items()
    }


def follow(score: Score, place: tuple[int, int], *, task_met: bool) -> list[Consequence]:
    """What follows from a place, counted from the top and from the bottom."""
    top, bottom = place
    return [
        one
        for one in score.consequences
        if (one.first is None or top <= one.first)
        and (one.last is None or bottom <= one.last)
        and one.task_met in (None, task_met)
    ]
