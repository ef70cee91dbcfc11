"""The score of a township by the formula of its notice, and its work funds (Dong'an 2020, 附2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from libs.common.policy.format.work_rules import Score, ScoreItem


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What one item came to."""

    item: ScoreItem
    points: int


def score_lines(
    score: Score, percents: Mapping[str, Fraction], incidents: Mapping[str, int], judged: Mapping[str, int]
) -> list[ScoreLine]:
    """Score every item.

    `percents` gives each measure in percent (exact fractions), `incidents` the number per item id, `judged`
    the points a judge gave to an item without a formula. Whole percents count, cut off toward the threshold;
    no item falls below 0. Raises KeyError when a measure is missing.
    """
    return [ScoreLine(item, _points(item, percents, incidents, judged)) for item in score.items]


def _points(
    item: ScoreItem, percents: Mapping[str, Fraction], incidents: Mapping[str, int], judged: Mapping[str, int]
) -> int:
    points = judged.get(item.id, item.points) if item.full_at is None else item.points
    for measure in item.measures:
        away = int(Fraction(percents[measure]) - (item.full_at or 0))
        points += away * (item.up if away > 0 else item.down)
    return max(points - item.per_incident * incidents.get(item.id, 0), 0)


def work_funds_fen(score: Score, total: int, enrolled: int, task_met: bool) -> int:
    """Return the work funds in fen for a total score and the enrolled people; 0 when the task is missed."""
    money = score.money
    if money.needs_task_met and not task_met:
        return 0
    away = total - score.full
    rate = money.at_full + away * (money.per_point_up if away > 0 else money.per_point_down)
    return max(rate, 0) * enrolled
