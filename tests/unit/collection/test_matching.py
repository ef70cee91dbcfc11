"""Where money goes, as pure decisions."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.clock import SHANGHAI
from libs.common.events import DueSegment
from libs.common.events.envelope import TierSchedule
from services.collection.channels.port import ReportedItem, ReportedPayment
from services.collection.decisions.rules import Judging
from services.collection.dues.rules import Due, ExemptBefore, FoundDue, Stated, owed_fen, segment_at
from services.collection.fitting.rules import Reason, judge
from services.collection.matching.dividing import split
from services.collection.matching.rules import (
    Dues,
    Line,
    Named,
    Ordered,
    OrderLine,
    PersonYear,
)

OPENS = datetime(2019, 9, 1, tzinfo=SHANGHAI)
CLOSES = datetime(2020, 3, 1, tzinfo=SHANGHAI)
PAID = datetime(2019, 11, 20, 10, tzinfo=SHANGHAI)


def segment(**changes) -> DueSegment:
    values = {
        "from_at": OPENS, "until_at": CLOSES, "outcome": "payable", "window": "main", "price_fen": 25000,
        "own_due_fen": 25000,
    }  # fmt: skip
    return DueSegment(**(values | changes))


def due(person: int = 1, **changes) -> Due:
    values = {
        "enrollment_id": 100 + person, "assessment_id": 1, "person_id": person, "household_id": 1,
        "county": "youxi", "coverage_year": 2020, "division_code": "350426101203",
        "name_digest": f"n{person}", "masked_name": "林*", "state": "open", "schedule": (segment(),),
    }  # fmt: skip
    return Due(**(values | changes))


def line(person: int = 1, **changes) -> Line:
    values = {
        "payment_id": 1, "line_no": 1, "channel": "tax", "transaction_no": "T1", "amount_fen": 25000,
        "paid_at": PAID, "received_at": PAID, "occurred_at": PAID, "county": "youxi", "coverage_year": 2020,
        "named": Named(f"d{person}", f"n{person}", None, None),
    }  # fmt: skip
    return Line(**(values | changes))


def reason_of(given_line: Line, *dues: Due, paid=()) -> Reason | None:
    found = Dues(FoundDue(f"d{one.person_id}", one) for one in dues)
    (decision,) = Judging(found, [PersonYear(*one) for one in paid]).decide([given_line])
    return decision.verdict.reason


class TestSegmentAt:
    def test_the_first_instant_belongs_to_a_segment_and_the_last_does_not(self):
        assert segment_at((segment(),), OPENS) is not None
        assert segment_at((segment(),), CLOSES - timedelta(microseconds=1)) is not None
        assert segment_at((segment(),), CLOSES) is None
        assert segment_at((segment(),), OPENS - timedelta(microseconds=1)) is None

    def test_owed_is_own_part_and_add_ons_where_something_can_be_paid(self):
        assert owed_fen(segment(own_due_fen=7000, add_on_due_fen=3000)) == 10000
        assert owed_fen(segment(outcome="rejected", reason_codes=("window_closed",))) == 0
        assert owed_fen(segment(outcome="exempt", own_due_fen=0, add_on_due_fen=3000)) == 3000
        assert owed_fen(None) == 0


class TestJudge:
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({}, None),
            ({"state": "cancelled"}, Reason.NOT_PAYABLE),
            ({"schedule": ()}, Reason.OUTSIDE_WINDOW),
            (
                {"schedule": (segment(outcome="rejected", reason_codes=("window_closed",)),)},
                Reason.OUTSIDE_WINDOW,
            ),
            ({"schedule": (segment(outcome="rejected", reason_codes=("in_service",)),)}, Reason.NOT_PAYABLE),
            ({"schedule": (segment(outcome="blocked", own_due_fen=None),)}, Reason.NOT_PAYABLE),
            ({"schedule": (segment(outcome="exempt", own_due_fen=0),)}, Reason.NOT_PAYABLE),
            ({"schedule": (segment(own_due_fen=24999),)}, Reason.WRONG_AMOUNT),
        ],
    )
    def test_names_the_first_thing_in_the_way(self, changes, reason):
        assert judge(due(**changes), 25000, PAID, paid=False).reason == reason

    def test_paid_comes_before_everything_about_when_and_how_much(self):
        assert judge(due(schedule=()), 1, PAID, paid=True).reason == Reason.ALREADY_PAID

    @pytest.mark.parametrize(
        ("household_tier", "reason"),
        [(None, Reason.NOT_PAYABLE), (1, Reason.NOT_PAYABLE), (2, Reason.WRONG_AMOUNT)],
    )
    def test_names_what_is_wrong_by_the_tier_that_the_household_has(self, household_tier, reason):
        """On the first tier this person owes nothing, on the second 375."""
        free, dear = segment(outcome="exempt", own_due_fen=0), segment(own_due_fen=37500)
        none = segment(outcome="rejected", window=None, price_fen=None, reason_codes=("tier_required",))
        choices = (TierSchedule(tier=1, schedule=(free,)), TierSchedule(tier=2, schedule=(dear,)))
        of_two = due(schedule=(none,), choices=choices)
        verdict = judge(of_two, 12500, PAID, paid=False, household_tier=household_tier)
        assert verdict.reason == reason


class TestDecide:
    def test_who_comes_before_all_else(self):
        assert reason_of(line(2), due(1)) == Reason.UNKNOWN_PERSON
        assert reason_of(line(named=Named(None, "n1", None, None)), due()) == Reason.UNKNOWN_PERSON
        assert reason_of(line(county="huining"), due()) == Reason.UNKNOWN_PERSON
        assert reason_of(line(coverage_year=2021), due()) == Reason.WRONG_YEAR
        assert reason_of(line(named=Named("d1", "n2", None, None)), due()) == Reason.NAME_MISMATCH

    @pytest.mark.parametrize(
        ("ended_after", "reason"), [(timedelta(days=30), Reason.ALREADY_EXEMPT), (timedelta(days=-1), None)]
    )
    def test_an_exemption_that_another_roster_took_over_was_known_all_the_time(self, ended_after, reason):
        known = PAID + timedelta(days=30)
        first = Stated(1, 1, OPENS, (segment(),))
        taken_over = Stated(2, 2, OPENS + timedelta(days=1), (segment(),))
        helped = due(
            **{"state": "exempt", "exempt_at": OPENS, "exempt_assessment_id": 3, "assessment_id": 3},
            revision=3, assessed_at=known, earlier=(first, taken_over),
            exempted_before=(ExemptBefore(2, PAID + ended_after),),
        )  # fmt: skip
        assert reason_of(line(), helped) == reason

    def test_money_of_before_an_exemption_was_known_is_judged_by_what_was_known_first(self):
        known = PAID + timedelta(days=30)
        helped = due(
            **{"state": "exempt", "exempt_at": OPENS, "exempt_assessment_id": 3, "assessment_id": 3},
            revision=3, assessed_at=known, schedule=(segment(outcome="exempt", own_due_fen=0),),
            earlier=(Stated(2, 2, PAID + timedelta(days=1), (segment(),)),),
            exempted_before=(ExemptBefore(2, known),),
        )  # fmt: skip
        assert reason_of(line(), helped) is None

    def test_a_name_held_until_it_was_corrected_whatever_is_dated_back_since(self):
        earlier = (
            Stated(1, 1, OPENS, (segment(),), name_digest="was"),
            Stated(2, 2, PAID + timedelta(days=2), (segment(),), name_digest="n1"),
        )
        # The tier that the household had chosen before was told last.
        named = due(assessment_id=3, revision=3, assessed_at=OPENS + timedelta(days=1), earlier=earlier)
        was = Named("d1", "was", None, None)
        assert reason_of(line(named=was), named) is None
        late = PAID + timedelta(days=2)
        assert reason_of(line(named=was, paid_at=late), named) == Reason.NAME_MISMATCH
        assert reason_of(line(paid_at=late), named) is None

    def test_of_several_enrollments_the_one_that_stands_is_meant(self):
        gone = due(enrollment_id=999, state="cancelled")
        assert reason_of(line(), gone, due()) is None
        assert reason_of(line(), due(), gone) is None

    def test_a_year_paid_through_another_enrollment_is_paid(self):
        assert reason_of(line(), due(), paid=[(2020, 1)]) == Reason.ALREADY_PAID
        assert reason_of(line(), due(), paid=[(2019, 1)]) is None

    def test_an_expired_order_is_the_reason_only_where_it_explains_something(self):
        lapsed = {"order_lapsed": True, "named": Named(None, None, None, None), "person_id": 1}
        assert reason_of(line(**lapsed), due()) is None
        assert reason_of(line(**lapsed, amount_fen=1), due()) == Reason.ORDER_EXPIRED
        assert reason_of(line(**lapsed), due(), paid=[(2020, 1)]) == Reason.ALREADY_PAID

    @given(st.lists(st.integers(1, 3), min_size=1, max_size=12))
    def test_nobody_is_applied_twice_and_every_line_is_decided(self, people):
        lines = [line(person, payment_id=number) for number, person in enumerate(people)]
        decisions = Judging(Dues(FoundDue(f"d{p}", due(p)) for p in (1, 2, 3)), []).decide(lines)
        applied = [d.due.person_id for d in decisions if d.verdict.segment is not None]
        assert sorted(applied) == sorted(set(people))
        assert all((d.verdict.segment is None) != (d.verdict.reason is None) for d in decisions)


class TestSplit:
    named = (Named("d1", "n1", "3504**", "林*"), Named("d2", "n2", "3504**", "林*"))
    parts = (OrderLine(1, 2020, 25000, "林*"), OrderLine(2, 2020, 25000, "林*"))
    order = Ordered("O1", "youxi", 2020, "350426", 50000, PAID, parts)

    def reported(self, *amounts: int, total: int | None = None, **changes) -> ReportedPayment:
        items = tuple(ReportedItem(str(n), "x", amount) for n, amount in enumerate(amounts))
        total = sum(amounts) if total is None else total
        return ReportedPayment("T1", PAID, total, county="youxi", coverage_year=2020, items=items, **changes)

    def test_the_first_line_of_a_part_has_the_number_of_the_part_and_years_come_behind(self):
        items = (
            ReportedItem("0", "x", 90, repaired_years=(2018, 2017), repair_fen=60),
            ReportedItem("1", "x", 25, repaired_years=(2018,), repair_fen=25),
        )
        reported = ReportedPayment("T1", PAID, 115, county="youxi", coverage_year=2020, items=items)
        assert [(one.line_no, one.repaired_year, one.amount_fen) for one in self.lines(reported)] == [
            (1, None, 30), (2, 2018, 25), (3, 2018, 30), (4, 2017, 30),
        ]  # fmt: skip

    def lines(self, reported, order=None):
        nobody = Named(None, None, None, None)
        return split(line(named=nobody), reported, self.named[: len(reported.items)], order)

    @given(st.lists(st.integers(1, 10**6), min_size=1, max_size=2), st.integers(1, 10**6))
    def test_the_lines_always_add_up_to_the_payment(self, amounts, total):
        for reported in (self.reported(*amounts), self.reported(*amounts, total=total)):
            assert sum(one.amount_fen for one in self.lines(reported)) == reported.amount_fen

    def test_parts_that_do_not_add_up_stay_one_piece(self):
        (whole,) = self.lines(self.reported(100, 100, total=300))
        assert (whole.doubt, whole.amount_fen, whole.named.identity_digest) == (
            Reason.WRONG_AMOUNT,
            300,
            None,
        )

    def test_an_order_says_who_where_the_channel_does_not(self):
        lines = self.lines(self.reported(total=50000, order_no="O1"), self.order)
        assert [(one.person_id, one.amount_fen) for one in lines] == [(1, 25000), (2, 25000)]
        assert all(one.order_lapsed for one in lines)  # paid in the very instant in which it lapsed

    def test_an_unknown_order_or_another_amount_stays_one_piece(self):
        (unknown,) = self.lines(self.reported(total=50000, order_no="O2"))
        (other,) = self.lines(self.reported(total=49999, order_no="O1"), self.order)
        assert (unknown.doubt, other.doubt) == (Reason.UNKNOWN_ORDER, Reason.WRONG_AMOUNT)
