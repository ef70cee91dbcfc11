"""Facts of registration and collection become grants, payouts and facts of their own."""

import itertools

import pytest

from libs.common.events.subsidy import SubsidyGranted

from .conftest import FULL, PRICE, aid, at


class TestExempt:
    async def test_is_granted_with_rule_payer_and_instant(self, season):
        await season.send(season.assessed(1, aid=FULL, outcome="exempt"))

        (fact,) = await season.published()
        assert isinstance(fact, SubsidyGranted)
        assert (fact.payer, fact.status, fact.assessment_id) == ("county_finance", "tekun", 10_001)
        assert (fact.mechanism, fact.amount_fen, fact.completes_enrollment) == ("paid_on_behalf", PRICE, True)
        assert fact.granted_at == at(1)
        assert await season.payouts() == []

    async def test_stands_whatever_a_later_revision_says(self, season):
        await season.send(
            season.assessed(1, aid=FULL, outcome="exempt"),
            season.assessed(1, revision=2, days=5),
            season.assessed(2, aid=FULL, outcome="exempt"),
        )
        await season.send(season.assessed(2, revision=2, days=5))

        assert await season.active() == {
            (person_id, "county_finance", "paid_on_behalf", PRICE) for person_id in (1, 2)
        }
        assert len(await season.published()) == 2

    async def test_goes_with_a_cancelled_enrollment_and_comes_back_with_a_reopened_one(self, season):
        await season.send(season.assessed(1, aid=FULL, outcome="exempt"), season.cancelled(1, 2))
        assert await season.active() == set()

        await season.send(season.assessed(1, aid=FULL, outcome="exempt", revision=2, days=3))
        assert await season.active() == {(1, "county_finance", "paid_on_behalf", PRICE)}


class TestAtPayment:
    async def test_a_reimbursement_opens_a_payout_that_waits_for_an_account(self, season):
        await season.send(season.assessed(1, aid=[aid()]), season.paid(1, aid=[aid()]))

        assert await season.active() == {(1, "county_finance", "reimburse_to_card", 20_000)}
        assert await season.payouts() == [(1, "subsidy", 1, 20_000, "waiting_card")]

    async def test_settled_outside_moves_no_money(self, season):
        await season.send(season.paid(1, aid=[aid("disabled_federation", 25_000, "outside_system")]))

        assert await season.active() == {(1, "disabled_federation", "outside_system", 25_000)}
        assert await season.payouts() == []

    async def test_a_person_without_help_leaves_no_grant(self, season):
        await season.send(season.assessed(1), season.paid(1))

        assert await season.published() == []


class TestOrder:
    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    async def test_between_topics_does_not_matter(self, season, order):
        mine = [aid()]
        steps = [
            [season.assessed(1, aid=mine), season.assessed(2, aid=FULL, outcome="exempt")],
            [season.paid(1, aid=mine), season.paid(3, own=8_000, aid=[aid(mechanism="paid_on_behalf")])],
            [season.assessed(3, aid=[aid(mechanism="paid_on_behalf")])],
        ]
        for number in order:
            await season.send(*steps[number])

        assert await season.active() == {
            (1, "county_finance", "reimburse_to_card", 20_000),
            (2, "county_finance", "paid_on_behalf", PRICE),
            (3, "county_finance", "paid_on_behalf", 20_000),
        }
        assert len(await season.payouts()) == 1

    async def test_late_help_waits_for_the_payment_it_relies_on(self, season):
        await season.send(season.assessed(1, revision=2, late=[aid()], days=9))
        assert await season.active() == set()

        await season.send(season.paid(1))
        (fact,) = await season.published()
        assert (fact.mechanism, fact.granted_at, fact.assessment_id) == ("reimburse_to_card", at(9), 20_001)

    async def test_the_same_event_again_changes_nothing(self, season):
        from libs.common.events import collection
        from services.subsidy.incoming.handlers import COLLECTION_FACTS, on_collection

        message = season.message(*season.paid(1, aid=[aid()]))
        for _ in range(2):
            await season.process(collection.TOPIC, on_collection, COLLECTION_FACTS, [message, message])

        assert len(await season.published()) == 1

    async def test_the_same_payment_in_another_event_grants_nothing_new(self, season):
        await season.send(season.paid(1, aid=[aid()]))
        await season.send(season.paid(1, aid=[aid()]))

        assert len(await season.published()) == 1
        assert len(await season.payouts()) == 1


class TestTrace:
    async def test_a_fact_names_what_caused_it(self, season):
        await season.send(season.paid(1, aid=[aid()]))

        assert await season.rows("SELECT correlation_id, causation_id FROM outbox") == [
            ("correlation-1", "1")
        ]

    async def test_the_database_allows_one_active_grant_a_payer(self, season):
        await season.send(season.paid(1, aid=[aid()]))
        with pytest.raises(Exception, match="uq_grants_active"):
            await season.rows(
                "INSERT INTO grants (county, coverage_year, person_id, enrollment_id, assessment_id,"
                " division_code, payer, status, mechanism, amount_fen, late, completes_enrollment,"
                " granted_at)"
                " SELECT county, coverage_year, person_id, enrollment_id, assessment_id, division_code,"
                " payer, status, mechanism, amount_fen, late, completes_enrollment, granted_at FROM grants"
            )
