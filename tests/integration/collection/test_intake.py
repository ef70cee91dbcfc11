"""A signed notification is stored once, durably, and answered only after that."""

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from libs.common.security.webhooks import generate_secret
from services.collection import hot_store
from services.collection.tables import notifications

from .conftest import NOW, id_number


class TestNotify:
    async def test_is_answered_with_the_payment_and_kept_byte_for_byte(self, counter):
        request = counter.keys.sender().payment(counter.data("T1", 1))
        answer = await counter.deliver(request)

        assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
        (row,) = await counter.rows("SELECT id, received_at FROM notifications")
        assert (row.id, row.received_at) == (answer.json()["payment_id"], NOW)
        assert await counter.opened("SELECT raw FROM notifications", notifications.c.raw) == request.body
        headers = orjson.loads(
            await counter.opened("SELECT headers FROM notifications", notifications.c.headers)
        )
        assert headers["webhook-signature"] == request.headers["webhook-signature"]

    async def test_accepts_every_active_secret_of_the_channel(self, counter):
        sender = type(counter.keys.sender())("tax", (counter.keys.tax_next,))
        assert (await counter.deliver(sender.payment(counter.data("T1", 1)))).status_code == 202

    async def test_keeps_a_body_with_escapes_that_a_parser_would_write_otherwise(self, counter):
        body = orjson.dumps({"type": "payment.succeeded", "data": counter.data("T/1", 1)}).replace(
            b"/", rb"\/"
        )
        assert (await counter.deliver(counter.keys.sender().sign(body, "m1"))).status_code == 202

    @pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    async def test_refuses_a_request_without_one_of_the_headers(self, counter, header):
        request = counter.keys.sender().payment(counter.data("T1", 1))
        del request.headers[header]
        answer = await counter.deliver(request)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert header in answer.json()["detail"]
        assert answer.json()["detail_zh"]

    async def test_refuses_a_body_changed_after_signing(self, counter):
        request = counter.keys.sender().payment(counter.data("T1", 1))
        request = type(request)(request.path, request.headers, request.body.replace(b"25000", b"1"))
        assert (await counter.deliver(request)).status_code == 401
        assert await counter.count("notifications") == 0

    async def test_refuses_the_secret_of_another_channel(self, counter):
        sender = type(counter.keys.sender())("tax", (counter.keys.bank,))
        assert (await counter.deliver(sender.payment(counter.data("T1", 1)))).status_code == 401

    async def test_refuses_a_channel_that_is_not_configured(self, counter):
        sender = type(counter.keys.sender())("post-office", (counter.keys.bank,))
        answer = await counter.deliver(sender.payment(counter.data("T1", 1)))
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:canbao:problem:channel-unknown")

    async def test_names_every_fault_of_a_malformed_notification(self, counter):
        answer = await counter.notify("T1", 1, coverage_year="2020", amount_fen=250.5)
        assert answer.status_code == 422
        pointers = {fault["pointer"] for fault in answer.json()["errors"]}
        assert pointers == {"#/data/coverage_year", "#/data/amount_fen"}
        assert id_number(1) not in answer.text

    @pytest.mark.parametrize(
        ("kind", "lacking", "says"),
        [
            ("payment.refunded", "return_no", "data.return_no"),
            ("payment.reversed", "return_no", "data.return_no"),
            ("payment.refunded", "amount_fen", "data.amount_fen"),
            ("refund.closed", "request_no", "data.request_no"),
        ],
    )
    async def test_names_the_member_that_money_going_back_lacks(self, counter, kind, lacking, says):
        data = {"transaction_no": "T1", "return_no": "R1", "request_no": "Q1", "amount_fen": 100,
                "returned_at": NOW.isoformat()}  # fmt: skip
        del data[lacking]
        answer = await counter.deliver(counter.keys.sender().event(kind, data))
        (error,) = answer.json()["errors"]
        assert says in error["detail"] and says in error["detail_zh"]

    async def test_says_what_a_payment_for_nobody_lacks(self, counter):
        answer = await counter.deliver(counter.keys.sender().payment(counter.data("T1", 1) | {"items": []}))
        (error,) = answer.json()["errors"]
        assert "items" in error["detail"] and "order_no" in error["detail_zh"]

    async def test_of_no_type_that_it_takes_names_all_of_them(self, counter):
        answer = await counter.deliver(counter.keys.sender().event("payment.refund", {}))
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "#/type"
        for known in ("payment.succeeded", "payment.refunded", "refund.closed", "channel.test"):
            assert known in error["detail"]

    async def test_refuses_an_instant_without_offset_or_as_a_number_or_out_of_its_time(self, counter):
        # In UTC the last one lies before year 1: stored, it would make every list with it unreadable.
        ahead, before = (NOW + timedelta(hours=2)).isoformat(), "0001-01-01T00:00:00+08:00"
        digits, beyond = ("1574215200", "20191120100000", "2019-11-20"), "9999-12-31T23:59:59-23:59"
        for paid_at in ("2019-11-20T10:00:00", 1574215200, *digits, ahead, before, beyond):
            data = counter.data("T1", 1) | {"paid_at": paid_at}
            answer = await counter.deliver(counter.keys.sender().payment(data))
            assert answer.status_code == 422, paid_at
            assert answer.json()["errors"][0]["pointer"] == "#/data/paid_at"

    async def test_takes_an_instant_with_any_offset_for_the_instant_that_it_is(self, counter):
        await counter.tell(counter.assessed(1))
        said = counter.data("T1", 1) | {"paid_at": "2019-11-20T18:00:00+16:00"}
        assert (await counter.deliver(counter.keys.sender().payment(said))).status_code == 202
        await counter.match()
        (row,) = await counter.rows("SELECT paid_at FROM payments")
        assert row.paid_at.isoformat() == "2019-11-20T02:00:00+00:00"

    @pytest.mark.parametrize("mark", ["\u202a", "\u200b", "\ufeff", "\u2060", "\u3000", "\u00a0"])
    async def test_finds_the_person_behind_marks_that_cannot_be_seen(self, counter, mark):
        await counter.tell(counter.assessed(1))
        said = counter.data("T1", 1)
        (item,) = said["items"]
        item["id_number"] = mark + item["id_number"]
        item["name"] = item["name"][:1] + mark + item["name"][1:]
        answer = await counter.deliver(counter.keys.sender().payment(said))
        payment = await counter.payment(answer.json()["payment_id"])
        assert [line["state"] for line in payment["lines"]] == ["applied"]

    @pytest.mark.parametrize(("depth", "status"), [(300, 422), (900, 422), (2000, 400), (100, 202)])
    async def test_refuses_an_extra_member_that_is_nested_too_deeply(self, counter, depth, status):
        body = orjson.dumps({"type": "payment.succeeded", "data": counter.data("T1", 1)})
        body = body[:-2] + b',"x":' + b"[" * depth + b"]" * depth + b"}}"
        answer = await counter.deliver(counter.keys.sender().sign(body, "m1"))
        assert answer.status_code == status
        if status != 202:
            assert answer.json()["title_zh"]

    async def test_refuses_a_body_too_large_that_does_not_say_its_length(self, counter):
        request = counter.keys.sender().payment(counter.data("T1", 1))

        async def pieces():
            for _ in range(20):
                yield b" " * 1024 * 1024

        answer = await counter.http.post(request.path, headers=request.headers, content=pieces())
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:canbao:problem:body-too-large")

    async def test_refuses_a_nul_in_a_name_before_the_database_would(self, counter):
        data = counter.data("T1", 1)
        data["items"][0]["name"] = "林\x00"
        assert (await counter.deliver(counter.keys.sender().payment(data))).status_code == 422

    async def test_refuses_a_body_that_no_notification_needs(self, counter):
        request = counter.keys.sender().sign(b" " * 300_000, "m1")
        assert (await counter.deliver(request)).status_code == 413

    async def test_answers_another_method_with_a_problem(self, counter):
        answer = await counter.http.get("/v1/channels/tax/notifications")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")

    async def test_refuses_a_moved_clock_where_the_clock_does_not_move(
        self, service_context, client, keys, counter
    ):
        from libs.common.clock import SystemClock

        context = await service_context("collection", clock=SystemClock(), **keys.settings())
        http = await client(context)
        request = keys.sender().payment(counter.data("T1", 1))
        headers = request.headers | {"canbao-clock": NOW.isoformat()}
        answer = await http.post(request.path, content=request.body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "urn:canbao:problem:clock-not-movable")


class TestRepeat:
    async def test_gets_the_first_answer_however_it_is_wrapped(self, counter):
        data = counter.data("T1", 1)
        first = await counter.deliver(counter.keys.sender().payment(data))
        reordered = dict(reversed(data.items()))
        again = await counter.deliver(counter.keys.sender().payment(reordered, message_id="another"))
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["canbao-repeated"] == "true"
        assert await counter.count("notifications") == 1

    @pytest.mark.parametrize(
        "words",
        [
            {"paid_at": "2019-11-20T02:00:00Z"},
            {"paid_at": "2019-11-20T10:00:00.000+08:00"},
            {"paid_at": "2019-11-20t02:00:00z"},
            {"order_no": None},
            {"terminal": "added by the next version of a bank's software"},
            {"items": "reversed"},
        ],
    )
    async def test_in_other_words_gets_the_first_answer(self, counter, words):
        said = counter.data("T1", 1, 2) | {"paid_at": "2019-11-20T10:00:00+08:00"}
        first = await counter.deliver(counter.keys.sender().payment(said))
        if words == {"items": "reversed"}:
            words = {"items": said["items"][::-1]}
        again = await counter.deliver(counter.keys.sender().payment(said | words))
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["canbao-repeated"] == "true"

    @pytest.mark.parametrize("change", ["amount", "person", "name", "instant", "year", "order"])
    async def test_with_another_claim_is_a_conflict(self, counter, change):
        said = counter.data("T1", 1, 2)
        await counter.deliver(counter.keys.sender().payment(said))
        one, other = said["items"]
        changed = {
            "amount": {
                "items": [one | {"amount_fen": one["amount_fen"] + 1}, other],
                "amount_fen": said["amount_fen"] + 1,
            },
            "person": {"items": [one | {"id_number": id_number(3)}, other]},
            "name": {"items": [one | {"name": other["name"]}, other]},
            "instant": {"paid_at": "2019-11-20T09:59:59+08:00"},
            "year": {"coverage_year": 2021},
            "order": {"order_no": "O1"},
        }[change]
        answer = await counter.deliver(counter.keys.sender().payment(said | changed))
        assert answer.status_code == 409

    async def test_of_what_an_earlier_version_stored_gets_the_first_answer(self, counter):
        said = counter.data("T1", 1)
        await counter.deliver(counter.keys.sender().payment(said))
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        await counter.rows_changed("UPDATE notifications SET content_sha256 = sha256(:said)", said=text)
        again = await counter.deliver(counter.keys.sender().payment(said))
        assert (again.status_code, again.headers["canbao-repeated"]) == (202, "true")

    async def test_with_other_content_is_a_conflict_and_leaves_the_first(self, counter):
        await counter.notify("T1", 1)
        answer = await counter.notify("T1", 2)
        assert (answer.status_code, answer.json()["conflicting"]) == (409, "transaction number")
        assert await counter.count("notifications") == 1

    async def test_of_a_return_number_with_other_content_says_that_it_is_that_number(self, counter):
        data = {"transaction_no": "T1", "return_no": "R1", "amount_fen": 100, "returned_at": NOW.isoformat()}
        for fen, status in ((100, 202), (200, 409)):
            request = counter.keys.sender().event("payment.refunded", data | {"amount_fen": fen})
            answer = await counter.deliver(request)
            assert answer.status_code == status
        assert answer.json()["conflicting"] == "return number"

    async def test_of_a_webhook_id_with_other_content_is_a_conflict(self, counter):
        sender = counter.keys.sender()
        await counter.deliver(sender.payment(counter.data("T1", 1), message_id="m1"))
        answer = await counter.deliver(sender.payment(counter.data("T2", 1), message_id="m1"))
        assert (answer.status_code, answer.json()["conflicting"]) == (409, "webhook id")

    async def test_of_a_number_by_another_channel_is_another_payment(self, counter):
        data = counter.data("T1", 1)
        answers = [await counter.deliver(counter.keys.sender(c).payment(data)) for c in ("tax", "bank-rcb")]
        assert len({answer.json()["payment_id"] for answer in answers}) == 2

    async def test_fifty_times_at_once_is_one_payment(self, counter):
        await counter.tell(counter.assessed(1))
        answers = await asyncio.gather(*(counter.notify("T1", 1) for _ in range(50)))
        assert {answer.content for answer in answers} == {answers[0].content}
        await counter.match()
        assert [await counter.count(table) for table in ("payments", "payment_lines", "outbox")] == [1, 1, 1]

    async def test_at_once_with_two_contents_lets_one_win(self, counter):
        answers = await asyncio.gather(*(counter.notify("T1", 1 + turn % 2) for turn in range(20)))
        assert sorted(answer.status_code for answer in answers) == [202] * 10 + [409] * 10

    async def test_through_two_instances_at_once_is_one_payment(self, counter, client, service_context, keys):
        url = counter.context.settings.database_url
        context = await service_context("collection", url=url, **keys.settings())
        other = await client(context)
        request = counter.keys.sender().payment(counter.data("T1", 1))
        headers = request.headers | {"canbao-clock": NOW.isoformat()}
        answers = await asyncio.gather(
            *(
                http.post(request.path, content=request.body, headers=headers)
                for http in [counter.http, other] * 20
            )
        )
        assert {answer.content for answer in answers} == {answers[0].content}
        assert await counter.count("notifications") == 1
        await context.parts.commits.close()


class TestGroupCommit:
    async def test_stores_requests_that_came_together_in_few_commits(self, counter):
        await asyncio.gather(*(counter.notify(f"T{number}", number) for number in range(1, 101)))
        rows = await counter.rows(
            "SELECT count(*) AS all, count(DISTINCT xmin::text) AS commits FROM notifications"
        )
        assert rows[0].all == 100
        assert rows[0].commits < 60

    async def test_a_row_that_the_database_refuses_does_not_fail_the_others(self, counter):
        await counter.rows_changed(
            "ALTER TABLE notifications ADD CONSTRAINT no_bad CHECK (dedupe_key NOT LIKE 'BAD%')"
        )
        numbers = [f"{'BAD' if number % 7 == 0 else 'T'}{number}" for number in range(1, 41)]
        answers = await asyncio.gather(*(counter.notify(number, 1) for number in numbers))
        for number, answer in zip(numbers, answers, strict=True):
            assert answer.status_code == (503 if number.startswith("BAD") else 202), number
        assert await counter.count("notifications") == 35

    async def test_a_full_queue_pushes_back(self, service_context, client, keys, counter):
        context = await service_context("collection", intake_queue=3, **keys.settings())
        http = await client(context)

        async def send(number: int):
            request = keys.sender().payment(counter.data(f"T{number}", number))
            return await http.post(
                request.path,
                content=request.body,
                headers=request.headers | {"canbao-clock": NOW.isoformat()},
            )

        answers = await asyncio.gather(*(send(number) for number in range(1, 40)))
        refused = [answer for answer in answers if answer.status_code == 503]
        assert refused
        assert {answer.headers["retry-after"] for answer in refused} == {"2"}
        assert refused[0].json()["type"] == "urn:canbao:problem:intake-busy"
        await context.parts.commits.close()

    async def test_what_comes_faster_than_any_channel_sends_is_told_to_come_again_and_is_not_lost(
        self, service_context, client, keys, counter
    ):
        few = {"callbacks_per_minute": 3, "proxies": "10.0.0.1"}
        context = await service_context("collection", **few, **keys.settings())
        http = await client(context)

        async def send(number: int, sender: str = "tax", to=None):
            request = keys.sender().payment(counter.data(f"T{number}", number))
            path = request.path.replace("/tax/", f"/{sender}/")
            headers = request.headers | {"canbao-clock": NOW.isoformat()}
            return await (to or http).post(path, content=request.body, headers=headers)

        answers = [await send(number) for number in range(1, 6)]
        assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 2
        assert answers[-1].json()["type"] == "urn:canbao:problem:too-many-requests"
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        in_its_own_words = await send(6, "wechat")
        assert (in_its_own_words.status_code, in_its_own_words.json()["code"]) == (429, "FAIL")

        url = context.settings.database_url
        another = await service_context("collection", url=url, **few, **keys.settings())
        to = await client(another)  # each process counts for itself
        assert [(await send(number, to=to)).status_code for number in (4, 5)] == [202, 202]
        for one in (context, another):
            await one.parts.commits.close()

    async def test_a_connection_lost_in_the_middle_of_a_batch_tells_nobody_that_all_is_well(
        self, counter, monkeypatch
    ):
        """The server ends the flusher's connection while its statement runs; afterwards all goes on."""
        await _break_next_write(counter, monkeypatch)
        answers = await asyncio.gather(*(counter.notify(f"T{number}", number) for number in range(1, 31)))
        lost = {f"T{n}" for n, answer in enumerate(answers, 1) if answer.status_code == 503}
        kept = {f"T{n}" for n, answer in enumerate(answers, 1) if answer.status_code == 202}
        assert lost
        assert {answer.headers["retry-after"] for answer in answers if answer.status_code == 503} == {"5"}
        stored = {row.dedupe_key for row in await counter.rows("SELECT dedupe_key FROM notifications")}
        assert kept <= stored

        again = await asyncio.gather(*(counter.notify(number, int(number[1:])) for number in sorted(lost)))
        assert {answer.status_code for answer in again} == {202}
        assert await counter.count("notifications") == 30

    async def test_a_database_that_is_away_is_answered_with_503(self, counter, monkeypatch):
        @asynccontextmanager
        async def away(*_):
            raise OSError("connection refused")
            yield

        monkeypatch.setattr(type(counter.context.engine), "connect", away)
        answer = await counter.notify("T1", 1)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:canbao:problem:not-ready")


class TestDocument:
    async def test_describes_the_endpoints_that_the_framework_never_sees(self, counter):
        document = (await counter.http.get("/openapi.json")).json()
        operation = document["paths"]["/v1/channels/{channel}/notifications"]["post"]
        assert {"202", "401", "404", "409", "413", "422", "503"} <= set(operation["responses"])
        body = operation["requestBody"]["content"]["application/json"]
        assert body["examples"]["payment"]["value"]["data"]["items"]
        assert operation["security"] == []
        assert "/v1/channels/wechat/notifications" in document["paths"]
        references = set(re.findall(r'"#/components/schemas/(\w+)"', orjson.dumps(document).decode()))
        assert references <= set(document["components"]["schemas"])


async def _break_next_write(counter, monkeypatch) -> None:
    """Have the next batch's connection killed by the server while it writes."""
    real, done = hot_store.store_notifications, []

    async def killed(connection, arrivals):
        if not done:
            done.append(True)
            pid = connection.driver.get_server_pid()
            await counter.rows_changed("SELECT pg_terminate_backend(:pid)", pid=pid)
        return await real(connection, arrivals)

    monkeypatch.setattr(hot_store, "store_notifications", killed)


async def test_a_sample_is_verified_kept_and_means_nothing(counter):
    answer = await counter.deliver(counter.keys.sender().test())
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    await counter.match()
    (kept,) = await counter.rows("SELECT kind FROM notifications")
    assert kept.kind == "other"
    assert await counter.count("payments") == 0
    assert (await counter.http.get("/v1/parked-notifications")).json()["items"] == []


async def test_a_sample_by_another_secret_is_refused(counter):
    forged = replace(counter.keys.sender(), secrets=(generate_secret(),)).test()
    assert (await counter.deliver(forged)).status_code == 401
    assert await counter.count("notifications") == 0
