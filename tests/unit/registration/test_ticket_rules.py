"""What a notice locks after payment and until when, and which tickets are overdue."""

from datetime import date, datetime

import pytest

from libs.common.clock import SHANGHAI
from libs.common.policy import load_all
from services.registration.moves.rules import lock_of
from services.registration.tickets.rules import due_on, overdue_to, pay_from

NOTICES = load_all()
DONGAN = NOTICES[("dongan", 2020)]
#: As if the next notice of the county opened its windows on 1 September 2020.
WITH_NEXT = {**NOTICES, ("dongan", 2021): NOTICES[("huining", 2021)]}


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=SHANGHAI)  # type: ignore[arg-type]


class TestLockOf:
    def test_names_its_clause_and_year(self):
        locked = lock_of(NOTICES, "dongan", [2020], at(2019, 10, 1))
        assert locked is not None
        assert (locked.extensions["clause"], locked.extensions["coverage_year"]) == ("七(二)", 2020)

    @pytest.mark.parametrize(
        ("notices", "now", "locks"),
        [
            (NOTICES, at(2020, 12, 31, 23, 59, 59), True),
            (NOTICES, at(2021, 1, 1), False),
            (WITH_NEXT, at(2020, 8, 31, 23, 59, 59), True),
            (WITH_NEXT, at(2020, 9, 1), False),
        ],
    )
    def test_ends_with_the_year_or_when_the_next_season_begins(self, notices, now, locks):
        assert (lock_of(notices, "dongan", [2020], now) is not None) is locks

    @pytest.mark.parametrize(("county", "years"), [("youxi", [2020]), ("dongan", []), ("dongan", [2012])])
    def test_is_none_without_such_a_clause_or_payment(self, county, years):
        assert lock_of(NOTICES, county, years, at(2019, 10, 1)) is None


class TestDueOn:
    @pytest.mark.parametrize(
        ("reported", "due"),
        [
            (at(2019, 9, 30, 0, 0, 0), date(2019, 10, 10)),
            # the Saturday after the holiday is a workday
            (at(2019, 10, 9, 23, 59, 59), date(2019, 10, 12)),
            (at(2019, 10, 5), date(2019, 10, 10)),
        ],
    )
    def test_counts_workdays_after_the_day_of_the_report(self, reported, due):
        assert due_on(DONGAN, reported) == due

    def test_is_none_where_the_notice_sets_no_term(self):
        youxi = NOTICES[("youxi", 2020)]
        assert due_on(youxi, at(2019, 10, 8)) is None
        assert overdue_to(youxi, date(2019, 12, 1)) is None
        assert pay_from(youxi, at(2019, 10, 8)) is None


class TestOverdueTo:
    @pytest.mark.parametrize("today", [date(2019, 10, 8), date(2019, 10, 11), date(2020, 1, 2)])
    def test_parts_the_days_that_are_over_from_those_that_are_not(self, today):
        last = overdue_to(DONGAN, today)
        assert last is not None
        for day in range(1, 32):
            reported = at(2019, 10, day)
            assert (due_on(DONGAN, reported) < today) is (reported.date() <= last)

    def test_counts_nothing_whose_workdays_nobody_knows(self):
        assert overdue_to(DONGAN, date(2027, 6, 1)) == date(2026, 12, 28)
