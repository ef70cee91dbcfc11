"""Which lapsed years can be repaired, from when on there is cover by that, and until when it is possible."""

from datetime import date, datetime

import pytest

from libs.common.clock import SHANGHAI
from libs.common.events import DueSegment, RepairTerms, TierSchedule
from services.collection.matching.dividing import split
from services.collection.matching.rules import Line, Ordered, OrderLine
from services.collection.repairs.rules import RepairStanding, offers_repair, repairing

from .test_matching import due

OPENS, CLOSES = datetime(2029, 9, 1, tzinfo=SHANGHAI), datetime(2031, 1, 1, tzinfo=SHANGHAI)
NOW = datetime(2029, 11, 20, 10, tzinfo=SHANGHAI)
NOBODY = RepairStanding(1, 2030)


def terms(anchor="coverage_start", waits_from=date(2030, 1, 1), months=(5, 4, 3), **more):
    values = {"years": (2029, 2028), "each_fen": 48_000, "latest": "before_wait_ends", "clause": "五"} | more
    return RepairTerms(anchor=anchor, waits_from=waits_from, months=months, **values)


def owed(repair, **more):
    segment = DueSegment(
        from_at=OPENS, until_at=CLOSES, outcome="payable", window="main", price_fen=50_000,
        own_due_fen=50_000, repair=repair,
    )  # fmt: skip
    return due(schedule=(segment,), coverage_year=2030, **more)


def paid(*years, at=NOW):
    return RepairStanding(1, 2030, at, None, years)


class TestBeforeTheContribution:
    def test_every_year_is_left_and_each_brings_cover_a_month_closer(self):
        found = repairing(owed(terms()), NOBODY, NOW)
        assert (found.left, found.until) == ((2029, 2028), None)
        days = [found.cover_from(number, NOW.date()).isoformat() for number in range(3)]
        assert days == ["2030-06-01", "2030-05-01", "2030-04-01"]

    def test_nothing_is_offered_where_the_price_offers_nothing_or_the_enrollment_ended(self):
        assert repairing(owed(None), NOBODY, NOW) is None
        assert repairing(owed(terms(), state="cancelled"), NOBODY, NOW) is None

    def test_while_no_tier_is_chosen_the_tiers_say_it(self):
        offered = owed(terms()).schedule
        nothing = (DueSegment(from_at=OPENS, outcome="rejected", reason_codes=("tier_required",)),)
        open_tier = due(
            schedule=nothing, coverage_year=2030, choices=(TierSchedule(tier=1, schedule=offered),)
        )
        assert offers_repair(open_tier)
        assert repairing(open_tier, NOBODY, NOW).left == (2029, 2028)


class TestAfterIt:
    def test_until_the_day_on_which_the_wait_would_end_without_it(self):
        found = repairing(owed(terms()), paid(), NOW)
        assert (found.until, found.possible(date(2030, 5, 31))) == (date(2030, 6, 1), True)
        assert not found.possible(date(2030, 6, 1))

    def test_a_year_that_is_repaired_ends_the_wait_earlier_for_the_next(self):
        found = repairing(owed(terms()), paid(2029), NOW)
        assert (found.left, found.until) == ((2028,), date(2030, 5, 1))

    def test_on_a_day_only_as_many_as_still_shorten_the_wait_one_after_another(self):
        found = repairing(owed(terms()), paid(), NOW)
        days = (date(2030, 4, 30), date(2030, 5, 1), date(2030, 6, 1))
        assert [found.left_on(day) for day in days] == [(2029, 2028), (2029,), ()]

    def test_cover_never_begins_before_the_day_of_the_repair(self):
        found = repairing(owed(terms()), paid(), NOW)
        assert found.cover_from(1, date(2030, 5, 20)) == date(2030, 5, 20)
        assert found.cover_from(0, date(2030, 5, 20)) == date(2030, 6, 1)

    def test_nor_is_another_day_told_when_it_is_done(self):
        at = datetime(2030, 5, 20, 10, tzinfo=SHANGHAI)
        done = repairing(owed(terms()), RepairStanding(1, 2030, NOW, None, (2029,), at), at)
        assert done.cover_as_it_is(at.date()) == at.date()
        soon = repairing(owed(terms()), RepairStanding(1, 2030, NOW, None, (2029,), NOW), at)
        assert soon.cover_as_it_is(at.date()) == date(2030, 5, 1)

    def test_not_at_all_where_the_notice_wants_it_with_the_contribution_but_the_same_day(self):
        found = repairing(owed(terms(latest="with_contribution")), paid(), NOW)
        assert found.possible(NOW.date())
        assert not found.possible(date(2029, 11, 21))

    def test_of_years_that_history_took_away_since_none_is_left(self):
        found = repairing(owed(terms(years=(2029,), months=(4, 3))), paid(2029), NOW)
        assert (found.left, found.possible(NOW.date())) == ((), False)

    @pytest.mark.parametrize(
        "anchor, ends",
        [
            ("payment_day", date(2030, 7, 10)),
            ("day_after_payment", date(2030, 7, 11)),
            ("month_of_payment", date(2030, 7, 1)),
            ("month_after_payment", date(2030, 8, 1)),
        ],
    )
    def test_outside_the_window_the_wait_runs_from_the_day_of_the_contribution(self, anchor, ends):
        at = datetime(2030, 2, 10, 10, tzinfo=SHANGHAI)
        assert repairing(owed(terms(anchor=anchor, waits_from=None)), paid(at=at), at).until == ends

    def test_whom_help_covers_may_repair_at_the_terms_of_that_day(self):
        exempt = owed(terms(), state="exempt", exempt_at=NOW)
        assert repairing(exempt, NOBODY, NOW).completed_on == NOW.date()


def test_a_payment_for_an_order_falls_into_contributions_first_and_then_years():
    part = OrderLine(1, 2030, 50_000, None, repaired_years=(2029, 2028), repair_fen=96_000)
    later = OrderLine(2, 2030, 0, None, repaired_years=(2029,), repair_fen=48_000)
    order = Ordered("CB1", "youxi", 2030, "350426101203", 194_000, CLOSES, (part, later))
    base = Line(7, 1, "tax", "T1", 194_000, NOW, NOW, NOW)

    class Reported:
        items, doubt, order_no, amount_fen = (), None, "CB1", 194_000
        county, coverage_year, paid_at = "youxi", 2030, NOW

    lines = split(base, Reported(), [], order)
    assert [(one.line_no, one.person_id, one.repaired_year, one.amount_fen) for one in lines] == [
        (1, 1, None, 50_000), (3, 1, 2029, 48_000), (4, 1, 2028, 48_000), (5, 2, 2029, 48_000),
    ]  # fmt: skip
