"""What an enrollment is charged, whatever comes first."""

from datetime import timedelta

from libs.common.testing.ledger_facts import (
    LATE_BEGINS,
    MAIN_ENDS,
    SEASON_BEGINS,
    assessed,
    cancelled,
    on,
    paid,
    schedule,
    segment,
)
from services.ledger.dues.rules import NOTHING_KNOWN, charge_legs, due_at, with_due_fact


def charges(*facts):
    """The signed charges that `facts` post, one after the other."""
    position, posted = NOTHING_KNOWN, []
    for fact in facts:
        after = with_due_fact(position, fact)
        posted.append(
            sum(
                -leg.amount_fen if leg.reversal else leg.amount_fen
                for leg in charge_legs(position, after, fact)
            )
        )
        position = after
    return posted


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

    def test_money_that_was_paid_stays_charged_although_the_enrollment_was_cancelled(self):
        assert charges(assessed(1), cancelled(1), paid(1)) == [25000, -25000, 25000]

    def test_two_applied_payments_are_two_charges(self):
        assert charges(paid(1), paid(1, payment_id=7)) == [25000, 25000]
