"""An order never makes anybody pay twice, however late it is paid."""

from datetime import timedelta

from .conftest import NOW, PRICE, states

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
