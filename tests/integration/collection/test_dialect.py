"""Collection speaks the API's one dialect: strict requests, pages, keys, instants of Shanghai."""

from datetime import timedelta
from typing import get_args

import pytest

from libs.common.clock import CLOCK_HEADER
from services.collection.channels.port import NotificationKind
from services.collection.matching.rules import LineState
from services.collection.orders.rules import OrderState
from services.collection.tables import notifications

from .conftest import NOW, PRICE, Counter, id_number, name


async def keyless(counter: Counter, client):
    """A client that sends no key by itself."""
    http = await client(counter.context, app=counter.http._transport.app, keys=False)
    http.headers[CLOCK_HEADER] = NOW.isoformat()
    return http


async def suspended(counter: Counter) -> str:
    """Money whose name the bank has wrong; give the path that applies it."""
    await counter.tell(counter.assessed(1))
    items = [{"id_number": id_number(1), "name": "王五", "amount_fen": PRICE}]
    payment = await counter.pay("T1", items=items, amount_fen=PRICE)
    return f"/v1/suspense/{payment['payment_id']}/1/apply"


async def ordered(counter: Counter) -> str:
    """An order; give the path that cancels it."""
    await counter.tell(counter.assessed(1))
    body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "wechat"}
    return f"/v1/orders/{(await counter.http.post('/v1/orders', json=body)).json()['order_no']}/cancel"


SEARCH = {"id_number": id_number(1), "name": name(1), "coverage_year": 2020}
ORDER = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "tax"}


class TestStrictness:
    @pytest.mark.parametrize(
        ("path", "body", "pointer"),
        [
            ("/v1/dues/search", SEARCH | {"county_code": "x"}, "#/county_code"),
            ("/v1/orders", ORDER | {"chanel": "tax"}, "#/chanel"),
            ("/v1/suspense/1/1/apply", {"person": 1}, "#/person"),
            ("/v1/vouchers/verify", {"voucher_no": "1", "code": "A", "codes": "B"}, "#/codes"),
        ],
    )
    async def test_names_a_member_that_it_does_not_know(self, counter, path, body, pointer):
        answer = await counter.http.post(path, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert answer.json()["errors"][0]["detail_zh"]

    @pytest.mark.parametrize(
        ("path", "parameter"),
        [
            ("/v1/suspense?reasons=wrong_year", "reasons"),
            ("/v1/payments?transaction_no=T1&year=2020", "year"),
            ("/v1/payments/totals?coverage_yeer=2020", "coverage_yeer"),
            ("/v1/orders/CB1?county=youxi", "county"),
        ],
    )
    async def test_names_a_parameter_that_it_does_not_know(self, counter, path, parameter):
        answer = await counter.http.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"query/{parameter}")

    async def test_leaves_unknown_members_of_a_channel_in_the_raw_message(self, counter):
        data = counter.data("T1", 1) | {"teller": "7"}
        assert (await counter.deliver(counter.keys.sender().payment(data))).status_code == 202
        (lying,) = await counter.rows("SELECT raw FROM notifications")
        assert b"teller" not in lying.raw
        assert b'"teller"' in await counter.opened("SELECT raw FROM notifications", notifications.c.raw)

    async def test_refuses_a_note_that_cannot_be_stored(self, counter):
        answer = await counter.http.post(await suspended(counter), json={"person_id": 1, "note": "a\x00b"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/note")


class TestMoneyThatWaits:
    @pytest.mark.parametrize("paid", [True, False])
    async def test_tells_nothing_of_who_lives_elsewhere(self, counter, client, paid):
        """Whether somebody owes what was paid is told to whoever sees them."""
        path = await suspended(counter)
        await counter.tell(counter.assessed(2, division_code="350426102201"))
        if paid:
            await counter.pay("T2", 2)
        township = await client(counter.context, app=counter.http._transport.app, division="350426101")
        township.headers[CLOCK_HEADER] = NOW.isoformat()
        answer = await township.post(path, json={"person_id": 2})
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:canbao:problem:outside-division")
        assert (await township.post(path, json={"person_id": 1})).status_code == 200


@pytest.mark.parametrize(("prepare", "body"), [(suspended, {"person_id": 1}), (ordered, None)])
class TestKey:
    async def test_makes_a_request_take_effect_once(self, counter, client, prepare, body):
        path, http = await prepare(counter), await keyless(counter, client)
        headers = {"idempotency-key": '"k1"'}
        first = await http.post(path, json=body, headers=headers)
        later = headers | {CLOCK_HEADER: (NOW + timedelta(hours=1)).isoformat()}
        again = await http.post(path, json=body, headers=later)
        assert (first.status_code, again.status_code) == (200, 200)
        assert (first.content, again.headers["canbao-repeated"]) == (again.content, "true")

    async def test_is_needed(self, counter, client, prepare, body):
        path, http = await prepare(counter), await keyless(counter, client)
        answer = await http.post(path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (
            400,
            "urn:canbao:problem:idempotency-key-missing",
        )

    async def test_is_for_one_request(self, counter, client, prepare, body):
        path, http = await prepare(counter), await keyless(counter, client)
        headers = {"idempotency-key": '"k1"'}
        assert (await http.post(path, json=body, headers=headers)).status_code == 200
        answer = await http.post(path.replace("/1/", "/2/").replace("CB", "CX"), json=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (
            422,
            "urn:canbao:problem:idempotency-key-reused",
        )

    async def test_is_free_again_when_the_request_was_refused(self, counter, client, prepare, body):
        path, http = await prepare(counter), await keyless(counter, client)
        headers = {"idempotency-key": '"k1"'}
        wrong = path.replace("/1/", "/2/").replace("CB", "CX")
        assert (await http.post(wrong, json=body, headers=headers)).status_code == 404
        assert (await http.post(path, json=body, headers=headers)).status_code == 200


class TestPages:
    async def test_of_payments_continue_behind_the_last_one(self, counter):
        for number in range(3):
            await counter.notify(f"T{number}", 1)
        await counter.match()
        await counter.tell(counter.assessed(1))
        await counter.match()
        query = {"person_id": 1, "limit": 2}
        first = (await counter.http.get("/v1/payments", params=query)).json()
        rest = (await counter.http.get("/v1/payments", params=query | {"after": first["next_after"]})).json()
        numbers = [item["transaction_no"] for item in first["items"] + rest["items"]]
        assert (numbers, rest["next_after"]) == (["T0", "T1", "T2"], None)

    @pytest.mark.parametrize(
        "path",
        ["/v1/payments?person_id=1&after=x", "/v1/suspense?after=x", "/v1/suspense?after=x_1_99999999999"],
    )
    async def test_begin_behind_nothing_else(self, counter, path):
        answer = await counter.http.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/after")

    async def test_of_totals_are_whole(self, counter):
        assert (await counter.http.get("/v1/payments/totals")).json() == {"items": [], "next_after": None}

    async def test_of_suspense_show_what_came_back_from_the_bank(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        key = (payment["payment_id"], 1)
        await counter.tell(counter.refunded(*key, "paid"), counter.refunded(*key, "returned"))
        page = (await counter.http.get("/v1/suspense?reason=refund_returned")).json()
        assert [item["payment_id"] for item in page["items"]] == [payment["payment_id"]]


class TestInstants:
    async def test_are_those_of_shanghai_wherever_they_stand(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "wechat"}
        headers = {"idempotency-key": '"k1"', CLOCK_HEADER: "2019-11-20T02:00:00+00:00"}
        made = (await counter.http.post("/v1/orders", json=body, headers=headers)).json()
        again = (await counter.http.post("/v1/orders", json=body, headers=headers)).json()
        shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
        assert made == again == shown
        payment = await counter.pay("T1", 2, paid_at=NOW)
        voucher = (await counter.http.get(f"/v1/vouchers/{payment['lines'][0]['voucher_no']}")).json()
        search = {"id_number": id_number(1), "name": name(1), "coverage_year": 2020}
        due = (await counter.http.post("/v1/dues/search", json=search)).json()
        for thing, members in (
            (made, ("created_at", "expires_at")),
            (payment, ("paid_at", "received_at")),
            (payment["lines"][0], ("applied_at",)),
            (voucher, ("paid_at", "issued_at")),
            (due["due"], ("from_at", "until_at")),
            (due["pending_order"], ("expires_at",)),
        ):
            assert all(thing[member].endswith("+08:00") for member in members), thing


class TestWords:
    @pytest.mark.parametrize(
        ("constraint", "words"),
        [
            ("ck_payment_lines_state", LineState),
            ("ck_orders_state", OrderState),
            ("ck_notifications_kind", NotificationKind),
        ],
    )
    async def test_of_the_rules_are_those_that_the_database_takes(self, counter, constraint, words):
        query = "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = :name"
        (row,) = await counter.rows(query, name=constraint)
        assert set(row.text.split("'")[1::2]) == set(get_args(words))
