"""Nobody is chased by two at once, nobody is kept for ever, and who owes nothing is left in peace."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from libs.common.clock import SHANGHAI
from libs.common.web.problems import Problem
from services.registration.chases.rules import Chase, Owing, Step, taken

NOW = datetime(2020, 11, 20, 9, 0, tzinfo=SHANGHAI)
OWING = Owing(state="assessed", reason=None, dead=False, chase=None)
TAKE = Step("take", NOW)
CONTACT = Step("contact", NOW, means="visit", outcome="promised")


def on(owing: Owing, step: Step, officer: str = "a", now: datetime | None = None) -> Chase:
    after = taken(owing, step, officer, now or step.at, stale_days=14)
    assert isinstance(after, Chase), after.to_json()
    return after


def refused(owing: Owing, step: Step, officer: str = "a", now: datetime | None = None) -> str:
    after = taken(owing, step, officer, now or step.at, stale_days=14)
    assert isinstance(after, Problem)
    return after.type.slug


def later(step: Step, days: int, **more) -> Step:
    return replace(step, at=step.at + timedelta(days=days), **more)


def test_who_takes_somebody_keeps_the_others_away():
    chase = on(OWING, TAKE)
    assert (chase.taken_by, chase.free_from) == ("a", date(2020, 12, 4))
    assert refused(replace(OWING, chase=chase), later(TAKE, 13), "b") == "chased-by-another"


def test_a_contact_takes_as_well_and_moves_the_day_on_which_others_may():
    first = on(OWING, CONTACT)
    again = on(replace(OWING, chase=first), later(CONTACT, 10, outcome="not_met"))
    assert again.taken_at == NOW
    assert again.last_outcome == "not_met"
    assert again.free_from == date(2020, 12, 14)


def test_is_free_when_nothing_has_happened_for_too_long():
    chase = on(OWING, TAKE)
    other = on(replace(OWING, chase=chase), later(CONTACT, 14), "b")
    assert (other.taken_by, other.last_contact_at) == ("b", NOW + timedelta(days=14))


def test_is_free_when_it_is_let_go_and_by_nobody_else():
    chase = on(OWING, TAKE)
    assert refused(replace(OWING, chase=chase), later(Step("release", NOW), 1), "b") == "chased-by-another"
    gone = on(replace(OWING, chase=chase), later(Step("release", NOW), 1))
    assert on(replace(OWING, chase=gone), later(TAKE, 1), "b").taken_by == "b"
    assert refused(replace(OWING, chase=gone), later(Step("release", NOW), 2)) == "chase-not-yours"


def test_a_promised_day_keeps_others_away_until_it_is_over():
    chase = on(OWING, replace(CONTACT, next_on=date(2020, 12, 20), next_step="再入户"))
    assert chase.free_from == date(2020, 12, 21)
    assert refused(replace(OWING, chase=chase), later(TAKE, 30), "b") == "chased-by-another"


def test_an_earlier_contact_that_is_typed_later_does_not_become_the_last():
    chase = on(OWING, CONTACT)
    same = on(replace(OWING, chase=chase), later(CONTACT, -3, outcome="not_met"), now=NOW)
    assert (same.last_contact_at, same.last_outcome, same.free_from) == (NOW, "promised", chase.free_from)


@pytest.mark.parametrize(
    "owing",
    [
        replace(OWING, state="paid"),
        replace(OWING, state="exempt"),
        replace(OWING, reason="employee_insurance"),
        replace(OWING, dead=True),
    ],
)
def test_who_owes_nothing_is_left_in_peace(owing):
    assert refused(owing, TAKE) == "nothing-to-chase"


@pytest.mark.parametrize("reason", ["refuses", "unreachable"])
def test_who_refuses_or_was_not_found_is_still_to_be_won(reason):
    assert on(replace(OWING, reason=reason), TAKE).taken_by == "a"


@pytest.mark.parametrize(
    "step",
    [
        Step("contact", NOW),
        replace(TAKE, means="phone"),
        Step("release", NOW, next_on=date(2020, 11, 21)),
        replace(CONTACT, next_on=date(2020, 11, 19)),
        replace(CONTACT, next_on=date(2020, 12, 22)),
    ],
)
def test_a_step_that_says_too_little_or_too_much_is_refused(step):
    assert refused(OWING, step) == "row-invalid"


def test_nothing_is_done_in_the_future():
    assert refused(OWING, later(TAKE, 1), now=NOW) == "row-invalid"
