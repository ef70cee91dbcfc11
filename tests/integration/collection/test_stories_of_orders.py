"""An order never makes anybody pay twice, however late it is paid."""

from datetime import timedelta

import pytest

from libs.common.events.registration import PersonMerged

from .conftest import NOW, PRICE, season, states

MINUTE = timedelta(minutes=1)


async def order(counter, *people, at=NOW):
    body = {"county": "youxi", "coverage_year": 2020, "person_ids": list(people), "channel": "wechat"}
    return await counter.http.post("/v1/orders", json=body, headers={"canbao-clock": at.isoformat()})


async def pay_order(counter, made, at):
    sent = counter.keys.wechat().payment(
        transaction_id="W1", out_trade_no=made["order_no"], amount_fen=made["amount_fen"], paid_at=at
    )
    assert (await counter.deliver(sent, at)).status_code == 200
    (row,) = await counter.rows("SELECT id FROM notifications WHERE channel = 'wechat'")
    return await counter.payment(row.id)


async def test_an_order_is_closed_when_one_of_its_members_is_paid_elsewhere(counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    made = (await order(counter, 1, 2)).json()
    await counter.pay("T1", 1, at=NOW + MINUTE)
    shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
    assert (shown["state"], shown["close_reason"]) == ("cancelled", "member_paid")
    again = await order(counter, 2, at=NOW + 2 * MINUTE)
    assert again.status_code == 201


async def test_paying_it_all_the_same_doubles_nobody(counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    made = (await order(counter, 1, 2)).json()
    await counter.pay("T1", 1, at=NOW + MINUTE)
    payment = await pay_order(counter, made, NOW + 2 * MINUTE)
    assert states(payment) == [("suspended", "already_paid"), ("applied", None)]


async def shown(counter, made):
    found = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
    return found["state"], found["close_reason"]


class TestAnOrderIsClosed:
    @pytest.mark.parametrize("days", [-3, 0, 1])
    async def test_when_help_covers_all_of_somebody_in_it(self, counter, days):
        """However the grant is dated."""
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1, 2)).json()
        at = NOW + MINUTE + timedelta(days=days)
        await counter.tell(counter.granted(1, at), at=min(at, NOW + MINUTE))
        assert await shown(counter, made) == ("cancelled", "member_exempt")
        assert (await order(counter, 2, at=NOW + 2 * MINUTE)).status_code == 201

    async def test_and_paid_all_the_same_pays_the_others_only(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1, 2)).json()
        await counter.tell(counter.granted(1, NOW), at=NOW + MINUTE)
        payment = await pay_order(counter, made, NOW + 2 * MINUTE)
        assert states(payment) == [("suspended", "already_exempt"), ("applied", None)]

    async def test_when_somebody_in_it_owes_another_amount(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1, 2)).json()
        await counter.tell(counter.assessed(1, revision=2, schedule=season(30_000), at=NOW + MINUTE))
        assert await shown(counter, made) == ("cancelled", "due_changed")
        assert (await order(counter, 1, 2, at=NOW + 2 * MINUTE)).json()["amount_fen"] == 30_000 + PRICE

    async def test_when_somebody_in_it_is_enrolled_no_longer(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1, 2)).json()
        await counter.tell(counter.cancelled(1, NOW, revision=2), at=NOW + MINUTE)
        assert await shown(counter, made) == ("cancelled", "due_changed")

    async def test_when_a_record_of_somebody_in_it_turns_out_to_be_paid(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2), counter.assessed(3))
        await counter.pay("T1", 2)
        made = (await order(counter, 1, 3)).json()
        one_person = PersonMerged(
            person_id=1, merged_person_id=2, county="youxi",
            identity_digests=(counter.digest(1), counter.digest(2)), merged_at=NOW + MINUTE,
        )  # fmt: skip
        await counter.tell(one_person, at=NOW + MINUTE)
        assert await shown(counter, made) == ("cancelled", "member_paid")

    async def test_never_by_news_that_change_nothing_of_it(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1)).json()
        await counter.tell(counter.assessed(1, revision=2, at=NOW + MINUTE), counter.assessed(1))
        await counter.tell(counter.granted(2, NOW), counter.granted(1, NOW, 77, completes_enrollment=False))
        await counter.tell(counter.granted(1, NOW), counter.revoked(1, NOW))
        assert await shown(counter, made) == ("pending", None)


async def test_an_order_that_is_paid_itself_is_paid(counter):
    await counter.tell(counter.assessed(1), counter.assessed(2))
    made = (await order(counter, 1, 2)).json()
    assert states(await pay_order(counter, made, NOW + MINUTE)) == [("applied", None)] * 2
    shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
    assert (shown["state"], shown["close_reason"]) == ("paid", None)


async def test_money_that_an_officer_applies_closes_the_order_too(counter):
    await counter.tell(counter.assessed(1))
    payment = await counter.pay("T1", 9)
    made = (await order(counter, 1)).json()
    path = f"/v1/suspense/{payment['payment_id']}/1/apply"
    answer = await counter.http.post(path, json={"person_id": 1})
    assert (answer.status_code, answer.json().get("amount_fen")) == (200, PRICE)
    shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
    assert shown["close_reason"] == "member_paid"
