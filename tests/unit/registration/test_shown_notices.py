"""What the API says of the rules of a notice is what they do."""

from datetime import date

from services.registration.notices.showing import Shown
from tests.unit.policy.test_operators import ELSEWHERE

SHOWN = Shown(ELSEWHERE, {})


def test_an_amount_that_is_yearly_is_said_to_be_with_its_rounding():
    prices = {one.id: one for one in SHOWN.prices()}
    assert prices["rest"].amount_fen == 40_000
    assert (prices["rest"].yearly.to, prices["rest"].yearly.how) == ("jiao", "nearest")
    assert (prices["full"].yearly, prices["full"].cover_tier) == (None, 2)


def test_help_without_a_status_is_not_left_out():
    (aged,) = SHOWN.help()
    assert (aged.id, aged.amount_fen, aged.only_for_zh) == ("aged", 20_000, "满70周岁")


def test_help_says_which_recognitions_bring_it():
    (marginal,) = next(one for one in SHOWN.statuses() if one.code == "marginal").help
    recognized = marginal.recognized
    assert (recognized.held_on, recognized.from_on, recognized.to_on) == (
        date(2023, 8, 31), date(2023, 9, 1), date(2023, 12, 31)
    )  # fmt: skip
