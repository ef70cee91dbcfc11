"""Dong'an 2020, annex 2: points and money."""

from fractions import Fraction

import pytest

from libs.common.policy import load_all
from libs.common.policy.engine.scoring import (
    fen_per_person,
    follow,
    places,
    score_lines,
    settled_by_completion_fen,
)

SCORE = load_all()["dongan", 2020].score
FULL = {
    "enrollment_rate": Fraction(95),
    "entry_accuracy": Fraction(100),
    "registered_poor_rate": Fraction(100),
    "newly_registered_poor_rate_in_month": Fraction(100),
    "newly_registered_poor_accuracy": Fraction(100),
}


def percents(**changed):
    return {item.id: {**FULL, **changed} for item in SCORE.items}


def total(**changed) -> int:
    return sum(line.points for line in score_lines(SCORE, percents(**changed), {}, {}))


class TestScore:
    def test_the_example_of_97_percent_and_99_percent_accuracy_is_101(self):
        assert total(enrollment_rate=Fraction(97), entry_accuracy=Fraction(99)) == 101

    @pytest.mark.parametrize(
        ("rate", "points"), [("95", 100), ("95.99", 100), ("96", 101), ("94.01", 100), ("94", 99), ("50", 60)]
    )
    def test_counts_whole_percents_toward_95(self, rate, points):
        assert total(enrollment_rate=Fraction(rate)) == max(points, 60)

    def test_takes_two_points_for_each_percent_of_the_poor(self):
        assert total(registered_poor_rate=Fraction(97), newly_registered_poor_accuracy=Fraction(99)) == 92

    def test_never_falls_below_nothing(self):
        assert total(registered_poor_rate=Fraction(10)) == 60

    def test_takes_two_points_for_each_incident(self):
        lines = score_lines(SCORE, percents(), {"2.4": 3}, {"2.4": 9})
        assert lines[-1].points == 3


class TestWorkFunds:
    @pytest.mark.parametrize(("points", "fen"), [(100, 100), (101, 110), (99, 99), (90, 90)])
    def test_pays_by_point(self, points, fen):
        assert fen_per_person(SCORE, points, task_met=True) == fen

    def test_pays_nothing_when_the_task_is_missed(self):
        assert fen_per_person(SCORE, 105, task_met=False) == 0


class TestByCompletion:
    @pytest.mark.parametrize(("enrolled", "fen"), [(0, 0), (1, 33), (2, 66), (3, 100), (4, 100)])
    def test_pays_as_far_as_the_task_is_done_and_never_more(self, enrolled, fen):
        assert settled_by_completion_fen(100, enrolled, 3) == fen


class TestPlaces:
    def test_are_shared_by_equals_from_both_ends(self):
        assert places({"a": 101, "b": 100, "c": 100, "d": 90}) == {
            "a": (1, 4), "b": (2, 2), "c": (2, 2), "d": (4, 1),
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("place", "met", "clauses"),
        [
            ((1, 16), True, ["附2四1"]),
            ((3, 14), False, []),
            ((4, 13), True, []),
            ((16, 1), True, []),
            ((16, 1), False, ["附2四2"]),
        ],
    )
    def test_have_the_consequences_of_the_notice(self, place, met, clauses):
        assert [one.clause for one in follow(SCORE, place, task_met=met)] == clauses
