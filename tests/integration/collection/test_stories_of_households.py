"""A household that has to be on one tier is: the first paid fixes it, and nobody is told two things."""

from datetime import timedelta

import pytest

from libs.common.clock import SHANGHAI
from libs.common.events.collection import PaymentReceived
from libs.common.events.envelope import TierSchedule

from .conftest import NOW, id_number, name, season, states

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE, TWO = 25_000, 62_500
HUILONG = {"county": "huilong", "household_id": 500}


def member(counter, person, tier=None, **changes):
    """A member of one household, on a tier or with the choice."""
    values = dict(HUILONG)
    if tier is None:
        undecided = tuple(
            segment.model_copy(update={"outcome": "undetermined", "price_fen": None, "own_due_fen": None})
            for segment in season()[:2]
        )
        values["schedule"] = undecided
        values["choices"] = tuple(
            TierSchedule(tier=number, schedule=season(fen)) for number, fen in ((1, ONE), (2, TWO))
        )
    else:
        values |= {"tier": tier, "schedule": season(ONE if tier == 1 else TWO)}
    return counter.assessed(person, **(values | changes))


def mixed():
    """What is owed while the household is on another tier: nothing."""
    none = {"outcome": "rejected", "price_fen": None, "own_due_fen": None}
    return tuple(
        one.model_copy(update=none | {"reason_codes": ("household_tier_mismatch",)}) for one in season()
    )


async def pay(counter, number, *parts, **changes):
    items = [{"id_number": id_number(p), "name": name(p), "amount_fen": fen} for p, fen in parts]
    whole = sum(fen for _, fen in parts)
    return await counter.pay(number, items=items, amount_fen=whole, county="huilong", **changes)


async def cases(counter, **query):
    return (await counter.http.get("/v1/cases", params=query)).json()["items"]


class TestOneTier:
    async def test_the_first_line_of_a_payment_fixes_it_and_the_other_tier_waits(self, counter):
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2))
        payment = await pay(counter, "T1", (1, ONE), (2, TWO))
        assert states(payment) == [("applied", None), ("suspended", "household_tier_mismatch")]
        (case,) = await cases(counter)
        assert (case["kind"], case["evidence"]["paid_first"]) == ("household_tiers", "applied")

    async def test_an_earlier_payment_that_arrives_late_waits_and_the_case_says_who_was_first(self, counter):
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2))
        second = await pay(counter, "T2", (2, TWO), at=NOW + 5 * HOUR)
        first = await pay(counter, "T1", (1, ONE), at=NOW + DAY, paid_at=NOW)
        assert states(second) == [("applied", None)]
        assert states(first) == [("suspended", "household_tier_mismatch")]
        (case,) = await cases(counter)
        evidence = case["evidence"]
        assert (evidence["paid_first"], evidence["waiting"]["tier"]) == ("waiting", 1)
        assert (evidence["applied"]["tier"], evidence["applied"]["person_id"]) == (2, 2)

    async def test_the_line_that_waits_goes_on_once_the_member_is_on_the_tier(self, counter):
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2))
        payment = await pay(counter, "T1", (1, ONE), (2, TWO))
        moved = member(counter, 2, 1, revision=2, schedule=season(TWO), at=NOW + DAY)
        await counter.tell(moved, at=NOW + DAY)
        assert states(await counter.payment(payment["payment_id"])) == [("applied", None)] * 2
        assert await cases(counter) == []

    async def test_the_line_that_waits_goes_on_once_what_fixed_the_tier_is_given_back(self, counter):
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2))
        payment = await pay(counter, "T1", (1, ONE), (2, TWO))
        await counter.tell(counter.refunded(payment["payment_id"], 1, "paid", withdraws=True))
        after = await counter.payment(payment["payment_id"])
        assert states(after) == [("refunded", None), ("applied", None)]

    @pytest.mark.parametrize("gone", ["refunded", "cancelled"])
    async def test_the_case_closes_when_the_line_waits_for_it_no_more(self, counter, gone):
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2))
        payment = await pay(counter, "T1", (1, ONE), (2, TWO))
        if gone == "refunded":
            fact = counter.refunded(payment["payment_id"], 2, "paid", amount_fen=TWO, withdraws=False)
        else:
            fact = counter.cancelled(2, NOW, revision=2).model_copy(update={"county": "huilong"})
        await counter.tell(fact)
        await counter.match()
        assert await cases(counter) == []

    async def test_who_moves_takes_the_tier_along(self, counter):
        await counter.tell(
            member(counter, 1, 2), member(counter, 2, 1), member(counter, 3, 1, household_id=501)
        )
        await pay(counter, "T1", (1, TWO))
        left = await pay(counter, "T2", (2, ONE), at=NOW + HOUR)
        assert states(left) == [("suspended", "household_tier_mismatch")]
        at = NOW + 2 * HOUR
        await counter.tell(member(counter, 1, 2, revision=2, at=at, household_id=501), at=at)
        await counter.match()
        assert states(await counter.payment(left["payment_id"])) == [("applied", None)]
        assert await cases(counter) == []
        joined = await pay(counter, "T3", (3, ONE), at=NOW + 3 * HOUR)
        assert states(joined) == [("suspended", "household_tier_mismatch")]

    @pytest.mark.parametrize("late", [False, True])
    async def test_what_registration_says_then_of_the_others_leaves_the_reason(self, counter, late):
        """Once a household has a tier, nothing is payable any more for a member on the other one."""
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2))
        second = await pay(counter, "T2", (2, TWO), at=NOW + 5 * HOUR)
        at = NOW + 5 * HOUR
        await counter.tell(member(counter, 1, 1, revision=2, at=at, schedule=mixed()), at=at)
        first = await pay(counter, "T1", (1, ONE), at=NOW + DAY, paid_at=NOW if late else NOW + 6 * HOUR)
        assert (states(second), states(first)) == (
            [("applied", None)],
            [("suspended", "household_tier_mismatch")],
        )
        (case,) = await cases(counter)
        assert case["evidence"]["paid_first"] == ("waiting" if late else "applied")
        assert case["evidence"]["waiting"]["tier"] == 1

    async def test_an_exempt_member_fixes_it_too(self, counter):
        await counter.tell(member(counter, 1, 1), member(counter, 2))
        await counter.tell(counter.granted(1, NOW, county="huilong"))
        payment = await pay(counter, "T1", (2, TWO), at=NOW + HOUR)
        assert states(payment) == [("suspended", "household_tier_mismatch")]
        (case,) = await cases(counter)
        assert case["evidence"]["applied"] == {
            "exempt": True, "person_id": 1, "tier": 1, "since": NOW.astimezone(SHANGHAI).isoformat(),
        }  # fmt: skip

    async def test_other_households_and_other_counties_are_not_concerned(self, counter):
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2, household_id=501))
        assert states(await pay(counter, "T1", (1, ONE), (2, TWO))) == [("applied", None)] * 2

    @pytest.mark.parametrize("paid", [False, True])
    async def test_an_order_that_mixes_tiers_names_who_is_on_the_other(self, counter, paid):
        await counter.tell(member(counter, 1, 1), member(counter, 2, 2), member(counter, 3, 2))
        body = {"county": "huilong", "coverage_year": 2020, "channel": "wechat"}
        if paid:
            await pay(counter, "T1", (3, TWO))
        people = [2] if not paid else [1]
        alone = await counter.http.post("/v1/orders", json=body | {"person_ids": people})
        both = await counter.http.post("/v1/orders", json=body | {"person_ids": [1, 2]})
        assert alone.status_code == (409 if paid else 201)
        assert both.status_code == 409
        problem = both.json()
        assert problem["type"].endswith("household-tiers")
        assert [error["pointer"] for error in problem["errors"]] == [f"#/person_ids/{0 if paid else 1}"]


class TestTheAmountNamesTheTier:
    async def test_while_none_is_chosen_and_only_one_fits(self, counter):
        await counter.tell(member(counter, 1))
        assert states(await pay(counter, "T1", (1, TWO))) == [("applied", None)]
        (fact,) = [fact for fact in await counter.published() if isinstance(fact, PaymentReceived)]
        assert (fact.tier, fact.own_fen, fact.price_fen) == (2, TWO, TWO)

    async def test_only_as_the_household_has_paid(self, counter):
        await counter.tell(member(counter, 1), member(counter, 2))
        await pay(counter, "T1", (1, TWO))
        assert states(await pay(counter, "T2", (2, ONE))) == [("suspended", "household_tier_mismatch")]

    async def test_and_waits_until_a_tier_is_chosen_where_none_fits(self, counter):
        await counter.tell(member(counter, 1))
        payment = await pay(counter, "T1", (1, 30_000))
        assert states(payment) == [("suspended", "wrong_amount")]
        chosen = member(counter, 1, 2, revision=2, schedule=season(30_000), at=NOW + DAY)
        await counter.tell(chosen, at=NOW + DAY)
        assert states(await counter.payment(payment["payment_id"])) == [("applied", None)]
        received = [fact for fact in await counter.published() if isinstance(fact, PaymentReceived)]
        assert [fact.tier for fact in received] == [2]


class TestTwoCounties:
    @pytest.mark.parametrize("person", [1, 2])
    async def test_a_second_payment_in_another_county_is_kept_apart(self, counter, person):
        """The same document, as one person or as two records."""
        other = {"county": "huining", "identity_digests": (counter.digest(1),), "enrollment_id": 7001}
        other |= {"person_id": person, "name_digest": counter.context.digests.name(name(1))}
        await counter.tell(counter.assessed(1), counter.assessed(1, **other))
        first = await counter.pay("T1", 1)
        second = await counter.pay("T2", 1, county="huining")
        assert (states(first), states(second)) == (
            [("applied", None)],
            [("suspended", "enrolled_elsewhere")],
        )

    @pytest.mark.parametrize("person", [1, 2])
    @pytest.mark.parametrize("by", ["item", "order"])
    async def test_which_goes_on_once_the_first_is_given_back(self, counter, person, by):
        other = {"county": "huining", "identity_digests": (counter.digest(1),), "enrollment_id": 7001}
        other |= {"person_id": person, "name_digest": counter.context.digests.name(name(1))}
        await counter.tell(counter.assessed(1), counter.assessed(1, **other))
        if by == "order":
            body = {"county": "huining", "coverage_year": 2020, "person_ids": [person], "channel": "wechat"}
            order = (await counter.http.post("/v1/orders", json=body)).json()
        first = await counter.pay("T1", 1)
        if by == "order":
            sent = counter.keys.wechat().payment(
                transaction_id="W1", out_trade_no=order["order_no"], amount_fen=ONE, paid_at=NOW
            )
            await counter.deliver(sent)
            await counter.match()
        else:
            await counter.pay("T2", 1, county="huining")
        back = counter.refunded(first["payment_id"], 1, "paid", withdraws=True)
        await counter.tell(back, at=NOW + DAY)
        await counter.match()
        rows = await counter.rows("SELECT state, county FROM payment_lines ORDER BY payment_id")
        assert [(row.state, row.county) for row in rows] == [("refunded", "youxi"), ("applied", "huining")]

    @pytest.mark.parametrize("exempt", [False, True])
    async def test_also_where_it_names_a_county_in_which_the_person_is_not_enrolled(self, counter, exempt):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        if exempt:
            await counter.tell(counter.granted(1, NOW))
        else:
            await counter.pay("T1", 1)
        payment = await counter.pay("T2", 1, county="huining")
        assert states(payment) == [("suspended", "enrolled_elsewhere")]
        assert (payment["lines"][0]["person_id"], payment["lines"][0]["county"]) == (1, "huining")
        assert states(await counter.pay("T3", 2, county="huining")) == [("suspended", "unknown_person")]

    async def test_also_through_an_order_and_in_one_batch(self, counter):
        other = {"county": "huining", "identity_digests": (counter.digest(1),), "enrollment_id": 7001}
        await counter.tell(counter.assessed(1), counter.assessed(1, **other, person_id=2))
        body = {"county": "huining", "coverage_year": 2020, "person_ids": [2], "channel": "wechat"}
        order = (await counter.http.post("/v1/orders", json=body)).json()
        sent = counter.keys.wechat().payment(
            transaction_id="W1", out_trade_no=order["order_no"], amount_fen=25_000, paid_at=NOW
        )
        await counter.notify("T1", 1)
        await counter.deliver(sent)
        await counter.match()
        rows = await counter.rows("SELECT state, reason FROM payment_lines ORDER BY payment_id")
        assert [(row.state, row.reason) for row in rows] == [
            ("applied", None),
            ("suspended", "enrolled_elsewhere"),
        ]
