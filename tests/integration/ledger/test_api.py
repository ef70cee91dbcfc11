"""The ledger over HTTP: who may see what, money moved on, lists and tables."""

import asyncio
import time

import pytest

from libs.common.testing.ledger_facts import assessed, granted, paid, suspended

BOOKS = {"county": "youxi", "coverage_year": 2020}


def movement(**values):
    return {
        "county": "youxi",
        "coverage_year": 2020,
        "kind": "channel_settlement",
        "channel": "tax",
        "amount_fen": 25000,
        "business_at": "2019-12-02T16:30:00+08:00",
        "reference": "HK-1",
        **values,
    }


async def move(desk, **values):
    return await desk.http.post("/v1/movements", json=movement(**values))


class TestMovements:
    async def test_lead_the_money_from_the_channel_to_the_city(self, desk):
        await desk.send(paid(1), paid(2, channel="wechat"))

        for number, kind in enumerate(
            ("channel_settlement", "treasury_receipt", "fiscal_transfer", "upward_remittance")
        ):
            answer = await move(desk, kind=kind, channel=None, amount_fen=None, reference=f"R{number}")
            assert (answer.status_code, answer.json()["amount_fen"]) == (201, 50000), answer.text

        assert await desk.balances() == {"residents": -50000, "upward": 50000}
        assert [row["amount_fen"] for row in (await desk.totals())["movements"]] == [25000, 25000] + [
            50000
        ] * 3

    async def test_a_bank_slip_over_all_that_a_channel_took_is_booked_though_half_of_it_waits_in_suspense(
        self, desk
    ):
        await desk.send(
            *(paid(person, own_fen=40000, add_on_fen=4000) for person in range(1, 11)),
            *(suspended(line, amount_fen=100074 + (line == 70)) for line in range(70, 74)),
        )

        answer = await move(desk, amount_fen=840297)

        assert (answer.status_code, answer.json()["amount_fen"]) == (201, 840297), answer.text
        balances = await desk.balances()
        assert balances["pending_remittance"] == 840297
        assert (balances["suspense"], balances["add_on"], balances["held"]) == (400297, 40000, -440297)
        assert "clearing:tax" not in balances

    async def test_the_city_gets_what_belongs_to_the_fund_and_a_refusal_says_how_much_that_is(self, desk):
        await desk.send(paid(1), suspended(70))
        for number, kind in enumerate(("channel_settlement", "treasury_receipt", "fiscal_transfer")):
            answer = await move(desk, kind=kind, channel=None, amount_fen=None, reference=f"R{number}")
            assert answer.json()["amount_fen"] == 50000

        refusal = await move(desk, kind="upward_remittance", channel=None, amount_fen=25001, reference="R8")
        answer = await move(desk, kind="upward_remittance", channel=None, amount_fen=None, reference="R9")

        assert (refusal.status_code, refusal.json()["balance_fen"]) == (409, 25000)
        assert answer.json()["amount_fen"] == 25000

    async def test_an_instant_before_our_time_is_refused(self, desk):
        answer = await move(desk, business_at="0001-01-01T00:00:00+08:00")

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#/business_at"

    async def test_the_same_request_again_gets_the_first_answer(self, desk):
        await desk.send(paid(1), paid(2))

        first, again = await move(desk), await move(desk)

        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        assert (await desk.balances())["pending_remittance"] == 25000

    @pytest.mark.parametrize(
        "change", [{"amount_fen": 24999}, {"coverage_year": 2019}, {"kind": "treasury_receipt"}]
    )
    async def test_the_reference_of_another_movement_is_refused(self, desk, change):
        await desk.send(paid(1), paid(2))
        await move(desk)

        answer = await move(desk, **change)

        if change == {"coverage_year": 2019}:
            assert answer.status_code == 404  # there is no notice of that year
        else:
            assert (answer.status_code, answer.json()["type"]) == (409, "urn:canbao:problem:reference-reused")

    async def test_more_than_there_is_is_refused_with_the_balance(self, desk):
        await desk.send(paid(1))

        answer = await move(desk, amount_fen=25001)

        assert answer.status_code == 409
        assert answer.json()["balance_fen"] == 25000
        assert "clearing:tax" in answer.json()["detail_zh"]

    async def test_two_at_once_cannot_move_the_same_money(self, desk):
        await desk.send(paid(1))

        answers = await asyncio.gather(*(move(desk, reference=f"R{n}") for n in range(4)))

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]

    async def test_all_of_nothing_is_recorded_and_moves_nothing(self, desk):
        answer = await move(desk, amount_fen=None)

        assert (answer.status_code, answer.json()["amount_fen"]) == (201, 0)
        assert await desk.rows("SELECT count(*) FROM postings") == [(0,)]

    async def test_an_amount_of_no_channel_is_refused(self, desk):
        assert (await move(desk, channel=None)).status_code == 422

    async def test_a_wrong_one_is_reversed_once(self, desk):
        await desk.send(paid(1))
        wrong = (await move(desk)).json()
        body = {"business_at": "2019-12-03T09:00:00+08:00", "reference": "HK-1-R"}
        address = f"/v1/movements/{wrong['movement_id']}/reversal"

        first = await desk.http.post(address, json=body)
        again = await desk.http.post(address, json=body)
        other = await desk.http.post(address, json=body | {"reference": "HK-1-RR"})

        assert [answer.status_code for answer in (first, again, other)] == [201, 200, 409]
        assert await desk.balances() == {"residents": -25000, "clearing:tax": 25000}

    async def test_money_that_has_moved_on_is_not_taken_back(self, desk):
        await desk.send(paid(1))
        first = (await move(desk)).json()
        await move(desk, kind="treasury_receipt", channel=None, reference="HK-2")

        answer = await desk.http.post(
            f"/v1/movements/{first['movement_id']}/reversal",
            json={"business_at": "2019-12-03T09:00:00+08:00", "reference": "HK-1-R"},
        )

        assert answer.json()["account"] == "pending_remittance"

    async def test_are_listed_page_by_page(self, desk):
        await desk.send(paid(1), paid(2))
        await move(desk, amount_fen=100)
        await move(desk, amount_fen=200, reference="HK-2")

        first = (await desk.http.get("/v1/movements", params={**BOOKS, "limit": 1})).json()
        rest = (await desk.http.get("/v1/movements", params={**BOOKS, "after": first["next_after"]})).json()

        assert [item["amount_fen"] for item in first["items"] + rest["items"]] == [100, 200]


class TestPostings:
    async def test_are_listed_in_their_order_page_by_page(self, desk):
        await desk.send(assessed(1), paid(1, add_on_fen=3000), granted(2))

        kinds, after = [], None
        while True:
            page = await desk.http.get(
                "/v1/postings", params={**BOOKS, "limit": 2} | ({"after": after} if after else {})
            )
            kinds += [item["kind"] for item in page.json()["items"]]
            if (after := page.json()["next_after"]) is None:
                break

        assert kinds == [
            "charge", "contribution", "add_on_received", "add_on_set_apart", "held", "paid_on_behalf"
        ]  # fmt: skip

    async def test_can_be_those_of_one_account(self, desk):
        await desk.send(paid(1), suspended(2), granted(2))

        found = await desk.http.get("/v1/postings", params={**BOOKS, "account": "suspense"})

        assert [item["kind"] for item in found.json()["items"]] == ["suspended"]

    async def test_a_look_at_one_person_is_audited(self, desk):
        await desk.send(paid(1))

        await desk.http.get("/v1/postings", params={**BOOKS, "person_id": 1})
        await desk.http.get("/v1/postings", params=BOOKS)

        assert await desk.rows("SELECT subject, operation, person_id FROM person_lookups") == [
            ("test", "list_postings", 1)
        ]


class TestTotals:
    async def test_are_live_in_the_shape_of_a_handover(self, desk):
        await desk.send(paid(1), granted(2))

        live, sealed = await desk.totals(), (await desk.closed("main", "2020-01-04T09:00:00"))["totals"]

        header = {"format", "deadline", "previous_sha256", "late", "papers"}
        assert {k: v for k, v in live.items() if k not in header} == {
            k: v for k, v in sealed.items() if k not in header
        }

    async def test_may_be_those_of_a_moment_ago_for_who_says_so(self, desk, client):
        township = await client(desk.context, app=desk.app, division="350426102")
        hers = {"params": BOOKS, "headers": {"cache-control": "max-age=60"}}
        await desk.send(paid(1))
        first = await desk.http.get("/v1/totals", **hers)
        desk.context.figures.seconds = lambda: time.monotonic() + 30
        await desk.send(paid(2))

        before, now = await desk.http.get("/v1/totals", **hers), await desk.totals()
        own = (await township.get("/v1/totals", **hers)).json()

        assert before.json() == first.json()
        assert before.headers["age"] == "30" and "age" not in first.headers
        assert now["total"]["head_count"] == 2
        assert own["total"]["head_count"] == 1

    async def test_answer_who_comes_again_before_they_are_counted_and_wait_for_them(self, desk, monkeypatch):
        await desk.send(paid(1))
        monkeypatch.setattr("libs.common.figures.PATIENCE_SECONDS", 0)
        headers = {"cache-control": "max-age=60", "prefer": "respond-async"}
        first = await desk.http.get("/v1/totals", params=BOOKS, headers=headers)
        waited = await desk.http.get("/v1/totals", params=BOOKS, headers={"cache-control": "max-age=60"})
        again = await desk.http.get("/v1/totals", params=BOOKS, headers=headers)

        assert (first.status_code, first.content, first.headers["retry-after"]) == (202, b"", "1")
        assert (waited.status_code, again.status_code) == (200, 200)
        assert again.json() == waited.json()

    async def test_can_be_printed(self, desk):
        await desk.send(paid(1), granted(2))
        await desk.closed("main", "2020-01-04T09:00:00")

        for address in ("/v1/totals?county=youxi&coverage_year=2020&", "/v1/handovers/youxi/2020/main?"):
            answer = await desk.http.get(f"{address}format=csv")
            table = answer.content.decode("utf-8-sig").splitlines()
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert any(line.startswith("基金合计") and line.endswith(",2,500") for line in table)


class TestDivisions:
    async def test_a_township_sees_its_own_people_and_no_books(self, desk, client):
        await desk.send(paid(1), paid(2))
        township = await client(desk.context, app=desk.app, division="350426102")

        totals = (await township.get("/v1/totals", params=BOOKS)).json()
        postings = (await township.get("/v1/postings", params=BOOKS)).json()["items"]

        assert totals["total"] == {"head_count": 1, "amount_fen": 25000}
        assert {item["division_code"][:9] for item in postings} == {"350426102"}
        for address in ("accounts", "handovers", "movements"):
            assert (await township.get(f"/v1/{address}", params=BOOKS)).status_code == 403

    async def test_another_county_sees_nothing(self, desk, client):
        other = await client(desk.context, app=desk.app, division="620422")

        for address in ("accounts", "handovers", "movements", "totals", "postings"):
            assert (await other.get(f"/v1/{address}", params=BOOKS)).status_code == 403
        assert (await other.get("/v1/accounts")).json()["items"] == []

    async def test_money_of_no_county_is_shown_to_callers_of_everywhere(self, desk, client):
        await desk.send(suspended(1, county=None, coverage_year=None), paid(1))

        everywhere = (await desk.http.get("/v1/accounts")).json()["items"]
        county = await (await client(desk.context, app=desk.app, division="350426")).get("/v1/accounts")

        assert {item["county"] for item in everywhere} == {"", "youxi"}
        assert {item["county"] for item in county.json()["items"]} == {"youxi"}

    async def test_money_that_names_a_year_without_a_notice_is_read_by_its_county(self, desk, client):
        await desk.send(suspended(1, coverage_year=2099))
        books = {"county": "youxi", "coverage_year": 2099}
        county = await client(desk.context, app=desk.app, division="350426")
        other = await client(desk.context, app=desk.app, division="620422")

        found = (await county.get("/v1/postings", params=books | {"payment_id": 1})).json()["items"]
        fact = await county.get(f"/v1/facts/{found[0]['posting'].partition('.')[0]}")

        assert "suspended" in {posting["kind"] for posting in found}
        assert fact.json()["coverage_year"] == 2099
        assert {
            one["account"] for one in (await county.get("/v1/accounts", params=books)).json()["items"]
        } > {"suspense"}
        for address in ("accounts", "movements", "totals", "postings"):
            assert (await county.get(f"/v1/{address}", params=books)).status_code == 200
            assert (await other.get(f"/v1/{address}", params=books)).status_code == 403

    @pytest.mark.parametrize(
        ("method", "path", "scope"),
        [
            ("GET", "/v1/accounts", "ledger:read"),
            ("POST", "/v1/movements", "ledger:write"),
            ("POST", "/v1/handovers/youxi/2020/main/close", "ledger:close"),
        ],
    )
    async def test_each_operation_needs_its_scope(self, desk, client, method, path, scope):
        others = {"ledger:read", "ledger:write", "ledger:close"} - {scope}
        caller = await client(desk.context, app=desk.app, scopes=sorted(others))

        answer = await caller.request(method, path, json=movement())

        assert (answer.status_code, answer.json()["required_scope"]) == (403, scope)


class TestCalendar:
    async def test_says_what_is_sealed_and_what_may_be_closed(self, desk):
        await desk.send(paid(1))
        await desk.closed("main", "2020-01-04T09:00:00")

        answer = await desk.http.get(
            "/v1/handovers", params=BOOKS, headers={"canbao-clock": "2020-02-10T09:00:00+08:00"}
        )

        states = {item["deadline_id"]: item["state"] for item in answer.json()["items"]}
        assert [states[name] for name in ("main", "monthly-2020-01", "monthly-2020-02")] == [
            "sealed", "closable", "open",
        ]  # fmt: skip

    async def test_says_what_each_department_does_for_it_and_which_are_due_before_the_others(self, desk):
        items = (await desk.http.get("/v1/handovers", params=BOOKS)).json()["items"]
        (main,) = [item for item in items if item["deadline_id"] == "main"]
        assert [(one["department"], one["due_on"]) for one in main["work"]] == [
            ("tax", "2019-12-31"),
            ("medical_insurance", "2019-12-31"),
            ("finance", "2020-01-10"),
        ]
        assert main["work"][0]["does_zh"] == "核对参保缴费人数与实征金额"

    async def test_totals_that_are_not_sealed_yet_are_not_found(self, desk):
        answer = await desk.http.get("/v1/handovers/youxi/2020/main")

        assert (answer.status_code, answer.json()["type"]) == (404, "urn:canbao:problem:not-sealed")
