"""What a mini-program backend does: find, order, follow, cancel; and WeChat Pay, which pays the order."""

import asyncio
from datetime import datetime, timedelta

import pytest

from libs.common.clock import CLOCK_HEADER
from libs.common.events import SubsidyLine

from .conftest import LATER_PRICE, NOW, PRICE, RISES, Counter, id_number, name, season, states

AID = SubsidyLine(
    payer="medical_assistance", status="medical_assistance_1", amount_fen=18_000, mechanism="paid_on_behalf"
)


def at(instant: datetime) -> dict[str, str]:
    return {CLOCK_HEADER: instant.isoformat()}


async def search(counter: Counter, person: int = 1, **changes):
    body = {"id_number": id_number(person), "name": name(person), "county": "youxi", "coverage_year": 2020}
    return await counter.http.post("/v1/dues/search", json=body | changes)


async def order(
    counter: Counter, *people: int, key: str = "k1", instant: datetime = NOW, http=None, **changes
):
    body = {"county": "youxi", "coverage_year": 2020, "person_ids": list(people), "channel": "wechat"}
    headers = at(instant) | {"idempotency-key": f'"{key}"'}
    return await (http or counter.http).post("/v1/orders", json=body | changes, headers=headers)


async def pay_order(counter: Counter, order_no: str, amount: int, transaction: str = "W1", **changes):
    """Have WeChat tell of the payment, match, and give the payment."""
    changes = {"paid_at": NOW + timedelta(minutes=1), "at": None} | changes
    arrives = changes.pop("at") or changes["paid_at"]
    request = counter.keys.wechat().payment(
        transaction_id=transaction, out_trade_no=order_no, amount_fen=amount, **changes
    )
    answer = await counter.deliver(request, arrives)
    assert answer.status_code == 200, answer.text
    await counter.match()
    found = await counter.http.get("/v1/payments", params={"transaction_no": transaction})
    return found.json()["items"][0]


class TestSearch:
    async def test_shows_what_is_owed_why_and_what_comes(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(subsidies=[AID])), counter.assessed(2))
        found = (await search(counter)).json()
        assert (found["person_id"], found["state"], found["payable_fen"]) == (1, "open", 7000)
        assert found["due"]["why"]["zh"] == (
            "集中缴费期缴费标准 250 元；医疗救助资金代缴 180 元（第一类医疗救助对象）；本人应缴 70 元；"
            "此标准至 2019-12-31 23:59 止。"
        )
        assert "Main window: the standard is 250 yuan" in found["due"]["why"]["en"]
        assert [price["payable_fen"] for price in found["ahead"]] == [10_000, 0]
        assert found["ahead"][0]["from_at"].startswith("2020-01-01T00:00:00")
        assert found["ahead"][1]["why"]["zh"].startswith("不在缴费期内")
        (relative,) = found["family"]
        assert (relative["person_id"], relative["masked_name"], relative["payable_fen"]) == (2, "林*", PRICE)

    async def test_shows_a_pending_order_and_later_the_payment(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1)).json()
        assert (await search(counter)).json()["pending_order"]["order_no"] == made["order_no"]
        payment = await pay_order(counter, made["order_no"], PRICE)
        found = (await search(counter)).json()
        assert (found["state"], found["payable_fen"], found["pending_order"]) == ("paid", 0, None)
        assert found["payment"]["voucher_no"] == payment["lines"][0]["voucher_no"]

    async def test_an_unknown_number_and_a_wrong_name_get_the_same_answer(self, counter):
        await counter.tell(counter.assessed(1))
        answers = [
            await search(counter, 2),
            await search(counter, name="王五"),
            await search(counter, county="huining"),
        ]
        bodies = [answer.json() | {"correlation_id": ""} for answer in answers]
        assert {answer.status_code for answer in answers} == {404}
        assert bodies[0] == bodies[1] == bodies[2]

    async def test_a_number_that_cannot_exist_is_named_as_such(self, counter):
        answer = await search(counter, id_number=id_number(1)[:-1] + "Y")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/id_number")

    async def test_every_search_is_recorded_found_or_not(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await search(counter)
        await search(counter, name="王五")
        rows = await counter.rows("SELECT person_id, query_digest, operation FROM person_lookups ORDER BY id")
        assert [row.person_id for row in rows] == [1, 2, None]
        assert {row.query_digest for row in rows} == {counter.digest(1)}

    async def test_a_person_outside_the_division_of_the_token_is_not_found(self, counter, client):
        await counter.tell(counter.assessed(1))
        other = await client(counter.context, division="350427", app=counter.http._transport.app)
        body = {"id_number": id_number(1), "name": name(1), "coverage_year": 2020}
        assert (await other.post("/v1/dues/search", json=body)).status_code == 404

    async def test_needs_a_scope(self, counter, client):
        other = await client(counter.context, scopes=["ledger:read"], app=counter.http._transport.app)
        body = {"id_number": id_number(1), "name": name(1), "coverage_year": 2020}
        answer = await other.post("/v1/dues/search", json=body)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:canbao:problem:scope-missing")


class TestOrder:
    async def test_for_several_people_adds_up_and_shows_its_items(self, counter):
        await counter.tell(counter.assessed(1, schedule=season(add_on=3000)), counter.assessed(2))
        answer = await order(counter, 1, 2)
        made = answer.json()
        assert (answer.status_code, made["state"], made["amount_fen"]) == (201, "pending", 2 * PRICE + 3000)
        assert [item["amount_fen"] for item in made["items"]] == [PRICE + 3000, PRICE]
        assert datetime.fromisoformat(made["expires_at"]) == NOW + timedelta(minutes=30)
        assert 6 <= len(made["order_no"]) <= 32
        shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
        assert {name: shown[name] for name in ("order_no", "state", "amount_fen")} == {
            name: made[name] for name in ("order_no", "state", "amount_fen")
        }

    async def test_is_recorded_with_everybody_it_names_and_so_is_whoever_else_looks_at_it(
        self, counter, client
    ):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        path = f"/v1/orders/{(await order(counter, 1, 2)).json()['order_no']}"
        await order(counter, 1, 2)  # again: nobody sees anything new
        app = counter.http._transport.app
        # Who made it asks often; that is not recorded each time.
        assert (await counter.http.get(path)).status_code == 200
        stranger = await client(counter.context, division="350427", app=app)
        assert (await stranger.get(path)).status_code == 403
        assert (await counter.http.post(f"{path}/cancel")).status_code == 200

        rows = await counter.rows("SELECT operation, person_id, purpose FROM person_lookups ORDER BY id")
        assert [tuple(row) for row in rows] == [
            ("create_order", 1, None),
            ("create_order", 2, None),
            ("get_order_refused", None, path),
            ("cancel_order", 1, None),
            ("cancel_order", 2, None),
        ]

    async def test_whoever_is_refused_is_recorded_even_with_a_path_that_no_database_holds(
        self, counter, client
    ):
        clerk = await client(counter.context, scopes=("assess",), app=counter.http._transport.app)

        assert (await clerk.get("/v1/vouchers/a%00b")).status_code == 403

        rows = await counter.rows("SELECT operation, purpose FROM person_lookups")
        assert [tuple(row) for row in rows] == [("get_voucher_refused", "/v1/vouchers/a\ufffdb")]

    async def test_repeated_with_its_key_gets_the_first_answer(self, counter):
        await counter.tell(counter.assessed(1))
        first = await order(counter, 1)
        again = await order(counter, 1, instant=NOW + timedelta(minutes=5))
        assert (again.status_code, again.json(), again.headers["canbao-repeated"]) == (
            201,
            first.json(),
            "true",
        )
        assert await counter.count("orders") == 1

    async def test_repeated_after_it_was_paid_still_gets_the_first_answer(self, counter):
        await counter.tell(counter.assessed(1))
        first = (await order(counter, 1)).json()
        await pay_order(counter, first["order_no"], PRICE)
        assert (await order(counter, 1)).json() == first

    async def test_the_key_with_another_content_is_refused(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await order(counter, 1)
        answer = await order(counter, 2)
        assert (answer.status_code, answer.json()["type"]) == (
            422,
            "urn:canbao:problem:idempotency-key-reused",
        )

    async def test_twenty_at_once_with_one_key_make_one_order(self, counter):
        await counter.tell(counter.assessed(1))
        answers = await asyncio.gather(*(order(counter, 1) for _ in range(20)))
        assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
        assert await counter.count("orders") == 1

    async def test_twenty_at_once_with_keys_of_their_own_let_one_win(self, counter):
        await counter.tell(*(counter.assessed(person) for person in range(1, 6)))
        sets = [[1, 2, 3], [3, 4, 5], [5, 1, 2], [2, 4, 1]]
        answers = await asyncio.gather(*(order(counter, *sets[n % 4], key=f"k{n}") for n in range(20)))
        won = [answer.json() for answer in answers if answer.status_code == 201]
        assert {answer.status_code for answer in answers} == {201, 409}
        people = [item["person_id"] for made in won for item in made["items"]]
        assert len(people) == len(set(people))
        assert await counter.count("order_claims") == len(people)
        assert await counter.count("idempotency_keys") == len(won)

    @pytest.mark.parametrize(
        ("header", "status"), [(None, 400), ('""', 422), ('"a b"', 422), ("bare-key", 201)]
    )
    async def test_reads_the_key_as_the_draft_says(self, counter, client, header, status):
        await counter.tell(counter.assessed(1))
        http = await client(counter.context, app=counter.http._transport.app, keys=False)
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "wechat"}
        headers = at(NOW) | ({"idempotency-key": header} if header is not None else {})
        assert (await http.post("/v1/orders", json=body, headers=headers)).status_code == status

    async def test_a_person_enrolled_again_after_a_cancellation_is_ordered_for(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.tell(counter.cancelled(1, NOW - timedelta(days=1)))
        await counter.tell(counter.assessed(1, enrollment_id=2001, schedule=season(price=100)))
        made = (await order(counter, 1)).json()
        assert (made["state"], made["amount_fen"]) == ("pending", 100)

    @pytest.mark.parametrize("person", [0, -1, 10**19, 10**30])
    async def test_a_number_that_no_person_has_hurts_nobody_else(self, counter, person):
        await counter.tell(counter.assessed(1))
        answers = await asyncio.gather(
            order(counter, person, key="k1"), order(counter, 1, key="k2"), order(counter, person, key="k3")
        )
        assert [answer.status_code for answer in answers] == [422, 201, 422]

    async def test_an_order_for_a_channel_that_is_not_there_blocks_nobody(self, counter):
        await counter.tell(counter.assessed(1))
        body = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "post-office"}
        answer = await counter.http.post("/v1/orders", json=body, headers={"idempotency-key": "k0"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/channel")
        assert "wechat" in answer.json()["errors"][0]["detail_zh"]
        assert (await order(counter, 1)).status_code == 201

    async def test_somebody_with_nothing_to_pay_is_named(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        await counter.pay("T1", 2)
        answer = await order(counter, 1, 2, 77)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:canbao:problem:not-payable")
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["#/person_ids/1", "#/person_ids/2"]

    async def test_who_owes_an_amount_that_is_not_known_is_told_so_and_not_that_nothing_is_owed(
        self, counter
    ):
        unknown = {"outcome": "blocked", "reason_codes": ("fiscal_match_unknown",), "own_due_fen": None}
        blocked = tuple(one.model_copy(update=unknown) for one in season())
        await counter.tell(counter.assessed(1, schedule=blocked))
        (fault,) = (await order(counter, 1)).json()["errors"]
        assert fault["detail_zh"] == "目前不能缴费：财政补助标准尚未录入。"

    async def test_nobody_outside_the_division_of_the_token_can_be_ordered_for(self, counter, client):
        await counter.tell(counter.assessed(1))
        other = await client(counter.context, division="350427", app=counter.http._transport.app)
        assert (await order(counter, 1, http=other)).status_code == 403


class TestPending:
    async def test_blocks_a_second_order_and_says_until_when(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        first = (await order(counter, 1)).json()
        answer = await order(counter, 2, 1, key="k2")
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (409, "urn:canbao:problem:order-pending")
        assert problem["expires_at"] == "2019-11-20T10:30:00+08:00"
        assert problem["errors"][0]["pointer"] == "#/person_ids/1"
        assert first["order_no"] in problem["errors"][0]["detail_zh"]

    async def test_frees_its_people_when_it_expires_and_when_it_is_cancelled(self, counter):
        await counter.tell(counter.assessed(1))
        first = (await order(counter, 1)).json()["order_no"]
        late = NOW + timedelta(minutes=30)
        shown = await counter.http.get(f"/v1/orders/{first}", headers=at(late))
        assert shown.json()["state"] == "expired"
        second = (await order(counter, 1, key="k2", instant=late)).json()["order_no"]
        cancelled = await counter.http.post(f"/v1/orders/{second}/cancel", headers=at(late))
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        assert (await counter.http.post(f"/v1/orders/{second}/cancel")).status_code == 200
        assert (await order(counter, 1, key="k3", instant=late)).status_code == 201

    async def test_never_outlives_a_price(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1, instant=RISES - timedelta(minutes=4))).json()
        assert datetime.fromisoformat(made["expires_at"]) == RISES

    async def test_of_a_cancelled_or_expired_order_does_not_free_those_of_the_next(self, counter):
        await counter.tell(counter.assessed(1))
        first = (await order(counter, 1)).json()["order_no"]
        late = NOW + timedelta(minutes=31)
        await order(counter, 1, key="k2", instant=late)
        await counter.http.post(f"/v1/orders/{first}/cancel", headers=at(late))
        assert (await order(counter, 1, key="k3", instant=late)).status_code == 409


class TestWeChat:
    async def test_pays_an_order_and_everybody_in_it(self, counter):
        await counter.tell(counter.assessed(1), counter.assessed(2))
        made = (await order(counter, 1, 2)).json()
        payment = await pay_order(counter, made["order_no"], 2 * PRICE)
        assert states(payment) == [("applied", None)] * 2
        shown = (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()
        assert (shown["state"], shown["payment_id"]) == ("paid", payment["payment_id"])
        assert [item["line_state"] for item in shown["items"]] == ["applied", "applied"]
        assert shown["items"][0]["voucher_no"] == payment["lines"][0]["voucher_no"]
        assert (await counter.http.post(f"/v1/orders/{made['order_no']}/cancel")).status_code == 409

    async def test_encrypts_and_signs_each_retry_anew_and_it_is_the_same_payment(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1)).json()
        for _ in range(3):
            await pay_order(counter, made["order_no"], PRICE)
        assert [await counter.count(table) for table in ("notifications", "payments", "outbox")] == [1, 1, 1]

    async def test_same_transaction_with_another_amount_is_refused_for_good(self, counter):
        sender = counter.keys.wechat()
        told = {"transaction_id": "W1", "out_trade_no": "X", "paid_at": NOW}
        assert (await counter.deliver(sender.payment(amount_fen=1, **told))).status_code == 200
        answer = await counter.deliver(sender.payment(amount_fen=2, **told))
        assert (answer.status_code, answer.json()["code"]) == (409, "FAIL")

    async def test_payment_that_cannot_be_read_is_kept_and_shown_and_stops_nobody(self, counter):
        sender = counter.keys.wechat()
        told = {"transaction_id": "W1", "out_trade_no": "X", "amount_fen": PRICE}
        for instant in (datetime(1, 1, 1, tzinfo=NOW.tzinfo), NOW):
            answer = await counter.deliver(sender.payment(**told, paid_at=instant))
            assert answer.status_code == 200
        await counter.match()
        (parked,) = (await counter.http.get("/v1/parked-notifications")).json()["items"]
        assert "success_time" in parked["fault"]
        assert await counter.count("payments") == 1

    async def test_success_after_expiry_is_applied_while_it_is_still_owed(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1)).json()
        payment = await pay_order(counter, made["order_no"], PRICE, paid_at=NOW + timedelta(hours=2))
        assert states(payment) == [("applied", None)]
        assert (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()["state"] == "paid"

    async def test_success_after_expiry_at_a_price_that_has_risen_is_suspended(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1)).json()
        payment = await pay_order(counter, made["order_no"], PRICE, paid_at=RISES + timedelta(hours=1))
        assert states(payment) == [("suspended", "order_expired")]
        assert LATER_PRICE > PRICE

    async def test_success_after_another_channel_has_paid_is_a_second_payment(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1)).json()
        await counter.pay("T1", 1)
        payment = await pay_order(counter, made["order_no"], PRICE)
        assert states(payment) == [("suspended", "already_paid")]

    async def test_another_amount_than_the_order_keeps_the_order_open(self, counter):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1)).json()
        payment = await pay_order(counter, made["order_no"], PRICE - 1)
        assert states(payment) == [("suspended", "wrong_amount")]
        assert payment["county"] == "youxi"
        assert (await counter.http.get(f"/v1/orders/{made['order_no']}")).json()["state"] == "pending"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"mchid": "1900000002"}, "unknown_order"),
            ({"appid": "wxother"}, "unknown_order"),
            ({"out_trade_no": "CB404"}, "unknown_order"),
            ({"amount": {"total": PRICE, "currency": "USD"}}, "wrong_amount"),
        ],
    )
    async def test_signed_money_that_is_not_ours_is_suspended_never_dropped(self, counter, changes, reason):
        await counter.tell(counter.assessed(1))
        made = (await order(counter, 1)).json()
        sender = counter.keys.wechat()
        told = {"transaction_id": "W1", "out_trade_no": made["order_no"], "amount_fen": PRICE, "paid_at": NOW}
        answer = await counter.deliver(sender.payment(**(told | changes)))
        assert answer.status_code == 200
        payment = await counter.payment(1)
        assert states(payment) == [("suspended", reason)]

    async def test_refund_notices_and_unknown_events_are_kept_and_acknowledged(self, counter):
        sender = counter.keys.wechat()
        refund = sender.refund(refund_id="R1", transaction_id="W1", amount_fen=PRICE)
        unknown = sender.notification("PAYSCORE.USER_OPEN_SERVICE", {"mchid": "1900000001"}, "payscore")
        for request in (refund, refund, unknown):
            assert (await counter.deliver(request)).status_code == 200
        rows = await counter.rows("SELECT kind, dedupe_key FROM notifications ORDER BY id")
        assert [row.kind for row in rows] == ["return", "other"]
        assert rows[0].dedupe_key == "refund:R1:REFUND.SUCCESS"
        assert await counter.count("matching_queue") == 1

    async def test_a_signature_probe_is_answered_with_fail(self, counter):
        request = counter.keys.wechat().payment(
            transaction_id="W1", out_trade_no="X", amount_fen=1, paid_at=NOW
        )
        headers = request.headers | {"wechatpay-signature": "WECHATPAY/SIGNTEST/" + "A" * 300}
        answer = await counter.deliver(type(request)(request.path, headers, request.body))
        assert (answer.status_code, answer.json()["code"]) == (401, "FAIL")
        assert await counter.count("notifications") == 0
