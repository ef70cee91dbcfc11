"""Money that paid a due in parts, was taken back, went back outside, or was paid after all."""

import pytest

from libs.common.events.subsidy import RefundSettled, SubsidyGranted, SubsidyRecovered
from tests.integration.subsidy.conftest import PRICE, aid
from tests.integration.subsidy.facts import (
    asked,
    cases,
    contested,
    decide,
    reimbursed,
    returned,
    states,
    taken_back,
    withdrawn,
)

HEAD, PART = 5001, 5901
FULL = 28_000


async def in_two_parts(season):
    """80 and 200 yuan paid one due of 280 together; 200 of help wait for the card."""
    await season.send(
        season.assessed(1),
        season.paid(1, own=20_000, payment_id=PART, part_of=HEAD),
        season.paid(1, own=8_000, aid=[aid()]),
    )
    await season.cards(season.card(1))


async def help_left(season, days=5):
    """The bank paid what waited."""
    batch = await season.batch(days=days)
    await season.results(batch["batch_id"], ("P0000000001-01", "paid", 20_000, ""), days=days + 0.1)


async def refunds(season):
    shown = (await season.ask("GET", "/v1/refunds"))["items"]
    return [(one["payment_id"], one["amount_fen"], one["state"], one["withdraws"]) for one in shown]


async def open_cases(season):
    return [
        (one["kind"], one["subject"], one["proposed"])
        for one in await cases(season)
        if one["state"] == "open"
    ]


async def approve(season, checker, refund_id=1, **how):
    return await season.ask("POST", f"/v1/refunds/{refund_id}/approve", json={}, http=checker, **how)


class TestADuePaidInParts:
    async def test_ends_with_one_of_them_and_no_help_leaves(self, season, checker):
        await in_two_parts(season)
        await season.ask("POST", "/v1/refunds", json=asked(PART), expect=201)
        await approve(season, checker)

        assert await refunds(season) == [(PART, 20_000, "approved", True)]
        assert (await season.active(), await states(season)) == (set(), ["cancelled", "ready"])

    async def test_gives_no_more_back_in_part_than_help_left_of_it(self, season):
        await in_two_parts(season)
        await help_left(season)

        refused = await season.ask("POST", "/v1/refunds", json=asked(PART, 8_001), expect=409)
        assert refused["type"].endswith(":refund-not-covered")
        await season.ask("POST", "/v1/refunds", json=asked(PART, 8_000), expect=201)

    async def test_goes_back_each_as_it_came_and_help_that_left_is_recovered(self, season, checker):
        await in_two_parts(season)
        await help_left(season)
        await season.send(contested(1, 8), withdrawn(1, 9, causes=("died",), ends_cover=True))

        assert await refunds(season) == [(HEAD, 8_000, "requested", True), (PART, 20_000, "requested", True)]
        assert await open_cases(season) == [("recovery", "grants/1", "recovered")]
        await approve(season, checker, 1)
        await approve(season, checker, 2)
        assert [row[:2] for row in await refunds(season)] == [(HEAD, 8_000), (PART, 20_000)]

    async def test_whose_other_part_ended_waits_and_helps_no_more(self, season):
        await in_two_parts(season)
        await season.send(returned(1, 20_000, 6, payment_id=PART), taken_back(1, 6, amount=8_000))

        assert (await season.active(), await states(season)) == (set(), ["cancelled"])
        again = await season.ask("POST", "/v1/refunds", json=asked(HEAD), expect=201)
        assert (again["amount_fen"], again["withdraws"]) == (8_000, False)

    async def test_helps_again_when_it_is_paid_again(self, season):
        await in_two_parts(season)
        await season.send(returned(1, 20_000, 6, payment_id=PART), taken_back(1, 6, amount=8_000))
        await season.send(
            season.paid(1, own=20_000, payment_id=5902, part_of=HEAD, days=7),
            season.paid(1, own=8_000, aid=[aid()], days=7, from_suspense=True),
        )

        assert await season.active() == {(1, "county_finance", "reimburse_to_card", 20_000)}


class TestMoneyTakenBack:
    async def test_in_one_batch_with_its_payment_ends_as_in_two(self, season):
        await season.send(season.assessed(1), season.paid(1, aid=[aid()]), taken_back(1, 3))
        assert await season.active() == set()

        await season.send(
            taken_back(1, 5), season.paid(1, aid=[aid(amount=9_000)], days=6, from_suspense=True)
        )
        assert await season.active() == {(1, "county_finance", "reimburse_to_card", 9_000)}

    @pytest.mark.parametrize("together", [True, False])
    async def test_before_its_payment_is_heard_of_is_not_forgotten(self, season, together):
        facts = [taken_back(1, 3), season.paid(1, aid=[aid()])]
        for some in [facts] if together else [[fact] for fact in facts]:
            await season.send(*some)

        assert await season.active() == set()
        waits = await season.ask("POST", "/v1/refunds", json=asked(5001), expect=201)
        assert waits["amount_fen"] == PRICE

    async def test_told_again_changes_nothing(self, season):
        await season.send(season.assessed(1), season.paid(1, aid=[aid()]), taken_back(1, 3))
        await season.send(season.paid(1, aid=[aid()]))
        await season.send(season.suspended(1, payment_id=5001, reason="outside_window", days=2.0))

        assert await season.active() == set()

    async def test_of_two_records_that_are_one_person_opens_the_refund(self, season):
        await season.send(season.assessed(2), season.paid(2, aid=[aid()]))
        await season.send(taken_back(1, 4, payment_id=5002, reason="already_paid", merged=2))

        assert await refunds(season) == [(5002, PRICE, "requested", False)]
        assert await season.active() == set()

    async def test_is_recovered_where_its_help_had_left_and_stands_when_it_pays_again(self, season):
        await reimbursed(season)
        await help_left(season)
        await season.send(taken_back(1, 6))
        assert await open_cases(season) == [("recovery", "grants/1", "recovered")]

        await season.send(season.paid(1, aid=[aid()], days=7, from_suspense=True))
        assert await open_cases(season) == []
        assert sum(isinstance(fact, SubsidyGranted) for fact in await season.published()) == 1


class TestCoverThatAnOfficerEnded:
    async def test_gives_back_what_an_earlier_refund_left(self, season, checker):
        await season.send(season.assessed(1), season.paid(1))
        await season.ask("POST", "/v1/refunds", json=asked(5001, 1_000), expect=201)
        await approve(season, checker)
        await season.send(contested(1, 8), withdrawn(1, 9, causes=("died",), ends_cover=True))

        assert (await refunds(season))[1] == (5001, PRICE - 1_000, "requested", True)

    async def test_opens_the_refund_also_when_the_payment_is_heard_of_later(self, season):
        await season.send(
            season.assessed(1), contested(1, 5), withdrawn(1, 9, causes=("died",), ends_cover=True)
        )
        await season.send(season.paid(1, aid=[aid()]))

        assert await refunds(season) == [(5001, PRICE, "requested", True)]
        assert await season.active() == set()

    async def test_with_all_of_it_on_the_card_returns_it_from_the_fund(self, season):
        await season.send(season.assessed(1), season.paid(1, own=20_000, aid=[aid()]))
        await season.cards(season.card(1))
        await help_left(season)
        await season.send(contested(1, 8), withdrawn(1, 9, causes=("died",), ends_cover=True))

        assert await refunds(season) == []
        assert await open_cases(season) == [("recovery", "grants/1", "from_fund")]
        await decide(season, 1, "from_fund", "参保前死亡，由基金退回")
        recovered = [fact for fact in await season.published() if isinstance(fact, SubsidyRecovered)]
        assert [(fact.source, fact.amount_fen) for fact in recovered] == [("fund", 20_000)]
        await season.ask("POST", "/v1/refunds", json=asked(5001), expect=409)

    async def test_is_not_given_back_twice_after_the_fund_returned_its_help(self, season, checker):
        await reimbursed(season)
        await help_left(season)
        await season.send(contested(1, 8), withdrawn(1, 9, causes=("died",), ends_cover=True))
        await approve(season, checker)

        refused = await season.ask("POST", "/v1/refunds", json=asked(5001), expect=409)
        assert refused["left_fen"] == 0

    async def test_whose_refund_is_rejected_leaves_the_help_to_recover(self, season, checker):
        await reimbursed(season)
        await help_left(season)
        await season.send(contested(1, 8), withdrawn(1, 9, causes=("died",), ends_cover=True))
        assert await open_cases(season) == []
        await season.ask("POST", "/v1/refunds/1/reject", json={}, http=checker)

        assert [kind for kind, _, _ in await open_cases(season)] == ["recovery"]


class TestHelpOnly:
    async def test_that_was_withdrawn_is_not_taken_out_of_the_fund(self, season):
        await reimbursed(season)
        await help_left(season)
        await season.send(contested(1, 8), withdrawn(1, 9))

        refused = await decide(season, 1, "from_fund", "由基金退回", expect=409)
        assert refused["type"].endswith(":recovery-not-in-fund")
        assert await open_cases(season) == [("recovery", "grants/1", "recovered")]


class TestMoneyThatWentBackOutside:
    async def test_leaves_help_to_recover_that_had_left(self, season):
        await reimbursed(season)
        await help_left(season)
        await season.send(returned(1, PRICE, 6))

        assert await open_cases(season) == [("recovery", "grants/1", "recovered")]

    async def test_in_part_leaves_a_case_about_the_rest(self, season):
        await season.send(season.assessed(1), season.suspended(1))
        await season.send(
            returned(1, 10_000, 4, payment_id=7001, left=18_000, withdraws=False, applied=False)
        )

        assert await refunds(season) == [
            (7001, PRICE, "superseded", False),
            (7001, 18_000, "requested", False),
        ]

    async def test_beside_a_request_that_it_leaves_covered_changes_nothing(self, season, checker):
        await season.send(season.assessed(1), season.paid(1))
        await season.ask("POST", "/v1/refunds", json=asked(5001, 1_000), expect=201)
        await season.send(returned(1, 10_000, 6, left=18_000, withdraws=False))
        await approve(season, checker)

        assert await refunds(season) == [(5001, 1_000, "approved", False)]

    async def test_in_part_before_it_was_applied_leaves_what_was_applied(self, season):
        await season.send(
            season.suspended(1, reason="wrong_amount", amount=40_000, payment_id=5001, days=2.0)
        )
        await season.send(returned(1, 12_000, 3, left=28_000, withdraws=False, applied=False))
        await season.send(season.assessed(1), season.paid(1, aid=[aid()], days=4, from_suspense=True))

        assert await season.active() == {(1, "county_finance", "reimburse_to_card", 20_000)}
        rest = await season.ask("POST", "/v1/refunds", json=asked(5001), expect=201)
        assert rest["amount_fen"] == FULL


class TestABankThatCorrectsItself:
    async def failed(self, season, kind_of):
        await kind_of(season)
        batch = await season.batch()
        amount = (await season.payouts())[0][3]
        await season.results(batch["batch_id"], ("P0000000001-01", "failed", amount, "户名不符"))
        return batch["batch_id"], amount

    async def test_about_help_that_was_taken_back_since_opens_a_recovery(self, season):
        batch_id, amount = await self.failed(season, reimbursed)
        await season.send(contested(1, 8), withdrawn(1, 9))
        await season.results(batch_id, ("P0000000001-01", "paid", amount, ""), days=10)

        assert await open_cases(season) == [("recovery", "payouts/1/attempts/1", "recovered")]
        await decide(season, 1, "recovered", "本人已退回")
        recovered = [fact for fact in await season.published() if isinstance(fact, SubsidyRecovered)]
        assert [(fact.source, fact.amount_fen) for fact in recovered] == [("person", 20_000)]

    async def test_about_a_refund_that_was_applied_since_is_told_and_helps_no_more(self, season, checker):
        async def refund(season):
            await season.send(season.assessed(1), season.suspended(1, payment_id=5001))
            await season.cards(season.card(1))
            await approve(season, checker)

        batch_id, amount = await self.failed(season, refund)
        await season.send(season.paid(1, aid=[aid()], days=8, from_suspense=True))
        assert len(await season.active()) == 1
        await season.results(batch_id, ("P0000000001-01", "paid", amount, ""), days=10)

        assert [kind for kind, _, _ in await open_cases(season)] == ["paid_twice"]
        assert await season.active() == set()
        assert sum(isinstance(fact, RefundSettled) for fact in await season.published()) == 2
