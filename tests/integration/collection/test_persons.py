"""What was ordered for somebody, what was tried to pay it, and what was told about the money: by person."""

from datetime import timedelta

import pytest

from .conftest import NOW, PRICE
from .test_debits import Desk, desk  # noqa: F401 (a fixture)
from .test_orders import order, pay_order
from .test_stories_of_merges import merged
from .test_stories_of_queries import WeChat, asked, look, order_of  # noqa: F401 (a fixture)
from .test_stories_of_returns import paid_by_wechat, refund, send

LATER = NOW + timedelta(hours=1)


async def orders_of(counter, person=1, at=NOW, http=None, **params):
    headers = {"canbao-clock": at.isoformat()}
    path = f"/v1/persons/{person}/orders"
    answer = await (http or counter.http).get(path, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def told_of(counter, person=1, http=None, **params):
    answer = await (http or counter.http).get(f"/v1/persons/{person}/notifications", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def of_division(counter, client, division, *scopes):
    app = counter.http._transport.app
    return await client(
        counter.context, app=app, scopes=list(scopes) or ["collection:read"], division=division
    )


def led_to(one):
    return [(line["state"], line["reason"], line["amount_fen"]) for line in one["lines"]]


class TestOrders:
    async def test_say_who_made_them_what_they_cost_for_whom_and_how_they_ended(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        first = (await order(counter, 1, 2)).json()
        await counter.http.post(f"/v1/orders/{first['order_no']}/cancel", json={})
        second = (await order(counter, 1, key="k2", instant=NOW + timedelta(days=1))).json()

        pending, cancelled = await orders_of(counter, at=NOW + timedelta(days=1))
        (expired, _) = await orders_of(counter, at=NOW + timedelta(days=2))

        assert (pending["order_no"], cancelled["order_no"]) == (second["order_no"], first["order_no"])
        assert (pending["state"], cancelled["state"], expired["state"]) == ("pending", "cancelled", "expired")
        assert (cancelled["amount_fen"], cancelled["order_fen"], cancelled["people"]) == (PRICE, 2 * PRICE, 2)
        assert pending["created_by"] and pending["channel"] == "wechat" and cancelled["cancelled_at"]
        assert [one["order_no"] for one in await orders_of(counter, 2)] == [first["order_no"]]

    async def test_are_paged_and_of_one_year_where_a_year_is_asked_for(self, counter):
        await counter.tell(counter.assessed(1))
        first = (await order(counter, 1)).json()
        await counter.http.post(f"/v1/orders/{first['order_no']}/cancel", json={})
        await order(counter, 1, key="k2", instant=NOW + timedelta(days=1))

        page = (await counter.http.get("/v1/persons/1/orders?limit=1")).json()
        rest = await orders_of(counter, after=page["next_after"], limit=1)

        assert len(page["items"]) == 1 and [one["order_no"] for one in rest] == [first["order_no"]]
        assert await orders_of(counter, coverage_year=2019) == []
        assert len(await orders_of(counter, coverage_year=2020)) == 2

    @pytest.mark.parametrize("asked", [WeChat], indirect=True)
    async def test_tell_each_attempt_to_pay_and_why_it_was_refused(self, asked):  # noqa: F811
        counter, other = asked
        counter.context.settings.public_url = "https://ybj.example.cn/collection"
        made = await order_of(counter, other.channel)
        path = f"/v1/orders/{made['order_no']}/prepayment"
        assert (await counter.http.post(path, json={"way": "native"})).status_code == 200
        other.server.forged = True
        assert (await counter.http.post(path, json={"way": "native"})).status_code == 503
        other.server.forged = False
        await counter.http.post(f"/v1/orders/{made['order_no']}/cancel", json={})
        body = {"way": "jsapi", "openid": "oUpF8uMuAJO"}
        assert (await counter.http.post(path, json=body)).status_code == 409
        await look(counter)

        (shown,) = await orders_of(counter)

        tried = [(one["kind"], one["way"], one["outcome"], one["refusal"]) for one in shown["attempts"]]
        assert tried[:3] == [
            ("opened", "native", "opened", None),
            ("opened", "native", "refused", "payment-not-opened"),
            ("opened", "jsapi", "refused", "order-not-payable"),
        ]
        assert shown["attempts"][1]["fault"] and shown["attempts"][2]["fault"] == "cancelled"
        asking = shown["attempts"][3]
        assert (asking["kind"], asking["tries"], asking["attempted_by"]) == ("asked", 1, None)
        assert shown["attempts"][0]["attempted_by"] == shown["created_by"]

    async def test_tell_what_a_bank_said_when_it_was_to_debit_them(self, desk):  # noqa: F811
        await desk.counter.tell(desk.counter.assessed(1, household_id=501))
        await desk.signed(1, 1)
        batch, (number,) = await desk.given()
        (sent,) = (await orders_of(desk.counter))[0]["attempts"]
        await desk.told(batch, f"{number},failed,{PRICE},余额不足,")

        (shown,) = await orders_of(desk.counter)

        (failed,) = shown["attempts"]
        assert (sent["kind"], sent["outcome"], sent["answered_at"]) == ("debited", None, None)
        assert (failed["outcome"], failed["fault"]) == ("failed", "余额不足") and failed["answered_at"]
        assert (shown["state"], shown["close_reason"]) == ("cancelled", "debit_ended")


class TestRefusedOrders:
    async def test_say_why_and_whether_somebody_else_stood_in_the_way(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await order(counter, 1)
        assert (await order(counter, 1, 2, key="k2", instant=NOW + timedelta(minutes=1))).status_code == 409

        (first,) = (await counter.http.get("/v1/persons/1/refused-orders")).json()["items"]
        (second,) = (await counter.http.get("/v1/persons/2/refused-orders?coverage_year=2020")).json()[
            "items"
        ]
        before = (await counter.http.get("/v1/persons/1/refused-orders?coverage_year=2019")).json()["items"]

        assert (first["refusal"], first["about_person"]) == ("order-pending", True)
        assert (second["refusal"], second["about_person"]) == ("order-pending", False)
        assert first["refused_at"] == "2019-11-20T10:01:00+08:00" and first["title_zh"]
        assert (first["channel"], first["refused_by"]) == (
            "wechat",
            (await orders_of(counter))[0]["created_by"],
        )
        assert before == []

    async def test_are_paged(self, counter):
        await counter.tell(counter.assessed(1))
        for number in range(3):
            await order(counter, 1, key=f"k{number}")

        page = (await counter.http.get("/v1/persons/1/refused-orders?limit=1")).json()
        path = f"/v1/persons/1/refused-orders?after={page['next_after']}"
        rest = (await counter.http.get(path)).json()

        assert (len(page["items"]), len(rest["items"]), rest["next_after"]) == (1, 1, None)

    async def test_follow_who_turned_out_to_be_one_person_and_are_kept_once_after_it(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        for number in range(2):
            await order(counter, 2, key=f"k{number}")
        await counter.tell(merged(counter))
        await order(counter, 1, key="k2", instant=NOW + timedelta(minutes=1))
        await order(counter, 1, key="k3", instant=NOW + timedelta(minutes=2))

        found = (await counter.http.get("/v1/persons/1/refused-orders")).json()["items"]

        when = [one["refused_at"] for one in found]
        assert "2019-11-20T10:00:00+08:00" in when, "it was the other record's"
        assert len(set(when)) == len(when), when

    async def test_for_people_of_elsewhere_leave_no_trace_of_them(self, counter, client):
        await counter.tell(counter.assessed(1))
        elsewhere = await of_division(counter, client, "350426999", "orders:write")

        assert (await order(counter, 1, http=elsewhere)).status_code in (403, 404)

        assert (await counter.http.get("/v1/persons/1/refused-orders")).json()["items"] == []


class TestNotifications:
    async def test_say_when_they_came_and_that_they_led_to_a_payment(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1, 2)).json()
        payment = await pay_order(counter, made["order_no"], 2 * PRICE)

        (one,) = await told_of(counter)

        assert one["notification_id"] == payment["payment_id"]
        assert (one["told_by"], one["led_to"], one["order_no"]) == ("channel", "payment", made["order_no"])
        assert led_to(one) == [("applied", None, PRICE)] and one["received_at"] >= one["paid_at"]
        assert "content" not in one and "raw_base64" not in one

    async def test_say_that_a_second_payment_waits_as_a_duplicate(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        await counter.pay("T2", 1)

        second, first = await told_of(counter)

        assert (first["transaction_no"], second["transaction_no"]) == ("T1", "T2")
        assert led_to(second) == [("suspended", "already_paid", PRICE)]
        assert [one["transaction_no"] for one in await told_of(counter, limit=1)] == ["T2"]
        after = second["notification_id"]
        assert [one["transaction_no"] for one in await told_of(counter, after=after)] == ["T1"]

    async def test_of_money_that_nobody_can_split_are_told_of_who_is_in_the_order(self, counter, client):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1, 2)).json()
        await pay_order(counter, made["order_no"], PRICE)

        (one,) = await told_of(counter, 2)
        township = await of_division(counter, client, "350426101")
        (seen,) = await told_of(counter, 2, township)

        assert led_to(one) == [("suspended", "wrong_amount", PRICE)] and one["lines"][0]["unsplit"]
        assert (seen["led_to"], seen["lines"]) == ("payment", [])

    async def test_of_money_that_has_just_come_lead_to_nothing_yet(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.notify("T1", 1)

        assert await told_of(counter) == []  # nobody has read whose it is

    async def test_tell_of_money_that_went_back_outside(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await send(counter, await paid_by_wechat(counter, 1), refund(counter, 100))
        await counter.pay("T2", 2)

        back, paid = await told_of(counter)

        assert (back["kind"], back["led_to"], back["lines"]) == ("return", "return", [])
        said = back["money_back"]
        assert (said["amount_fen"], said["state"], said["payment_id"]) == (
            100,
            "booked",
            paid["notification_id"],
        )
        assert [one["kind"] for one in await told_of(counter, 2)] == ["payment"]

    async def test_of_another_year_are_left_out(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)

        assert await told_of(counter, coverage_year=2019) == []
        assert len(await told_of(counter, coverage_year=2020)) == 1


class TestBoth:
    @pytest.mark.parametrize("what", ["orders", "refused-orders", "notifications"])
    async def test_are_of_the_own_division_and_every_look_is_on_record(self, counter, client, what):
        await counter.tell(counter.assessed(1))
        await order(counter, 1)
        path = f"/v1/persons/1/{what}"
        elsewhere = await of_division(counter, client, "350426999")
        here = await of_division(counter, client, "350426101")
        payer = await of_division(counter, client, "350426", "orders:write")

        assert (await elsewhere.get(path)).status_code == 403
        assert (await payer.get(path)).status_code == 403
        assert (await here.get(path)).status_code == 200
        assert (await here.get(f"/v1/persons/99/{what}")).status_code == 404
        looked = "SELECT operation, person_id FROM person_lookups WHERE operation LIKE 'list_person_%s'"
        looked = looked.replace("%s", what.replace("-", "_"))
        assert [tuple(one) for one in await counter.rows(looked)] == [
            (f"list_person_{what.replace('-', '_')}", 1)
        ]
