"""Where the model of random lives erred itself, with which the services are compared."""

from datetime import date, datetime

import pytest

from canbao.simulate.changes import Corrected
from canbao.simulate.histories import paint
from canbao.simulate.life import Decided, Delisted, Died, Life, Listed, Paid, Registered
from canbao.simulate.model import Model
from canbao.simulate.noticing import terms_of
from canbao.simulate.terms import SHANGHAI
from libs.common.policy import assess, load_all, parse_question

SINCE, LISTED = date(2017, 9, 13), date(2017, 10, 17)
AT = datetime(2017, 10, 17, 19, tzinfo=SHANGHAI)


def comes_to(life, born):
    """What the year of the only person of a life comes to."""
    notices = load_all()

    def ask(question):
        return assess(notices[life.county, life.year], parse_question(question), trace=False).as_dict()

    return Model(life, terms_of(notices)[life.county], {1: born}, ask).play()[1]


@pytest.mark.parametrize("reverse", [False, True])
def test_a_whole_list_with_one_of_two_numbers_of_a_person_has_the_person(reverse):
    first = Listed(datetime(2017, 10, 13, tzinfo=SHANGHAI), 1, "dibao", SINCE, SINCE, under="wrong number")
    missing = Delisted(AT, 1, "dibao", LISTED, LISTED, "wrong number")
    on_it = Listed(AT, 1, "dibao", SINCE, LISTED)
    said = [first, missing, on_it]

    assert date(2018, 6, 1) in paint(said[::-1] if reverse else said)


def test_who_died_had_paid_under_the_right_number_that_becomes_known_afterwards():
    told = [datetime(2019, 9, day, 10, tzinfo=SHANGHAI) for day in (1, 15, 29, 30)]
    life = Life(
        "dongan",
        2020,
        (
            Paid(told[0], 1, 5, told[0], 25_000),
            Registered(told[1], 1, household=1, under="wrong number"),
            Died(told[2], 1, date(2019, 9, 28)),
            Corrected(told[3], 1),
        ),
    )

    outcome = comes_to(life, date(1980, 6, 15))
    assert (outcome.state, outcome.cases) == ("paid", ["ground_gone"])


def test_money_for_a_number_that_nobody_has_stays_so_beside_money_that_counts():
    """Of a child that is known by its certificate: what was paid for the number is nobody's yet."""
    born, told = date(2020, 10, 22), [datetime(2020, 11, day, tzinfo=SHANGHAI) for day in (1, 2, 3)]
    steps = (
        Paid(told[0], 1, 1, told[0], 28_000, under="certificate"),
        Paid(told[1], 1, 2, told[1], 28_000),
        Registered(told[2], 1, household=1, under="certificate", born=born),
    )
    outcome = comes_to(Life("huining", 2021, steps), born)

    lines = [(line.state, line.reason) for line in outcome.lines]
    assert lines == [("applied", None), ("suspended", "unknown_person")]


def test_no_doubt_of_an_exemption_makes_money_count_that_was_paid_when_the_status_was_known():
    since, before = date(2020, 8, 26), date(2020, 8, 4)
    told = [datetime(2020, 9, day, 10, tzinfo=SHANGHAI) for day in (1, 3, 10, 17, 20, 21)]
    steps = (
        Listed(told[0], 1, "orphan", since, since),
        Delisted(told[1], 1, "orphan", before, before),
        Paid(told[2], 1, 5, told[2], 28_000),
        Registered(told[3], 1, household=1),
        Delisted(told[4], 1, "orphan", date(2020, 8, 11), date(2020, 9, 20)),
        Decided(told[5], 1, keeps=True),
    )
    outcome = comes_to(Life("huining", 2021, steps), date(1980, 6, 15))

    assert (outcome.state, [line.state for line in outcome.lines]) == ("exempt", ["suspended"])
