"""Which id goes on when two records are one person, and which enrollment of a year stands."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from typing import ClassVar

import pytest

from services.registration.merges.rules import (
    Enrolled,
    Happened,
    Pair,
    Record,
    known_of,
    known_since,
    owners,
    years_of_both,
)

NOVEMBER, DECEMBER = (datetime(2019, month, 5, tzinfo=UTC) for month in (11, 12))


def record(person_id, division_code="350426101203"):
    return Record(person_id, "youxi", 10 + person_id, division_code, "张三", date(1980, 6, 15))


def enrolled(number, state="assessed", completed_at=None, year=2020, person_id=None):
    return Enrolled(
        id=number,
        person_id=person_id or number,
        county="youxi",
        coverage_year=year,
        division_code="350426101203",
        household_id=1,
        state=state,
        tier=None,
        completed_at=completed_at,
        paid_fen=None,
        contest_no=0,
        contested=None,
    )


class TestThePair:
    @pytest.mark.parametrize("right", [4, 9])
    def test_goes_on_with_the_id_that_was_given_first_whichever_is_right(self, right):
        pair = Pair(record(right), record(13 - right))
        assert (pair.survivor, pair.merged) == (4, 9)

    @pytest.mark.parametrize(
        ("other", "lowest"),
        [
            ("350426101203", "350426101203"),
            ("350426101204", "350426101000"),
            ("350426102201", "350426000000"),
            ("350427101203", "350400000000"),
            ("431122101201", "000000000000"),
        ],
    )
    def test_belongs_to_the_lowest_division_that_has_both(self, other, lowest):
        assert Pair(record(1), record(2, other)).division_code == lowest


class TestAYearOfBoth:
    @pytest.mark.parametrize(
        ("stands", "ends"),
        [
            (enrolled(2, "paid", NOVEMBER), enrolled(1)),
            (enrolled(2, "exempt", NOVEMBER), enrolled(1, "paid", DECEMBER)),
            (enrolled(2, "paid", NOVEMBER), enrolled(1, "paid", DECEMBER)),
            (enrolled(1, "paid", NOVEMBER), enrolled(2, "paid", NOVEMBER)),
            (enrolled(1), enrolled(2, "registered")),
            (enrolled(2), enrolled(1, "cancelled")),
            (enrolled(2, "withdrawn", NOVEMBER), enrolled(1)),
            (enrolled(2, "paid", DECEMBER), enrolled(1, "withdrawn", NOVEMBER)),
            (enrolled(2, "withdrawn", NOVEMBER), enrolled(1, "cancelled")),
        ],
    )
    def test_has_the_complete_one_then_what_an_officer_ended_then_the_older(self, stands, ends):
        for order in permutations((stands, ends)):
            (year,) = years_of_both(order)
            assert (year.stands, year.ends) == (stands, ends)

    def test_is_decided_year_by_year(self):
        first, second = enrolled(1, "paid", NOVEMBER), enrolled(2)
        later = [replace(first, id=3, coverage_year=2021), replace(second, id=4, coverage_year=2022)]
        both = years_of_both([first, second, *later])
        assert [(year.stands.id, year.ends.id) for year in both] == [(1, 2)]
        assert owners([first, second, *later], both) == {2020: 1, 2021: 1, 2022: 2}


class TestOfWhichRecordWasKnownWhatDecided:
    @pytest.mark.parametrize("right", [1, 2])
    @pytest.mark.parametrize(
        ("enrollments", "known"),
        [
            ([enrolled(1), enrolled(2)], 1),
            ([enrolled(1), enrolled(2, "paid", NOVEMBER)], 2),
            ([enrolled(1, "paid", NOVEMBER), enrolled(2, year=2021)], 1),
            ([enrolled(1, "paid", NOVEMBER), enrolled(2, "exempt", DECEMBER, 2021)], 2),
            ([enrolled(1, "cancelled"), enrolled(2)], 2),
        ],
    )
    def test_is_the_one_whose_enrollment_stands_the_complete_one_before_the_newest(
        self, right, enrollments, known
    ):
        pair = Pair(record(right), record(3 - right))
        assert known_of(pair, enrollments, years_of_both(enrollments)) == known

    def test_is_the_right_one_where_neither_is_enrolled(self):
        assert known_of(Pair(record(2), record(1)), [], []) == 2


class TestSinceWhenItIsKnownWhatHappened:
    OWNERS: ClassVar[dict[int, int]] = {2020: 1, 2021: 2}

    def known(self, of: int, in_years: dict[str, str] | None = None) -> tuple[datetime, dict[str, str]]:
        """After a merge in December by which record 2 goes on, of what was told in November."""
        told = known_since(Happened(7, of, NOVEMBER, in_years), self.OWNERS, 2, DECEMBER)
        return told.known_at, dict(told.known_in_years or {})

    def test_to_the_record_that_goes_on_is_news_in_the_years_of_the_other(self):
        assert self.known(of=2) == (NOVEMBER, {"2020": DECEMBER.isoformat()})

    def test_to_the_other_record_is_news_but_in_its_own_years(self):
        assert self.known(of=1) == (DECEMBER, {"2020": NOVEMBER.isoformat()})

    def test_stays_as_an_earlier_merge_left_it_in_the_years_of_its_record(self):
        october = datetime(2019, 10, 1, tzinfo=NOVEMBER.tzinfo).isoformat()
        assert self.known(of=1, in_years={"2020": october})[1] == {"2020": october}
        assert self.known(of=1, in_years={"2021": october})[1] == {"2020": NOVEMBER.isoformat()}
