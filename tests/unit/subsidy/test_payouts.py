"""What a bank's answer may do to a payout, and that no order of answers pays a sum twice."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from libs.common.bank_files.answers import Outcome, ResultFile, ResultLine, declared_faults
from services.subsidy.payout_batches import rules
from services.subsidy.payout_batches.rules import Judged, SentAttempt, numbered, payout_no
from services.subsidy.payouts.rules import MONEY_IS_OUT, TRANSITIONS, PayoutEvent, PayoutState
from services.subsidy.refunds.rules import TRANSITIONS as REFUND_TRANSITIONS
from services.subsidy.refunds.rules import RefundEvent, RefundState
from services.subsidy.tables import metadata

FIRST, SECOND = payout_no(1, 1), payout_no(2, 1)


def sent(payout_id=1, amount=20_000, outcome=None, attempt=1) -> SentAttempt:
    return SentAttempt(payout_id, attempt, amount, outcome)


def result(number=FIRST, outcome="paid", amount=20_000, reason=None, line=3) -> ResultLine:
    return ResultLine(line, number, outcome, amount, reason)


def judge(count, total_fen, lines, attempts) -> Judged:
    """A whole file of one batch: what it says of itself, and its lines."""
    found = rules.judge(lines, attempts)
    faults = (*declared_faults(ResultFile(count, total_fen, tuple(lines))), *found.faults)
    return Judged(faults=faults) if faults else found


class TestNumbers:
    def test_tell_payout_and_attempt(self):
        assert payout_no(12, 3) == "P0000000012-03"
        assert numbered("P0000000012-03") == (12, 3)
        assert (numbered("P12-3"), numbered("合计")) == (None, None)


class TestJudge:
    def test_settles_every_line(self):
        judged = judge(
            2,
            40_000,
            [result(), result(SECOND, "failed", reason="户名不符", line=4)],
            {FIRST: sent(), SECOND: sent(2)},
        )

        assert [(s.payout_id, s.outcome, s.reason) for s in judged.settlements] == [
            (1, Outcome.PAID, None),
            (2, Outcome.FAILED, "户名不符"),
        ]

    def test_money_that_came_back_without_being_reported_paid_was_paid_first(self):
        judged = judge(1, 20_000, [result(outcome="returned", reason="销户")], {FIRST: sent()})

        assert [(s.outcome, s.reason) for s in judged.settlements] == [
            (Outcome.PAID, None),
            (Outcome.RETURNED, "销户"),
        ]

    def test_money_reported_paid_before_only_comes_back(self):
        judged = judge(1, 20_000, [result(outcome="returned")], {FIRST: sent(outcome=Outcome.PAID)})

        assert [s.outcome for s in judged.settlements] == [Outcome.RETURNED]

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_what_was_said_before_is_kept_with_its_file_and_settles_nothing(self, outcome):
        attempts = {FIRST: sent(outcome=outcome), SECOND: sent(2)}
        lines = [result(outcome=outcome, reason="户名不符"), result(SECOND, line=4)]
        judged = judge(2, 40_000, lines, attempts)
        kept = rules.answers_kept(judged, datetime(2020, 12, 22, tzinfo=UTC), "f2")

        assert [s.payout_id for s in judged.settlements] == [2]
        assert sorted((one.payout_id, one.outcome, one.counts, one.file_sha256) for one in kept) == [
            (1, outcome, True, "f2"), (2, Outcome.PAID, True, "f2"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("count", "total", "lines", "attempts", "words"),
        [
            (2, 20_000, [result()], {FIRST: sent()}, "declares 2 lines"),
            (1, 19_999, [result()], {FIRST: sent()}, "declares 19999 fen"),
            (1, 20_000, [result(SECOND)], {FIRST: sent()}, "not in the batch"),
            (2, 40_000, [result(), result(line=4)], {FIRST: sent()}, "twice"),
            (1, 20_000, [result(outcome="settled")], {FIRST: sent()}, "paid or failed or returned"),
            (1, 20_000, [result()], {FIRST: sent(amount=20_001)}, "20001 fen were sent"),
        ],
    )
    def test_refuses_the_whole_file_for_one_fault(self, count, total, lines, attempts, words):
        judged = judge(count, total, lines, attempts)

        assert judged.settlements == ()
        assert any(words in fault.detail for fault in judged.faults)
        assert all(fault.detail_zh for fault in judged.faults)

    @given(
        st.lists(
            st.tuples(st.sampled_from(["paid", "failed", "returned"]), st.integers(1, 10**9)), max_size=20
        )
    )
    def test_settles_exactly_the_money_of_the_file(self, answers):
        lines = [result(payout_no(n, 1), outcome, fen, line=n) for n, (outcome, fen) in enumerate(answers)]
        attempts = {payout_no(n, 1): sent(n, fen) for n, (_, fen) in enumerate(answers)}
        judged = judge(len(lines), sum(fen for _, fen in answers), lines, attempts)

        out = sum(s.amount_fen for s in judged.settlements if s.outcome is Outcome.PAID)
        back = sum(s.amount_fen for s in judged.settlements if s.outcome is Outcome.RETURNED)
        assert out - back == sum(fen for outcome, fen in answers if outcome == "paid")


class TestTransitions:
    def test_a_payout_that_is_sent_stays_with_the_bank_until_it_answers(self):
        allowed = {event for event in PayoutEvent if _allowed(PayoutState.SENT, event)}

        answers = {PayoutEvent.PAID, PayoutEvent.FAILED, PayoutEvent.RETURNED}
        assert allowed == answers | {PayoutEvent.BATCH_REFUSED}

    def test_a_paid_payout_can_only_come_back(self):
        assert {e for e in PayoutEvent if _allowed(PayoutState.PAID, e)} == {PayoutEvent.RETURNED}

    def test_nothing_happens_to_a_cancelled_payout(self):
        assert not any(_allowed(PayoutState.CANCELLED, event) for event in PayoutEvent)

    def test_only_a_ready_payout_is_batched(self):
        assert [s for s in PayoutState if _allowed(s, PayoutEvent.BATCHED)] == [PayoutState.READY]


class TestStates:
    """What SQL writes comes from the transitions; what it writes by name has to be among them."""

    def test_a_payout_begins_where_a_card_may_be_missing(self):
        assert TRANSITIONS.after(PayoutState.WAITING_CARD, PayoutEvent.CARD_FOUND) is PayoutState.READY

    @pytest.mark.parametrize("name", ["payouts", "refunds"])
    def test_are_those_that_the_table_allows(self, name):
        states = {"payouts": PayoutState, "refunds": RefundState}[name]
        (check,) = (c for c in metadata.tables[name].constraints if c.name == f"ck_{name}_state")

        assert set(re.findall(r"'(\w+)'", str(check.sqltext))) == {state.value for state in states}

    def test_every_outcome_of_a_bank_is_an_event_of_payouts_and_of_refunds(self):
        for outcome in Outcome:
            assert TRANSITIONS.before(PayoutEvent(outcome.value))
            assert REFUND_TRANSITIONS.before(RefundEvent(outcome.value))

    def test_money_is_out_where_only_the_bank_can_change_something(self):
        bank = {PayoutEvent(outcome.value) for outcome in Outcome} | {PayoutEvent.BATCH_REFUSED}
        waits_for_bank = {
            state
            for state in PayoutState
            if (events := {e for e in PayoutEvent if _allowed(state, e)}) and events <= bank
        }

        assert waits_for_bank == MONEY_IS_OUT


def _allowed(state: PayoutState, event: PayoutEvent) -> bool:
    return TRANSITIONS.allows(state, event)


@dataclass
class Bank:
    """What really happened to the money of each attempt."""

    out: dict[int, bool] = field(default_factory=dict)

    @property
    def with_the_person(self) -> int:
        return sum(self.out.values())


class OnePayout(RuleBasedStateMachine):
    """A payout is batched, answered, corrected, retried and cancelled in any order that the rules allow."""

    def __init__(self) -> None:
        super().__init__()
        self.state = PayoutState.WAITING_CARD
        self.attempts: dict[str, SentAttempt] = {}
        self.bank = Bank()

    def happens(self, event: PayoutEvent) -> bool:
        if not _allowed(self.state, event):
            return False
        self.state = TRANSITIONS.after(self.state, event)
        return True

    @rule(event=st.sampled_from(["card_found", "card_corrected", "retried", "cancelled"]))
    def something_happens(self, event):
        self.happens(PayoutEvent(event))

    @rule()
    def a_batch_is_made(self):
        if self.happens(PayoutEvent.BATCHED):
            number = len(self.attempts) + 1
            self.attempts[payout_no(1, number)] = SentAttempt(1, number, 20_000, None)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), outcome=st.sampled_from(["paid", "failed", "returned"]))
    def the_bank_answers_for_some_attempt(self, data, outcome):
        number = data.draw(st.sampled_from(sorted(self.attempts)))
        for settlement in judge(1, 20_000, [result(number, outcome)], self.attempts).settlements:
            old = self.attempts[number]
            self.attempts[number] = SentAttempt(1, old.attempt, 20_000, settlement.outcome)
            self.bank.out[old.attempt] = settlement.outcome is Outcome.PAID
            # The rules on files and the rules on payouts must never disagree.
            self.state = TRANSITIONS.after(self.state, PayoutEvent(settlement.outcome.value))

    @invariant()
    def at_most_one_attempt_is_active(self):
        assert sum(a.outcome in (None, Outcome.PAID) for a in self.attempts.values()) <= 1

    @invariant()
    def nobody_has_the_money_twice(self):
        assert self.bank.with_the_person <= 1
        assert (self.state is PayoutState.PAID) == (self.bank.with_the_person == 1)


TestOnePayout = OnePayout.TestCase
