"""Two records that turn out to be one person: one help, whichever fact is heard first, wherever money is."""

from itertools import permutations

import pytest

from libs.common.events.envelope import MergedEnrollment
from libs.common.events.registration import PersonMerged
from libs.common.events.subsidy import SubsidyGranted, SubsidyRevoked
from tests.integration.subsidy.conftest import PRICE, aid, at
from tests.integration.subsidy.facts import cases, states, taken_back

HELPED = (1, "county_finance", "reimburse_to_card", 20_000)


def merged(season, days=4.0):
    """Record 2 turns out to be person 1, whose enrollment stands; the other one is cancelled, told before."""
    fact = PersonMerged(
        person_id=1,
        merged_person_id=2,
        county="huining",
        identity_digests=(season.digest(1), season.digest(2)),
        merged_at=at(days),
        enrollments=(MergedEnrollment(coverage_year=2021, enrollment_id=1001, merged_enrollment_id=1002),),
    )
    cancelled, time = season.cancelled(2, days)
    ended = cancelled.model_copy(update={"reason": "merged", "revision": 9})
    return (ended, time), (fact, at(days))


async def both_paid(season):
    await season.send(
        season.assessed(1), season.assessed(2), season.paid(1, aid=[aid()]), season.paid(2, aid=[aid()])
    )
    await season.cards(season.card(1), season.card(2))


async def settled(season, payout, days):
    """One payout is sent, and the bank paid it."""
    await season.change(f"UPDATE payouts SET state = 'held' WHERE payout_id <> {payout} AND state = 'ready'")
    batch = await season.batch(days=days)
    await season.results(batch["batch_id"], (f"P{payout:010d}-01", "paid", 20_000, ""), days=days + 0.1)
    await season.change("UPDATE payouts SET state = 'ready' WHERE state = 'held'")


class TestHelpOfBoth:
    @pytest.mark.parametrize("order", [o for o in permutations(range(5)) if o.index(0) < o.index(1)][::3])
    async def test_ends_as_help_of_one_in_whatever_order_it_is_told(self, season, order):
        facts = [
            (season.assessed(1), season.paid(1, aid=[aid()])),
            (season.assessed(1, revision=2, days=4.5),),
            (season.assessed(2), season.paid(2, aid=[aid()])),
            merged(season),
            (taken_back(1, 4.2, payment_id=5002, reason="already_paid", merged=2),),
        ]
        for place in order:
            for fact in facts[place]:
                await season.send(fact)

        assert await season.active() == {HELPED}
        refunds = (await season.ask("GET", "/v1/refunds"))["items"]
        assert [(one["payment_id"], one["amount_fen"]) for one in refunds] == [(5002, PRICE)]

    async def test_that_had_not_left_is_cancelled_for_the_enrollment_that_ended(self, season):
        await both_paid(season)
        await season.send(*merged(season), *merged(season))

        assert await season.active() == {HELPED}
        assert await states(season) == ["ready", "cancelled"]

    async def test_that_had_left_for_the_enrollment_that_ended_counts_for_the_one_that_stands(self, season):
        await both_paid(season)
        await settled(season, 2, days=2.2)
        await season.send(*merged(season))

        assert await cases(season) == []
        assert await states(season) == ["cancelled", "paid"]

    async def test_that_had_left_for_both_is_to_be_recovered_once(self, season):
        await both_paid(season)
        for payout in (1, 2):
            await settled(season, payout, days=2 + payout / 10)
        await season.send(*merged(season))

        (case,) = await cases(season)
        assert (case["kind"], case["subject"], case["person_id"]) == ("recovery", "grants/2", 1)
        assert await states(season) == ["paid", "paid"]


class TestAnExemptPerson:
    @pytest.mark.parametrize("exempt_is_told_last", [False, True])
    async def test_stays_exempt_without_a_break_when_the_other_record_had_paid(
        self, season, exempt_is_told_last
    ):
        exempt = season.assessed(
            1, aid=[aid(mechanism="paid_on_behalf", amount=PRICE)], outcome="exempt", days=1
        )
        paid = [season.assessed(2), season.paid(2)]
        first, then = (paid, [exempt]) if exempt_is_told_last else ([exempt], paid)
        await season.send(*first, *then)
        await season.send(*merged(season))
        await season.send(taken_back(1, 4.2, payment_id=5002, reason="already_exempt", merged=2))

        assert await season.active() == {(1, "county_finance", "paid_on_behalf", PRICE)}
        assert not any(isinstance(fact, SubsidyRevoked) for fact in await season.published())


class TestWhoCouldBeExempt:
    @pytest.mark.parametrize("assessed_again", [False, True])
    async def test_is_not_helped_in_between_where_the_money_is_told_before_the_merge(
        self, season, assessed_again
    ):
        for_all = aid(mechanism="paid_on_behalf", amount=PRICE)
        await season.send(season.assessed(1), season.assessed(2), season.paid(1), season.paid(2))
        await season.send(season.assessed(2, revision=2, aid=[for_all], outcome="exempt", days=3))
        await season.send(taken_back(1, 4.2, payment_id=5002, reason="already_paid", merged=2))
        if assessed_again:
            await season.send(season.assessed(2, revision=3, aid=[for_all], outcome="exempt", days=3.5))
        await season.send(*merged(season))

        assert await season.active() == set()
        assert not any(isinstance(fact, SubsidyGranted) for fact in await season.published())

    async def test_is_helped_once_the_merge_is_known(self, season):
        for_all = aid(mechanism="paid_on_behalf", amount=PRICE)
        await season.send(season.assessed(1), season.assessed(2), season.paid(2))
        await season.send(taken_back(1, 4.2, payment_id=5002, reason="not_payable", merged=2))
        await season.send(*merged(season))
        await season.send(season.assessed(1, revision=2, aid=[for_all], outcome="exempt", days=4.5))

        assert await season.active() == {(1, "county_finance", "paid_on_behalf", PRICE)}


class TestWhatFollows:
    async def test_a_card_of_either_number_reaches_the_person(self, season):
        await season.send(season.assessed(1), season.assessed(2), season.paid(1, aid=[aid()]))
        await season.cards(season.card(2))
        assert await states(season) == ["waiting_card"]
        await season.send(*merged(season))

        assert await states(season) == ["ready"]

    async def test_either_id_shows_the_person(self, season):
        await both_paid(season)
        await season.send(*merged(season))
        shown = [await season.ask("GET", f"/v1/persons/{one}/subsidies") for one in (1, 2)]

        assert shown[0] == shown[1]
        assert (shown[0]["person_id"], len(shown[0]["cards"])) == (1, 2)

    async def test_a_ward_has_the_person_as_guardian_also_in_facts_that_come_late(self, season):
        ward = season.assessed(3, guardian_id=2, minor=True)
        await season.send(season.assessed(1), season.assessed(2), ward)
        await season.send(*merged(season))
        await season.send(season.assessed(4, guardian_id=2, minor=True))

        guardians = await season.rows("SELECT guardian_id FROM persons WHERE minor ORDER BY person_id")
        assert guardians == [(1,), (1,)]
