"""Reports count whom an office of the notice's level counts, and say what work funds go by."""

import pytest

from libs.common.policy import load_all
from services.registration.progress.rules import digits_of
from services.registration.reports.counting import progress
from services.registration.reports.store import Count

NOTICES = load_all()


@pytest.mark.parametrize(
    ("notice", "digits"),
    [(("qingdao", 2027), 6), (("youxi", 2020), 9), (("dongan", 2020), 9), (("huilong", 2020), 12)],
)
def test_a_city_counts_counties_a_county_townships_and_a_township_villages(notice, digits):
    assert digits_of(NOTICES[notice]) == digits


def test_work_funds_that_go_by_completion_are_counted_by_it_and_no_more_than_whole():
    notice = NOTICES["youxi", 2020]
    first, second = notice.document.targets.rows[:2]
    counts = [
        Count(first.division, "paid", first.task // 4),
        Count(first.division, "exempt", first.task // 4),
        Count(second.division, "paid", 2 * second.task),
    ]
    shown = progress(notice, counts)
    earned = {unit.division: unit.work_funds_percent for unit in shown.units}
    assert (earned[first.division] in (49, 50), earned[second.division]) == (True, 100)
    assert shown.work_funds.rule == "by_completion"


def test_work_funds_that_go_by_score_are_earned_by_nobody_who_only_enrolls():
    notice = NOTICES["dongan", 2020]
    row = notice.document.targets.rows[0]
    shown = progress(notice, [Count(row.division, "paid", row.task)])
    assert {unit.work_funds_percent for unit in shown.units} == {None}
    assert shown.work_funds.rule == "by_score"
