"""Help whose reason fell away, cover that ends, and money that went back outside."""

import pytest

from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRecovered, SubsidyRevoked
from services.subsidy.payout_batches.rules import payout_no
from tests.integration.subsidy.conftest import PRICE, aid
from tests.integration.subsidy.facts import (
    asked,
    cases,
    contested,
    decide,
    reimbursed,
    returned,
    states,
    upheld,
    withdrawn,
)


class TestHelpWhoseReasonIsContested:
    async def test_waits_and_no_batch_takes_it(self, season):
        await reimbursed(season)
        await season.send(contested(1, 5))

        assert await states(season) == ["held"]
        refused = await season.batch(expect=409)
        [(payout_id, enrollment_id)] = await season.rows(
            "SELECT payout_id, enrollment_id FROM payouts JOIN grants USING (grant_id)"
        )
        subject = f"enrollments/{enrollment_id}"
        assert refused["held"] == [{"payout_id": payout_id, "amount_fen": 20_000, "subject": subject}]
        assert (refused["held_count"], refused["waiting_card"], refused["needs_card"]) == (1, 0, 0)
        assert "/v1/cases" in refused["detail"] and "个案" in refused["detail_zh"]

    async def test_goes_on_when_the_reason_stands_again(self, season):
        await reimbursed(season)
        await season.send(contested(1, 5), upheld(1, 6))

        assert await states(season) == ["ready"]

    async def test_is_not_sent_again_to_an_account_that_failed(self, season):
        await reimbursed(season)
        batch = await season.batch()
        await season.results(batch["batch_id"], (payout_no(1, 1), "failed", 20_000, "户名不符"))
        await season.send(contested(1, 8), upheld(1, 9))

        assert await season.rows("SELECT state, reason FROM payouts") == [("needs_card", "户名不符")]
        await season.batch(days=10, expect=409)

    async def test_is_not_sent_again_to_that_account_for_another_reason(self, season):
        """The same help by another status is no reason to have the bank refuse it once more."""
        await season.send(season.assessed(1), season.paid(1))
        await season.send(season.assessed(1, revision=2, days=3, late=[aid(status="dibao")]))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.results(batch["batch_id"], (payout_no(1, 1), "failed", 20_000, "户名不符"))

        await season.send(season.assessed(1, revision=3, days=8, late=[aid(status="tekun")]))
        assert await states(season) == ["needs_card"]
        await season.batch(days=10, expect=409)
        await season.send(contested(1, 11), upheld(1, 12))
        assert await states(season) == ["needs_card"]
        await season.cards(season.card(1, account=9999))
        assert await states(season) == ["ready"]

    @pytest.mark.parametrize("grown", ["before", "after"])
    async def test_is_not_sent_there_in_another_sum_either(self, season, grown):
        """What comes on top of it since is one sum with it again, once the bank returned the first one."""
        await season.send(season.assessed(1), season.paid(1))
        await season.send(season.assessed(1, revision=2, days=3, late=[aid(amount=10_000)]))
        await season.cards(season.card(1))
        batch = await season.batch()
        more = season.assessed(1, revision=3, days=6, late=[aid(amount=16_000)])
        await season.results(batch["batch_id"], (payout_no(1, 1), "paid", 10_000, ""))
        if grown == "before":
            await season.send(more)
        await season.results(batch["batch_id"], (payout_no(1, 1), "returned", 10_000, "账户已销户"))
        if grown == "after":
            await season.send(more)

        found = await season.rows("SELECT state, reason, amount_fen FROM payouts ORDER BY payout_id")
        assert found[-1] == ("needs_card", "账户已销户", 16_000)
        await season.batch(days=10, expect=409)
        await season.cards(season.card(1, account=9999))
        assert (await states(season))[-1] == "ready"

    async def test_goes_there_once_the_bank_has_taken_some_of_it(self, season):
        await season.send(season.assessed(1), season.paid(1))
        await season.send(season.assessed(1, revision=2, days=3, late=[aid(amount=10_000)]))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.results(batch["batch_id"], (payout_no(1, 1), "failed", 10_000, "系统忙"))
        await season.send(season.assessed(1, revision=3, days=6, late=[aid(amount=12_000)]))
        assert await states(season) == ["cancelled", "needs_card"]
        await season.ask("POST", "/v1/payouts/2/retry", json={}, days=6.5)
        batch = await season.batch(days=7)
        await season.results(batch["batch_id"], (payout_no(2, 1), "paid", 12_000, ""), days=7.5)
        await season.send(season.assessed(1, revision=4, days=8, late=[aid(amount=16_000)]))

        assert await states(season) == ["cancelled", "paid", "ready"]

    async def test_is_taken_back_when_an_officer_withdraws_it(self, season):
        await reimbursed(season)
        await season.send(contested(1, 5), withdrawn(1, 6))

        assert (await states(season), await season.active()) == (["cancelled"], set())
        revoked = [fact for fact in await season.published() if isinstance(fact, SubsidyRevoked)]
        assert [(fact.amount_fen, fact.reason) for fact in revoked] == [(20_000, "withdrawn")]

    async def test_waits_also_when_the_payment_comes_after_the_doubt(self, season):
        await season.send(season.assessed(1), contested(1, 1.5))
        await season.send(season.paid(1, aid=[aid()]))
        await season.cards(season.card(1))

        assert await states(season) == ["held"]

    async def test_waits_when_the_bank_returns_it_meanwhile_whatever_card_comes(self, season):
        await reimbursed(season)
        batch = await season.batch()
        await season.send(contested(1, 8))
        await season.results(batch["batch_id"], (payout_no(1, 1), "returned", 20_000, "已销户"), days=9)
        assert await states(season) == ["held"]

        await season.cards(season.card(1, account=9999))
        assert await states(season) == ["held"]
        await season.send(upheld(1, 12))
        assert await states(season) == ["ready"]

    async def test_an_older_word_changes_nothing(self, season):
        await reimbursed(season)
        await season.send(contested(1, 5), upheld(1, 6))
        await season.send(contested(1, 5))

        assert await states(season) == ["ready"]

    async def test_that_has_left_becomes_a_case_and_comes_back_to_its_payer(self, season):
        await reimbursed(season)
        batch = await season.batch()
        await season.results(batch["batch_id"], ("P0000000001-01", "paid", 20_000, ""))
        await season.send(contested(1, 8), withdrawn(1, 9))

        (case,) = await cases(season)
        assert (case["kind"], case["amount_fen"]) == ("recovery", 20_000)
        await decide(season, case["case_id"], "recovered", "本人已退回")
        seen = await season.ask("GET", f"/v1/cases/{case['case_id']}")
        assert seen["state"] == "decided"
        recovered = [fact for fact in await season.published() if isinstance(fact, SubsidyRecovered)]
        assert [(fact.source, fact.amount_fen) for fact in recovered] == [("person", 20_000)]
        assert await season.active() == set()

    async def test_is_given_up_by_two_persons_only(self, season, checker):
        await reimbursed(season)
        batch = await season.batch()
        await season.results(batch["batch_id"], ("P0000000001-01", "paid", 20_000, ""))
        await season.send(contested(1, 8), withdrawn(1, 9))
        (case,) = await cases(season)
        decision = {"step": "given_up", "reason": "本人已无力退回"}
        asked = await season.ask("POST", f"/v1/cases/{case['case_id']}/decision", json=decision)
        assert asked["case"]["state"] == "open"
        approve = f"/v1/approvals/{asked['approval']['approval_id']}/approve"
        await season.ask("POST", approve, json={}, expect=403)
        await season.ask("POST", approve, json={}, http=checker)
        seen = await season.ask("GET", f"/v1/cases/{case['case_id']}")
        assert (seen["state"], seen["step"]) == ("decided", "given_up")


class TestDeathBeforeCoverBegins:
    async def test_own_money_goes_to_the_family_and_the_help_back_to_its_payer(self, season, checker):
        await reimbursed(season)
        batch = await season.batch()
        await season.results(batch["batch_id"], ("P0000000001-01", "paid", 20_000, ""))
        await season.send(contested(1, 8), withdrawn(1, 9, causes=("died",), ends_cover=True))

        (refund,) = (await season.ask("GET", "/v1/refunds"))["items"]
        assert (refund["amount_fen"], refund["state"], refund["withdraws"]) == (8_000, "requested", True)
        approve = f"/v1/refunds/{refund['refund_id']}/approve"
        await season.ask("POST", approve, json={}, http=checker, days=10)
        recovered = [fact for fact in await season.published() if isinstance(fact, SubsidyRecovered)]
        assert [(fact.source, fact.amount_fen) for fact in recovered] == [("fund", 20_000)]
        second = await season.batch(days=11)
        await season.results(second["batch_id"], ("P0000000002-01", "paid", 8_000, ""), days=12)
        settled = [fact for fact in await season.published() if isinstance(fact, RefundSettled)]
        assert [(fact.amount_fen, fact.withdraws) for fact in settled] == [(8_000, True)]

    async def test_of_somebody_exempt_takes_the_help_back(self, season):
        full = (aid("county_finance", PRICE, "paid_on_behalf", "tekun"),)
        await season.send(season.assessed(1, aid=full, outcome="exempt"))
        await season.send(contested(1, 5), withdrawn(1, 6, causes=("died",), ends_cover=True))

        assert await season.active() == set()
        assert (await season.ask("GET", "/v1/refunds"))["items"] == []


class TestMoneyThatWentBackOutside:
    async def test_settles_the_case_of_a_double_payment(self, season, checker):
        await season.send(season.assessed(1), season.suspended(1))
        await season.cards(season.card(1))
        await season.send(returned(1, PRICE, 4, payment_id=7001, withdraws=False, applied=False))

        (refund,) = (await season.ask("GET", "/v1/refunds"))["items"]
        assert refund["state"] == "superseded"
        await season.ask("POST", "/v1/refunds/1/approve", json={}, http=checker, expect=409)
        assert await states(season) == []

    async def test_stops_a_payout_that_was_approved(self, season, checker):
        await season.send(season.assessed(1), season.suspended(1))
        await season.cards(season.card(1))
        await season.ask("POST", "/v1/refunds/1/approve", json={}, http=checker)
        await season.send(returned(1, PRICE, 6, payment_id=7001, withdraws=False, applied=False))

        assert await states(season) == ["cancelled"]
        await season.batch(expect=409)

    async def test_beside_a_card_that_was_paid_is_a_case(self, season, checker):
        await season.send(season.assessed(1), season.suspended(1))
        await season.cards(season.card(1))
        await season.ask("POST", "/v1/refunds/1/approve", json={}, http=checker)
        await season.batch()
        await season.send(returned(1, PRICE, 6, payment_id=7001, withdraws=False, applied=False))

        (case,) = await cases(season)
        assert (case["kind"], case["amount_fen"]) == ("paid_twice", PRICE)

    async def test_of_a_contribution_takes_its_help_along_and_leaves_nothing_to_refund(self, season):
        await reimbursed(season)
        await season.send(returned(1, PRICE, 6))

        assert (await states(season), await season.active()) == (["cancelled"], set())
        await season.ask("POST", "/v1/refunds", json=asked(5001), expect=409)

    async def test_is_known_also_when_its_payment_comes_later(self, season):
        await season.send(season.assessed(1))
        await season.send(returned(1, PRICE, 6))
        await season.send(season.paid(1, aid=[aid()]))

        assert await season.active() == set()

    async def test_told_twice_counts_once(self, season):
        await season.send(season.assessed(1), season.paid(1))
        await season.send(returned(1, 10_000, 6, left=18_000, withdraws=False))
        await season.send(returned(1, 10_000, 6, left=18_000, withdraws=False))

        refund = await season.ask("POST", "/v1/refunds", json=asked(5001), expect=201)
        assert refund["amount_fen"] == 18_000


class TestASecondRequest:
    async def test_while_one_waits_is_refused_with_its_number(self, season):
        await season.send(season.assessed(1), season.paid(1))
        first = await season.ask("POST", "/v1/refunds", json=asked(5001, 100), expect=201)
        again = await season.ask("POST", "/v1/refunds", json=asked(5001, 100), expect=409)

        assert (again["type"], again["refund_id"]) == (
            "urn:canbao:problem:refund-waiting",
            first["refund_id"],
        )

    async def test_of_the_rest_after_a_part_was_given_back_is_allowed(self, season, checker):
        await season.send(season.assessed(1), season.paid(1))
        await season.cards(season.card(1))
        await season.ask("POST", "/v1/refunds", json=asked(5001, 100), expect=201)
        await season.ask("POST", "/v1/refunds/1/approve", json={}, http=checker)
        batch = await season.batch()
        await season.results(batch["batch_id"], ("P0000000001-01", "paid", 100, ""))

        (settled,) = [fact for fact in await season.published() if isinstance(fact, RefundSettled)]
        assert (settled.amount_fen, settled.withdraws) == (100, False)
        rest = await season.ask("POST", "/v1/refunds", json=asked(5001), expect=201)
        assert (rest["amount_fen"], rest["withdraws"]) == (PRICE - 100, True)

    async def test_of_the_rest_with_a_part_that_arrives_by_the_same_file_has_nothing_on_its_way(
        self, season, checker
    ):
        await season.send(season.assessed(1), season.paid(1))
        await season.cards(season.card(1))
        for number, part in ((1, 100), (2, None)):
            await season.ask("POST", "/v1/refunds", json=asked(5001, part), expect=201)
            await season.ask("POST", f"/v1/refunds/{number}/approve", json={}, http=checker)
        batch = await season.batch()
        lines = [("P0000000001-01", "paid", 100, ""), ("P0000000002-01", "paid", PRICE - 100, "")]
        await season.results(batch["batch_id"], *lines)

        settled = [fact for fact in await season.published() if isinstance(fact, RefundSettled)]
        assert [(one.withdraws, one.on_its_way_fen) for one in settled] == [(False, 0), (True, 0)]

    async def test_of_the_rest_while_the_bank_has_a_part_says_what_is_on_its_way(self, season, checker):
        """Whose contribution ended counts no more, whatever the bank does with the part."""
        await season.send(season.assessed(1), season.paid(1))
        await season.cards(season.card(1))
        batches = []
        for number, part in ((1, 100), (2, None)):
            await season.ask("POST", "/v1/refunds", json=asked(5001, part), expect=201)
            await season.ask("POST", f"/v1/refunds/{number}/approve", json={}, http=checker)
            batches.append((await season.batch())["batch_id"])
        await season.results(batches[1], ("P0000000002-01", "paid", PRICE - 100, ""))
        await season.results(batches[0], ("P0000000001-01", "failed", 100, "账号有误"))

        settled = [fact for fact in await season.published() if isinstance(fact, RefundSettled)]
        assert [(one.outcome, one.withdraws, one.on_its_way_fen) for one in settled] == [
            ("paid", True, 100),
            ("failed", False, 0),
        ]


class TestWhoseMoneyAllWentBack:
    """What somebody paid for would owe, with the tier that the amount chose, exempts nobody without one."""

    @pytest.mark.parametrize("told_first", ["the money", "the assessment"])
    async def test_is_exempt_only_once_they_are_assessed_anew(self, season, told_first):
        for_all = aid(mechanism="paid_on_behalf", amount=PRICE)
        await season.send(season.assessed(1, outcome="rejected"), season.paid(1))
        await season.send(season.assessed(1, revision=2, aid=[for_all], outcome="exempt", days=3, late=[]))
        news = [returned(1, PRICE, 4), season.assessed(1, revision=3, outcome="rejected", days=4)]
        for fact in news if told_first == "the money" else reversed(news):
            await season.send(fact)
        assert not any(isinstance(fact, SubsidyGranted) for fact in await season.published())

        await season.send(season.assessed(1, revision=4, aid=[for_all], outcome="exempt", days=5))
        assert await season.active() == {(1, "county_finance", "paid_on_behalf", PRICE)}


class TestHelpThatIsMoreThanWhatHasLeft:
    async def test_gets_the_rest_on_top_once(self, season):
        await season.send(season.assessed(1), season.paid(1))
        await season.send(season.assessed(1, revision=2, days=3, late=[aid(amount=12_000)]))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.results(batch["batch_id"], (payout_no(1, 1), "paid", 12_000, ""))

        more = season.assessed(1, revision=3, days=8, late=[aid(amount=20_000)])
        await season.send(more, more)
        assert await season.rows("SELECT amount_fen, state FROM payouts ORDER BY payout_id") == [
            (12_000, "paid"),
            (8_000, "ready"),
        ]
        assert await cases(season) == []

    async def test_is_one_sum_again_when_the_bank_returns_the_first(self, season):
        await season.send(season.assessed(1), season.paid(1))
        await season.send(season.assessed(1, revision=2, days=3, late=[aid(amount=12_000)]))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.results(batch["batch_id"], (payout_no(1, 1), "paid", 12_000, ""))
        await season.send(season.assessed(1, revision=3, days=8, late=[aid(amount=20_000)]))
        await season.results(batch["batch_id"], (payout_no(1, 1), "returned", 12_000, "已销户"), days=9)

        assert await season.active() == {(1, "county_finance", "reimburse_to_card", 20_000)}
        assert (await states(season))[:2] == ["cancelled", "cancelled"]

    async def test_of_another_payer_is_given_when_what_took_its_place_came_back(self, season):
        """Of 28,000 fen that were borne 20,000 are out without a ground: others give the rest."""
        await season.send(season.assessed(1), season.paid(1))
        await season.send(season.assessed(1, revision=2, days=3, late=[aid(amount=20_000)]))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.results(batch["batch_id"], (payout_no(1, 1), "paid", 20_000, ""))
        other = [aid(payer="civil_affairs", amount=20_000, status="dibao")]
        await season.send(season.assessed(1, revision=3, days=8, late=other))
        assert await season.active() == {
            (1, "county_finance", "reimburse_to_card", 20_000),
            (1, "civil_affairs", "reimburse_to_card", 8_000),
        }

        (case,) = await cases(season)
        await decide(season, case["case_id"], "recovered", "本人已退回")
        assert await season.active() == {(1, "civil_affairs", "reimburse_to_card", 20_000)}

    async def test_waits_where_its_reason_is_in_doubt(self, season):
        await season.send(season.assessed(1), season.paid(1))
        await season.send(season.assessed(1, revision=2, days=3, late=[aid(amount=20_000)]))
        await season.cards(season.card(1))
        batch = await season.batch()
        await season.results(batch["batch_id"], (payout_no(1, 1), "paid", 20_000, ""))
        other = [aid(payer="civil_affairs", amount=20_000, status="dibao")]
        await season.send(season.assessed(1, revision=3, days=8, late=other))
        (case,) = await cases(season)
        await season.send(contested(1, 9))

        await decide(season, case["case_id"], "recovered", "本人已退回")

        assert await season.rows("SELECT amount_fen, state FROM payouts WHERE state <> 'cancelled'") == [
            (20_000, "paid"),
            (20_000, "held"),
        ]
