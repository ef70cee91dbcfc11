"""Where a household pays together, what comes for one waits until nobody is missing."""

from datetime import timedelta

import pytest

from libs.common.events.collection import PaymentReceived

from .conftest import NOW, PRICE, id_number, name, season, states

HOUR = timedelta(hours=1)
FAMILY = (1, 2, 3, 4)


def member(counter, person, **changes):
    return counter.assessed(person, **({"county": "dongan", "household_id": 500} | changes))


async def pay(counter, number, *people, amounts=(), **changes):
    fens = [*amounts, *[PRICE] * (len(people) - len(amounts))]
    items = [
        {"id_number": id_number(p), "name": name(p), "amount_fen": fen}
        for p, fen in zip(people, fens, strict=True)
    ]
    return await counter.pay(number, items=items, amount_fen=sum(fens), county="dongan", **changes)


async def all_states(counter):
    await counter.match()
    rows = await counter.rows("SELECT state, reason FROM payment_lines ORDER BY payment_id, line_no")
    return [(row.state, row.reason) for row in rows]


@pytest.fixture
async def family(counter):
    await counter.tell(*(member(counter, person) for person in FAMILY))
    return counter


class TestMoneyFromOutside:
    async def test_for_one_waits_until_all_have_paid_and_counts_from_its_own_instant(self, family):
        for number in (1, 2, 3):
            payment = await pay(family, f"T{number}", number, at=NOW + number * HOUR)
            assert states(payment) == [("suspended", "household_incomplete")]
        await pay(family, "T4", 4, at=NOW + 4 * HOUR)
        assert await all_states(family) == [("applied", None)] * 4
        vouchers = await family.rows("SELECT voucher_no, receipt_no FROM vouchers ORDER BY 1")
        assert {row.receipt_no for row in vouchers} <= {row.voucher_no for row in vouchers}
        assert len({row.receipt_no for row in vouchers}) == 1
        received = [fact for fact in await family.published() if isinstance(fact, PaymentReceived)]
        assert {fact.person_id: fact.paid_at for fact in received} == {
            person: NOW + person * HOUR for person in FAMILY
        }

    async def test_for_all_at_once_is_applied_at_once(self, family):
        assert states(await pay(family, "T1", *FAMILY)) == [("applied", None)] * 4

    async def test_for_all_of_which_one_line_is_wrong_waits_for_that_one(self, family):
        payment = await pay(family, "T1", *FAMILY, amounts=(PRICE - 1,))
        assert (
            states(payment) == [("suspended", "wrong_amount")] + [("suspended", "household_incomplete")] * 3
        )
        await pay(family, "T2", 1, at=NOW + HOUR)
        assert await all_states(family) == [
            ("suspended", "wrong_amount"),
            *[("applied", None)] * 4,
        ]

    async def test_does_not_wait_for_members_who_are_exempt_or_may_not_join(self, family):
        refused = tuple(
            segment.model_copy(update={"outcome": "rejected", "reason_codes": ("employee_insured",)})
            for segment in season()
        )
        payment = await pay(family, "T1", 1, 2)
        assert states(payment) == [("suspended", "household_incomplete")] * 2
        await family.tell(family.granted(3, NOW))
        assert await all_states(family) == [("suspended", "household_incomplete")] * 2
        await family.tell(member(family, 4, revision=2, schedule=refused, at=NOW))
        assert await all_states(family) == [("applied", None)] * 2

    async def test_for_one_who_joined_later_does_not_wait(self, family):
        await pay(family, "T1", *FAMILY)
        await family.tell(member(family, 5))
        assert states(await pay(family, "T2", 5)) == [("applied", None)]


class TestOrders:
    async def test_for_a_part_are_refused_with_the_names_of_the_others(self, family):
        body = {"county": "dongan", "coverage_year": 2020, "channel": "wechat"}
        refused = await family.http.post("/v1/orders", json=body | {"person_ids": [1, 3]})
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("household-incomplete")
        details = [error["detail"] for error in refused.json()["errors"]]
        assert ["2" in details[0], "4" in details[1], len(details)] == [True, True, 2]
        whole = await family.http.post("/v1/orders", json=body | {"person_ids": list(FAMILY)})
        assert whole.status_code == 201

    async def test_need_not_name_those_whose_money_waits(self, family):
        await pay(family, "T1", 1)
        body = {"county": "dongan", "coverage_year": 2020, "channel": "wechat", "person_ids": [2, 3, 4]}
        order = await family.http.post("/v1/orders", json=body)
        assert order.status_code == 201
        sent = family.keys.wechat().payment(
            transaction_id="W1", out_trade_no=order.json()["order_no"], amount_fen=3 * PRICE, paid_at=NOW
        )
        await family.deliver(sent)
        assert await all_states(family) == [("applied", None)] * 4
