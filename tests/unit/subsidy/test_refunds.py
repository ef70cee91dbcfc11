"""How much of a payment can be given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.transitions import TransitionRefused
from services.subsidy.refunds.rules import (
    CLAIMS_MONEY,
    TRANSITIONS,
    LineMoney,
    Refundable,
    RefundEvent,
    RefundNotCovered,
    RefundState,
    claims_too_much,
    refundable,
)


def suspended(amount=28_000, refunded=0) -> LineMoney:
    return LineMoney(applied=False, amount_fen=amount, refunded_fen=refunded)


def applied(amount=28_000, refunded=0, card=0, out=0) -> LineMoney:
    return LineMoney(True, amount, refunded, card, out)


class TestRefundable:
    def test_money_in_suspense_is_given_back_whole(self):
        refund = refundable(suspended(), None)

        assert (refund.amount_fen, refund.withdraws) == (28_000, False)

    def test_all_of_a_contribution_ends_it(self):
        assert refundable(applied(), None).withdraws
        assert refundable(applied(), 28_000).withdraws

    def test_a_part_leaves_it(self):
        refund = refundable(applied(), 3_000)

        assert (refund.amount_fen, refund.withdraws) == (3_000, False)

    def test_earlier_refunds_are_taken_off(self):
        assert refundable(suspended(refunded=20_000), None).amount_fen == 8_000

    def test_what_the_card_already_got_is_not_given_back_again(self):
        assert refundable(applied(card=20_000, out=20_000), None).amount_fen == 8_000

    def test_help_that_was_not_sent_is_taken_back_instead(self):
        assert refundable(applied(card=20_000), None).amount_fen == 28_000

    def test_a_part_may_not_eat_what_help_will_give_back(self):
        with pytest.raises(RefundNotCovered):
            refundable(applied(card=20_000), 10_000)

    def test_what_a_personal_account_paid_goes_back_to_it_whole_whatever_the_card_got(self):
        money = LineMoney(True, 28_000, 0, 20_000, 20_000, to_account=True)

        assert refundable(money, None) == Refundable(28_000, withdraws=True)
        assert not money.nets_help and money.overdrawn_fen == 0

    def test_what_was_paid_together_goes_back_each_as_it_came(self):
        assert refundable(LineMoney(True, 20_000, 0, 20_000, 20_000, mates_fen=8_000), None) == Refundable(
            20_000, withdraws=True
        )

    def test_a_part_may_not_eat_what_help_gave_back_of_all(self):
        with pytest.raises(RefundNotCovered):
            refundable(LineMoney(True, 20_000, 0, 20_000, 20_000, mates_fen=8_000), 8_001)

    @pytest.mark.parametrize("money", [suspended(refunded=28_000), applied(card=28_000, out=28_000)])
    def test_nothing_is_left(self, money):
        with pytest.raises(RefundNotCovered) as refusal:
            refundable(money, None)

        assert refusal.value.left_fen == 0

    @given(
        st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6),
        st.none() | st.integers(1, 10**6), st.booleans(),
    )  # fmt: skip
    def test_never_gives_back_more_than_came_in(self, amount, refunded, out, more, asked, is_applied):
        money = (
            LineMoney(is_applied, amount, refunded, out + more, out)
            if is_applied
            else suspended(amount, refunded)
        )
        try:
            refund = refundable(money, asked)
        except RefundNotCovered:
            return

        assert refund.amount_fen > 0
        assert refund.amount_fen + refunded + money.card_out_fen <= amount
        assert refund.withdraws or refund.amount_fen + refunded + money.card_fen <= amount


class TestTransitions:
    def test_a_case_is_decided_once(self):
        for event in (RefundEvent.APPROVED, RefundEvent.REJECTED):
            assert TRANSITIONS.before(event) == (RefundState.REQUESTED,)

    def test_nothing_happens_to_a_rejected_case(self):
        for event in RefundEvent:
            with pytest.raises(TransitionRefused):
                TRANSITIONS.after(RefundState.REJECTED, event)

    def test_a_closed_case_is_paid_where_the_bank_corrects_itself(self):
        allowed = [event for event in RefundEvent if TRANSITIONS.allows(RefundState.SUPERSEDED, event)]

        assert allowed == [RefundEvent.PAID_AFTER_ALL]

    def test_money_that_is_paid_can_only_come_back(self):
        assert [e for e in RefundEvent if TRANSITIONS.allows(RefundState.PAID, e)] == [RefundEvent.RETURNED]

    def test_a_case_claims_money_until_it_is_closed(self):
        assert set(RefundState) - set(CLAIMS_MONEY) == {RefundState.REJECTED, RefundState.SUPERSEDED}


class TestMoneyThatIsNotThere:
    def test_takes_the_newest_claims_away(self):
        assert claims_too_much([100, 200, 300], 350) == [2, 1]

    def test_takes_none_where_there_is_enough(self):
        assert claims_too_much([100, 200], 0) == []
