"""What an enrollment is charged, whatever comes first."""

from datetime import timedelta
from itertools import permutations

from libs.common.testing.ledger_facts import (
    LATE_BEGINS,
    MAIN_ENDS,
    SEASON_BEGINS,
    assessed,
    cancelled,
    event_time,
    granted,
    on,
    paid,
    refunded,
    returned,
    schedule,
    segment,
    suspended,
    withdrawn,
)
from services.ledger.dues.rules import due_at
from services.ledger.facts.rules import Books
from services.ledger.postings.rules import Leg, Withdrawal


def posted(*facts):
    """What `facts` post about dues, one after the other."""
    books = Books()
    return [
        [
            entry
            for entry in books.enter(fact, event_time(fact))
            if getattr(entry, "kind", "charge") == "charge"
        ]
        for fact in facts
    ]


def charges(*facts):
    """The signed charges that `facts` post, one after the other."""
    return [
        sum(-leg.amount_fen if leg.reversal else leg.amount_fen for leg in entries if isinstance(leg, Leg))
        for entries in posted(*facts)
    ]


def charged_in_every_order(*facts):
    """What `facts` charge in the end, if it is the same in every order."""
    sums = {sum(charges(*some)) for some in permutations(facts)}
    assert len(sums) == 1
    return sums.pop()


def counted_in_every_order(*facts):
    """Whether the person still counts in the end, if it is the same in every order."""
    ends = set()
    for some in permutations(facts):
        marks = [entry for entries in posted(*some) for entry in entries if isinstance(entry, Withdrawal)]
        ends.add(sum(-1 if mark.reversal else 1 for mark in marks))
    assert len(ends) == 1
    return ends.pop() == 0


class TestDueAt:
    def test_is_the_price_of_the_time_of_assessment(self):
        assert due_at(schedule(25000, 77000), on("2019-12-01")) == 25000

    def test_is_the_higher_price_from_its_first_second_on(self):
        assert due_at(schedule(25000, 77000), LATE_BEGINS - timedelta(seconds=1)) == 25000
        assert due_at(schedule(25000, 77000), LATE_BEGINS) == 77000

    def test_before_the_season_is_the_first_price_that_can_be_paid(self):
        closed = segment(on("2019-08-01"), SEASON_BEGINS, 0, "rejected")

        assert due_at((closed, *schedule(25000, 77000)), on("2019-08-10")) == 25000

    def test_of_someone_who_cannot_pay_any_more_is_nothing(self):
        assert due_at(schedule(25000, 77000), on("2021-02-01")) == 0

    def test_passes_over_times_whose_amount_is_not_known_yet(self):
        blocked = segment(SEASON_BEGINS, MAIN_ENDS, None, "blocked")

        assert due_at((blocked, segment(MAIN_ENDS, None, 28000)), on("2019-12-01")) == 28000

    def test_of_an_exempt_person_is_nothing(self):
        assert due_at((segment(SEASON_BEGINS, None, 0, "exempt"),), on("2019-12-01")) == 0


class TestCharge:
    def test_a_reassessment_posts_only_the_difference(self):
        assert charges(assessed(1), assessed(1, 12000, revision=2)) == [25000, -13000]

    def test_an_older_revision_that_arrives_late_changes_nothing(self):
        assert charges(assessed(1, 12000, revision=2), assessed(1)) == [12000, 0]

    def test_a_payment_at_a_higher_price_makes_the_charge_true(self):
        assert charges(assessed(1), paid(1, on("2020-08-01"), 77000)) == [25000, 52000]

    def test_a_payment_may_arrive_before_the_assessment(self):
        assert charges(paid(1), assessed(1)) == [25000, 0]

    def test_what_is_assessed_after_payment_changes_no_charge(self):
        assert charges(assessed(1), paid(1), assessed(1, 0, revision=2)) == [25000, 0, 0]

    def test_a_cancellation_takes_back_what_is_outstanding(self):
        assert charges(assessed(1), cancelled(1)) == [25000, -25000]

    def test_a_cancellation_may_arrive_before_its_assessment(self):
        assert charges(cancelled(1), assessed(1)) == [0, 0]

    def test_an_enrollment_that_is_assessed_anew_after_its_cancellation_owes_again(self):
        again = assessed(1, revision=2, assessed_at=on("2019-10-05"))

        assert charges(assessed(1), cancelled(1, on("2019-10-01")), again) == [25000, -25000, 25000]

    def test_a_cancellation_that_names_its_revision_holds_until_a_higher_one_whatever_the_clocks_said(self):
        again = assessed(1, revision=3, assessed_at=on("2019-09-01"))

        assert charged_in_every_order(assessed(1), cancelled(1, revision=2)) == 0
        assert charged_in_every_order(assessed(1), cancelled(1, revision=2), again) == 25000

    def test_money_that_was_paid_stays_charged_although_the_enrollment_was_cancelled(self):
        assert charges(assessed(1), cancelled(1), paid(1)) == [25000, -25000, 25000]

    def test_two_applied_payments_are_two_charges(self):
        assert charges(paid(1), paid(1, payment_id=7)) == [25000, 25000]


class TestMoneyGivenBack:
    def test_with_the_contribution_opens_the_due_again(self):
        line = paid(1)

        assert charged_in_every_order(assessed(1), line, refunded(line, 25000, withdraws=True)) == 50000
        assert charged_in_every_order(assessed(1), line, returned(line, 25000)) == 50000

    def test_in_part_leaves_the_contribution_paid(self):
        line = paid(1)

        assert charged_in_every_order(assessed(1), line, refunded(line, 100, withdraws=False)) == 25000
        assert charged_in_every_order(assessed(1), line, returned(line, 100)) == 25000

    def test_as_earlier_releases_told_it_opens_no_due(self):
        line = paid(1)

        assert charged_in_every_order(assessed(1), line, refunded(line, 25000)) == 25000

    def test_by_a_channel_that_dates_it_before_the_payment_opens_the_due_all_the_same(self):
        line = paid(1)

        assert charged_in_every_order(assessed(1), line, returned(line, 25000, on("2019-11-01"))) == 50000

    def test_that_the_bank_returned_leaves_the_due_open_until_it_is_applied_again(self):
        line = paid(1)
        back = refunded(line, 25000, "returned", at=on("2020-01-25"), withdraws=True)
        again = paid(1, from_suspense=True, received_at=on("2020-02-01"))
        refund = refunded(line, 25000, withdraws=True)

        assert charged_in_every_order(assessed(1), line, refund, back) == 50000
        assert charged_in_every_order(assessed(1), line, refund, back, again) == 50000

    def test_of_a_second_payment_that_was_never_applied_opens_nothing(self):
        second = suspended(77)

        assert charged_in_every_order(assessed(1), paid(1), second, returned(second, 25000)) == 25000

    def test_and_paid_anew_is_charged_for_both_payments(self):
        line, new = paid(1), paid(1, on("2020-03-01"), payment_id=99)
        refund = refunded(line, 25000, withdraws=True)

        assert charged_in_every_order(assessed(1), line, refund, new) == 50000


class TestWithdrawal:
    def test_ends_the_claim_until_the_enrollment_is_assessed_anew(self):
        again = assessed(1, revision=2, assessed_at=on("2019-12-20"))

        assert charged_in_every_order(assessed(1), withdrawn(1)) == 0
        assert charged_in_every_order(assessed(1), withdrawn(1), again) == 25000

    def test_ends_the_claim_by_revision_where_a_clock_was_set_back(self):
        ends = withdrawn(1, on("2019-12-25"), revision=1)
        again = assessed(1, revision=2, assessed_at=on("2019-12-20"))

        assert charged_in_every_order(assessed(1), ends, again) == 25000
        assert charged_in_every_order(assessed(1, assessed_at=on("2019-12-28")), ends) == 0

    def test_of_a_paid_enrollment_charges_nothing_more_when_its_money_goes_back(self):
        line = paid(1)
        refund = refunded(line, 25000, withdraws=True)

        assert charged_in_every_order(assessed(1), line, withdrawn(1), refund) == 25000

    def test_ends_the_count_of_a_person_who_paid_before_it(self):
        assert not counted_in_every_order(assessed(1), paid(1), withdrawn(1))

    def test_of_an_exempt_person_who_pays_afterwards_ends_nothing(self):
        grant = granted(1, completes_enrollment=True)
        later = paid(1, on("2019-12-20"))

        assert not counted_in_every_order(assessed(1), grant, withdrawn(1))
        assert counted_in_every_order(assessed(1), grant, withdrawn(1), later)

    def test_of_help_alone_leaves_whoever_paid_insured_and_counted(self):
        assert counted_in_every_order(assessed(1), paid(1), withdrawn(1, ends_cover=False))

    def test_of_a_record_that_was_merged_into_another_one_ends_nothing(self):
        ends = cancelled(1, on("2020-01-10"), reason="merged", revision=9)

        assert counted_in_every_order(assessed(1), paid(1), withdrawn(1), ends)
        assert charged_in_every_order(assessed(1), withdrawn(1), ends) == 0

    def test_that_was_told_twice_ends_the_count_once(self):
        again = withdrawn(1, on("2019-12-18"), contest_no=4)

        assert not counted_in_every_order(paid(1), withdrawn(1), again)
