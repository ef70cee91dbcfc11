"""Numbers of paper: which follow each other, what is left when some move, and where they lie afterwards."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.collection.books.rules import (
    Holder,
    Numbers,
    Stretch,
    Wanted,
    cut,
    faults_of_form,
    less,
    numbers_of,
)

HANDED, MOVED = datetime(2020, 9, 6, tzinfo=UTC), datetime(2020, 11, 20, tzinfo=UTC)
BOOK = Stretch("甘A/4", 1, 100, "620422101201", 12, "held", HANDED, None, 3, 3)


@pytest.mark.parametrize(
    ("first", "last", "series"),
    [("00120001", "00120100", "/8"), ("甘A-0001", "甘A-0100", "甘A-/4"), ("2020B1", "2020B9", "2020B/1")],
)
def test_follow_each_other_in_their_last_digits_and_are_printed_as_they_were(first, last, series):
    numbers = numbers_of(first, last)
    assert (numbers.series, numbers.first_no, numbers.last_no) == (series, first, last)


@pytest.mark.parametrize(
    ("first", "last"),
    [("0002", "0001"), ("A01", "B02"), ("01", "002"), ("甲", "乙"), ("1" * 19, "1" * 19), ("01a", "02a")],
)
def test_that_do_not_follow_each_other_are_none(first, last):
    assert numbers_of(first, last) is None


ranges = st.lists(st.tuples(st.integers(1, 110), st.integers(0, 20)), max_size=4)


@given(ranges)
def test_what_is_left_and_what_was_taken_are_the_whole(pairs):
    parts = [Numbers("甘A/4", first, first + more) for first, more in pairs]
    left = [n for one in less(BOOK, parts) for n in range(one.first_serial, one.last_serial + 1)]
    taken = {n for one in parts for n in range(one.first_serial, one.last_serial + 1)}
    assert left == [n for n in range(1, 101) if n not in taken]


def test_that_move_leave_the_rest_as_it_was_and_end_where_they_were():
    to = Holder("620422101000")
    wanted = Wanted("returned", Numbers("甘A/4", 41, 60), MOVED, to)
    found = cut(BOOK, [(9, wanted)])
    told = {
        (one.first_serial, one.last_serial, one.collector_id, one.from_at, one.until_at, one.book_id)
        for one in found
    }
    assert told == {
        (1, 40, 12, HANDED, None, 3),
        (61, 100, 12, HANDED, None, 3),
        (41, 60, 12, HANDED, MOVED, 3),
        (41, 60, None, MOVED, None, 9),
    }


def test_that_are_declared_stay_in_the_book_they_came_in():
    (*_, void) = cut(BOOK, [(9, Wanted("void", Numbers("甘A/4", 7, 7), MOVED))])
    assert (void.state, void.holder, void.book_id, void.move_id) == ("void", BOOK.holder, 3, 9)


@pytest.mark.parametrize(
    ("to", "pointer"),
    [(Holder("620422101201", 12), "#/collector_id"), (Holder("620422101000", None), "#/division_code")],
)
def test_whom_paper_that_stays_is_said_to_go_to_is_named_as_it_was_sent(to, pointer):
    (fault,) = faults_of_form("void", Numbers("", 1, 1), to, "填写错误", "huining")
    assert fault.pointer == pointer
