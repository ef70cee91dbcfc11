"""What officers and auditors do: suspense, payments, vouchers, within their division and on record."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import text

from libs.common.clock import CLOCK_HEADER
from libs.common.events.collection import PaymentReceived

from .conftest import NOW, PRICE, VILLAGE, Counter, id_number, name, states


async def misnamed(counter: Counter, person: int = 1, transaction: str = "T1"):
    """A payment whose name the bank has wrong."""
    items = [{"id_number": id_number(person), "name": "王五", "amount_fen": PRICE}]
    return await counter.pay(transaction, items=items, amount_fen=PRICE)


class TestSuspenseList:
    async def test_shows_reasons_ages_and_totals(self, counter):
        await counter.tell(counter.assessed(1))
        await misnamed(counter)
        await counter.pay("T2", 2)
        await counter.pay("T3", 3)
        headers = {CLOCK_HEADER: (NOW + timedelta(days=12)).isoformat()}
        listed = (await counter.http.get("/v1/suspense", headers=headers)).json()
        assert [(item["transaction_no"], item["age_days"]) for item in listed["items"]] == [
            ("T1", 12), ("T2", 12), ("T3", 12),
        ]  # fmt: skip
        assert [(t["reason"], t["count"], t["amount_fen"]) for t in listed["totals"]] == [
            ("name_mismatch", 1, PRICE), ("unknown_person", 2, 2 * PRICE),
        ]  # fmt: skip
        assert (listed["count"], listed["amount_fen"], listed["next_after"]) == (3, 3 * PRICE, None)

    async def test_is_filtered_and_paged(self, counter):
        for person in range(1, 6):
            await counter.pay(f"T{person}", person)
        seen, after = [], None
        while True:
            query = {"reason": "unknown_person", "county": "youxi", "limit": 2} | (
                {"after": after} if after else {}
            )
            page = (await counter.http.get("/v1/suspense", params=query)).json()
            seen += [item["transaction_no"] for item in page["items"]]
            after = page["next_after"]
            if after is None:
                break
            assert "+" not in after  # in a query it means a blank
        assert seen == ["T1", "T2", "T3", "T4", "T5"]
        assert (await counter.http.get("/v1/suspense", params={"reason": "wrong_year"})).json()["count"] == 0
        assert (await counter.http.get("/v1/suspense", params={"after": "x"})).status_code == 422

    async def test_shows_to_each_division_its_own(self, counter, client):
        await counter.tell(counter.assessed(1))
        await misnamed(counter)
        await counter.pay("T2", 2)
        for division, count in (("350426", 2), ("350426101", 1), ("350426102", 0), ("6204", 0)):
            http = await client(counter.context, division=division, app=counter.http._transport.app)
            assert (await http.get("/v1/suspense")).json()["count"] == count, division


class TestApply:
    async def test_gives_money_to_the_person_named_and_keeps_who_did_it(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await misnamed(counter)
        path = f"/v1/suspense/{payment['payment_id']}/1/apply"
        answer = await counter.http.post(path, json={"person_id": 1, "note": "name misspelled"})
        assert (answer.status_code, answer.json()["state"], answer.json()["applied_by"]) == (
            200,
            "applied",
            "test",
        )
        (line,) = (await counter.http.get(f"/v1/payments/{payment['payment_id']}")).json()["lines"]
        assert line["note"] == "name misspelled"
        fact = (await counter.published())[-1]
        assert isinstance(fact, PaymentReceived)
        assert (fact.from_suspense, fact.person_id, fact.paid_at) == (True, 1, NOW)
        again = await counter.http.post(path, json={"person_id": 1})
        assert (again.status_code, again.json()["type"]) == (409, "urn:canbao:problem:line-not-suspended")

    @pytest.mark.parametrize(
        ("body", "reason"),
        [({}, "name_mismatch"), ({"person_id": 2}, "wrong_amount"), ({"person_id": 9}, "unknown_person")],
    )
    async def test_refuses_what_the_money_does_not_fit(self, counter, body, reason):
        from .conftest import season

        await counter.tell(counter.assessed(1), counter.assessed(2, schedule=season(price=100)))
        payment = await misnamed(counter)
        answer = await counter.http.post(f"/v1/suspense/{payment['payment_id']}/1/apply", json=body)
        assert (answer.status_code, answer.json()["reason"]) == (409, reason)
        assert states(await counter.payment(payment["payment_id"])) == [("suspended", "name_mismatch")]

    async def test_gives_a_whole_that_did_not_add_up_to_the_person_it_was_for(self, counter):
        await counter.tell(counter.assessed(1))
        items = [{"id_number": id_number(1), "name": name(1), "amount_fen": PRICE - 1}]
        payment = await counter.pay("T1", items=items, amount_fen=PRICE)
        answer = await counter.http.post(
            f"/v1/suspense/{payment['payment_id']}/1/apply", json={"person_id": 1}
        )
        assert (answer.status_code, answer.json()["amount_fen"]) == (200, PRICE)

    async def test_needs_the_right_scope_division_and_line(self, counter, client):
        await counter.tell(counter.assessed(1))
        payment = await misnamed(counter)
        path = f"/v1/suspense/{payment['payment_id']}/1/apply"
        app = counter.http._transport.app
        reader = await client(counter.context, scopes=["collection:read"], app=app)
        stranger = await client(counter.context, division="350427", app=app)
        assert (await reader.post(path, json={"person_id": 1})).status_code == 403
        assert (await stranger.post(path, json={"person_id": 1})).status_code == 403
        assert (await counter.http.post("/v1/suspense/1/9/apply", json={})).status_code == 404


class TestPayments:
    async def test_are_found_by_transaction_order_or_person(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1, order_no=None)
        for query in ({"transaction_no": "T1"}, {"person_id": 1}, {"transaction_no": "T1", "channel": "tax"}):
            found = (await counter.http.get("/v1/payments", params=query)).json()["items"]
            assert [item["payment_id"] for item in found] == [payment["payment_id"]], query
        assert (await counter.http.get("/v1/payments", params={"order_no": "X"})).json() == {
            "items": [],
            "next_after": None,
        }
        assert (await counter.http.get("/v1/payments")).status_code == 422

    async def test_are_found_by_voucher_and_by_day_with_channel_or_amount(self, counter):
        for person in (1, 2, 3):
            await counter.tell(counter.assessed(person))
        ends = NOW.replace(hour=23, minute=59, second=59)
        first = await counter.pay("T1", 1)
        both = await counter.pay("T2", 2, 3, at=ends)
        nobodys = await counter.pay("T3", 9, at=ends + timedelta(seconds=1))
        day = f"{NOW:%Y-%m-%d}"
        for query, found in (
            ({"voucher_no": both["lines"][1]["voucher_no"]}, [both]),
            ({"paid_on": day}, [first, both]),
            ({"paid_on": day, "amount_fen": 2 * PRICE}, [both]),
            ({"paid_on": day, "channel": "tax", "amount_fen": PRICE}, [first]),
            ({"paid_on": day, "channel": "bank-rcb"}, []),
            ({"paid_on": f"{NOW + timedelta(days=1):%Y-%m-%d}"}, [nobodys]),
        ):
            answer = await counter.http.get("/v1/payments", params=query)
            ids = [one["payment_id"] for one in answer.json()["items"]]
            assert ids == [one["payment_id"] for one in found], query
        assert (await counter.http.get("/v1/payments", params={"amount_fen": PRICE})).status_code == 422

    async def test_are_given_out_as_a_table_to_whoever_sees_their_place(self, counter, client):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1)
        await counter.pay("T2", 9, at=NOW + timedelta(days=1))
        path, next_day = "/v1/payments/file", f"{NOW + timedelta(days=1):%Y-%m-%d}"
        days = {"county": "youxi", "paid_from": f"{NOW:%Y-%m-%d}", "paid_to": next_day}

        async def table(http, **changes):
            answer = await http.get(path, params=days | {"format": "csv"} | changes)
            assert answer.status_code == 200, answer.text
            return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

        heading, paid, waits = await table(counter.http)
        told = dict(zip(heading, paid, strict=True))
        assert (told["渠道流水号"], told["金额（元）"], told["状态"]) == ("T1", "250.00", "已入账")
        assert (told["缴费时间"], told["姓名"]) == (f"{NOW:%Y-%m-%d %H:%M:%S}", "林**")
        told = dict(zip(heading, waits, strict=True))
        assert (told["状态"], told["挂账原因"]) == ("挂账", "此人在本地没有应缴记录。")
        assert len(await table(counter.http, channel="bank-rcb")) == 1
        assert len(await table(counter.http, paid_to=days["paid_from"])) == 2
        app = counter.http._transport.app
        for division, seen in ((VILLAGE, ["T1"]), ("350426", ["T1", "T2"]), ("350427", [])):
            theirs = await client(counter.context, division=division, app=app)
            assert [row[3] for row in (await table(theirs))[1:]] == seen
        workbook = openpyxl.load_workbook(
            io.BytesIO((await counter.http.get(path, params=days)).content), read_only=True
        )
        assert [cell.value for cell in list(workbook.active.rows)[1]][7] == 250
        backwards = days | {"paid_to": "2019-01-01"}
        assert (await counter.http.get(path, params=backwards)).status_code == 422

    async def test_show_before_they_are_matched(self, counter):
        identifier = (await counter.notify("T1", 1)).json()["payment_id"]
        shown = (await counter.http.get(f"/v1/payments/{identifier}")).json()
        assert (shown["state"], shown["lines"], shown["transaction_no"]) == ("received", [], "T1")

    async def test_are_shown_within_the_division_and_on_record(self, counter, client):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        stranger = await client(counter.context, division="350426102", app=counter.http._transport.app)
        assert (await stranger.get(f"/v1/payments/{payment['payment_id']}")).status_code == 403
        assert (await stranger.get("/v1/payments?transaction_no=T1")).json() == {
            "items": [],
            "next_after": None,
        }
        assert (await counter.http.get("/v1/payments/999")).status_code == 404
        rows = await counter.rows(
            "SELECT person_id FROM person_lookups WHERE operation = 'get_payment' ORDER BY id"
        )
        assert [row.person_id for row in rows] == [1, None, None]

    async def test_are_totalled_by_state_and_reason(self, counter):
        await counter.tell(counter.assessed(1))
        await counter.pay("T1", 1, 2)
        totals = (await counter.http.get("/v1/payments/totals", params={"county": "youxi"})).json()["items"]
        assert [(t["state"], t["reason"], t["count"], t["amount_fen"]) for t in totals] == [
            ("applied", None, 1, PRICE), ("suspended", "unknown_person", 1, PRICE),
        ]  # fmt: skip


class TestVouchers:
    async def voucher(self, counter):
        await counter.tell(counter.assessed(1))
        payment = await counter.pay("T1", 1)
        return (await counter.http.get(f"/v1/vouchers/{payment['lines'][0]['voucher_no']}")).json()

    async def test_show_what_was_paid_for_whom(self, counter):
        voucher = await self.voucher(counter)
        assert (voucher["state"], voucher["amount_fen"], voucher["person_id"]) == ("issued", PRICE, 1)
        assert (voucher["transaction_no"], voucher["masked_name"]) == ("T1", "林**")

    async def test_verify_with_their_code_however_it_is_typed(self, counter):
        voucher = await self.voucher(counter)
        for code in (voucher["code"], voucher["code"].lower().replace("-", " ")):
            body = {"voucher_no": voucher["voucher_no"], "code": code}
            verdict = (await counter.http.post("/v1/vouchers/verify", json=body)).json()
            assert (verdict["genuine"], verdict["valid"], verdict["amount_fen"]) == (True, True, PRICE)

    async def test_are_checked_by_anybody_who_holds_one_and_that_is_on_record(self, counter, client):
        voucher = await self.voucher(counter)
        http = await client(counter.context, token=None, app=counter.http._transport.app)
        body = {"voucher_no": voucher["voucher_no"], "code": voucher["code"]}

        verdict = (await http.post("/v1/vouchers/check", json=body)).json()
        wrong = (await http.post("/v1/vouchers/check", json=body | {"code": "AAAA-AAAA"})).json()

        assert (verdict["valid"], verdict["place_zh"], verdict["amount_fen"]) == (True, "尤溪县", PRICE)
        assert (wrong["genuine"], wrong["masked_name"]) == (False, None)
        async with counter.context.engine.connect() as conn:
            seen = "SELECT subject, person_id FROM person_lookups WHERE operation = 'verify_voucher'"
            assert [tuple(row) for row in await conn.execute(text(seen))] == [("anybody", 1)]

    async def test_with_another_code_say_nothing_more_than_an_unknown_number(self, counter):
        voucher = await self.voucher(counter)
        from services.collection.vouchers.rules import voucher_no

        unknown = voucher_no("350426", NOW.date(), 9_999_999)
        verdicts = [
            (
                await counter.http.post(
                    "/v1/vouchers/verify", json={"voucher_no": number, "code": "AAAA-AAAA"}
                )
            ).json()
            for number in (voucher["voucher_no"], unknown)
        ]
        assert verdicts[0] == verdicts[1]
        assert verdicts[0]["genuine"] is False

    async def test_a_mistyped_number_is_told_apart(self, counter):
        number = (await self.voucher(counter))["voucher_no"]
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        answer = await counter.http.post(
            "/v1/vouchers/verify", json={"voucher_no": wrong, "code": "AAAA-AAAA"}
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:canbao:problem:voucher-mistyped")

    async def test_a_refunded_one_is_genuine_but_void(self, counter):
        voucher = await self.voucher(counter)
        await counter.tell(counter.refunded(voucher["payment_id"], 1, "paid"))
        body = {"voucher_no": voucher["voucher_no"], "code": voucher["code"]}
        verdict = (await counter.http.post("/v1/vouchers/verify", json=body)).json()
        assert (verdict["genuine"], verdict["valid"], verdict["state"]) == (True, False, "voided")


class TestService:
    async def test_migrations_equal_the_tables(self, counter):
        from canbao.migrate import schema
        from libs.common.db.migrate import differences

        assert await differences(schema("collection"), counter.context.settings.database_url) == []

    async def test_metrics_show_intake_and_suspense(self, counter):
        await counter.pay("T1", 1)
        text = (await counter.http.get("/metrics")).text
        assert 'canbao_intake_seconds_count{channel="tax"} 1.0' in text
        assert f'canbao_suspense_fen{{reason="unknown_person"}} {float(PRICE)}' in text
        assert 'canbao_payment_lines_total{outcome="unknown_person"} 1.0' in text

    async def test_runs_as_a_whole_from_webhook_to_bus(self, counter, running, bus):
        """Workers, relay and consumer included: the fact of the payment arrives on the topic."""
        import asyncio

        await running(counter.context)
        await counter.notify("T1", 1)
        async with bus.subscribe("probe", ["canbao.collection"]) as subscription:
            async with asyncio.timeout(20):
                async for batch in subscription.batches():
                    types = [message.type for message in batch.messages]
                    break
        assert types == ["canbao.payment.suspended.v1"]
