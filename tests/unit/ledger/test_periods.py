"""In which month something is booked, and which month has its turn."""

from datetime import date

import pytest

from libs.common.testing.ledger_facts import on
from services.ledger.journal.rules import SUMMARIES
from services.ledger.periods.rules import (
    Month,
    NotInState,
    OutOfTurn,
    State,
    booked_in,
    check_close,
    check_reopen,
    months,
)
from services.ledger.postings.kinds import Kind

NOVEMBER, DECEMBER, JANUARY = date(2019, 11, 1), date(2019, 12, 1), date(2020, 1, 1)


class TestBookedIn:
    @pytest.mark.parametrize(
        ("happened", "shut_to", "month"),
        [
            ("2019-11-30T23:59:59", None, NOVEMBER),
            ("2019-12-01T00:00:00", NOVEMBER, DECEMBER),
            ("2019-11-30T23:59:59", NOVEMBER, DECEMBER),
            ("2018-02-01T00:00:00", DECEMBER, JANUARY),
        ],
    )
    def test_is_its_own_month_or_the_first_open_one(self, happened, shut_to, month):
        assert booked_in(on(happened), shut_to) == month


class TestOrder:
    def test_knows_every_month_whether_anything_was_booked_in_it_or_not(self):
        known = [Month(NOVEMBER, State.LOCKED)]
        assert months(NOVEMBER, known, JANUARY) == [
            Month(NOVEMBER, State.LOCKED), Month(DECEMBER, State.OPEN), Month(JANUARY, State.OPEN),
        ]  # fmt: skip
        assert months(None, [], JANUARY) == []

    def test_closes_the_first_and_reopens_the_last(self):
        both = [Month(NOVEMBER, State.LOCKED), Month(DECEMBER, State.LOCKED)]
        check_close(both, NOVEMBER)
        check_reopen(both, DECEMBER)
        with pytest.raises(OutOfTurn):
            check_close(both, DECEMBER)
        with pytest.raises(OutOfTurn):
            check_reopen(both, NOVEMBER)
        with pytest.raises(NotInState):
            check_reopen([Month(NOVEMBER, State.CLOSED)], NOVEMBER)


def test_every_kind_of_posting_has_words_for_accountants():
    assert SUMMARIES.keys() == set(Kind)
