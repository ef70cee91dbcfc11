"""Banks debit accounts by mandates: nobody is debited twice, and what a bank says counts once."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from libs.common.clock import CLOCK_HEADER, SHANGHAI
from libs.common.events.erasures import PersonErased
from libs.common.events.registration import PersonMerged
from services.collection.debits.alarming import see_to_debits
from services.collection.debits.making import make_batches
from services.collection.differences.comparing import compare_days
from services.collection.files.reading import read_next
from services.collection.payments.alarming import see_to_channels
from services.collection.tables import debit_mandates
from tests import bank_tables
from tests.bills import Moved
from tests.integration.collection.conftest import NOW, PRICE, Counter, states

CHANNEL = "debit-rcb"
DEBITED = datetime(2019, 11, 20, 16, 30, tzinfo=SHANGHAI)
AFTER = DEBITED + timedelta(hours=2)
BATCHES, MANDATES = "/v1/debit-batches", "/v1/debit-mandates"


class Desk:
    """Two officers, a mini-program, and the bank."""

    def __init__(self, counter: Counter, second: httpx.AsyncClient) -> None:
        self.counter, self.http, self.second = counter, counter.http, second

    async def mandate(self, number: int, *people: int, **changes: object) -> httpx.Response:
        body = {
            "county": "youxi", "channel": CHANNEL, "agreement_no": f"DK{number}", "holder": "林小明",
            "account_no": f"62215500000000{number:05d}", "person_ids": list(people), "from_year": 2020,
        } | changes  # fmt: skip
        body = {name: value for name, value in body.items() if value is not None}
        return await self.http.post(MANDATES, json=body)

    async def signed(self, number: int, *people: int, **changes: object) -> int:
        answer = await self.mandate(number, *people, **changes)
        assert answer.status_code == 201, answer.text
        return answer.json()["mandate_id"]

    async def asked(
        self, at: datetime = NOW, debit_on: str = "2019-11-20", path: str = "", **params: str
    ) -> httpx.Response:
        body = {"county": "youxi", "coverage_year": 2020, "channel": CHANNEL, "debit_on": debit_on}
        return await self.http.post(f"{BATCHES}{path}", json=body, headers=clock(at), params=params)

    async def made(self, at: datetime = NOW, debit_on: str = "2019-11-20") -> dict:
        answer = await self.asked(at, debit_on)
        assert answer.status_code == 202, answer.text
        await make_batches(self.counter.context)
        return await self.seen(answer.json()["batch_id"])

    async def seen(self, batch_id: int) -> dict:
        answer = await self.http.get(f"{BATCHES}/{batch_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def agree(self, approval_id: int, at: datetime = NOW) -> None:
        answer = await self.second.post(f"/v1/approvals/{approval_id}/approve", json={}, headers=clock(at))
        assert answer.status_code == 200, answer.text

    async def file(self, batch_id: int, at: datetime = NOW, profile: str = "generic") -> httpx.Response:
        return await self.http.get(
            f"{BATCHES}/{batch_id}/file", params={"profile": profile}, headers=clock(at)
        )

    async def given(self, at: datetime = NOW, debit_on: str = "2019-11-20") -> tuple[int, list[str]]:
        """A batch that the bank has, and its numbers."""
        batch = await self.made(at, debit_on)
        await self.agree(batch["approval_id"], at)
        answer = await self.file(batch["batch_id"], at)
        assert answer.status_code == 200, answer.text
        return batch["batch_id"], [line.split(",")[0] for line in answer.text.splitlines()[3:]]

    async def answer(
        self, batch_id: int, *lines: str, at: datetime = AFTER, fen: int | None = None
    ) -> httpx.Response:
        total = sum(int(line.split(",")[2]) for line in lines) if fen is None else fen
        head = f"# count={len(lines)} total_fen={total}\ndebit_no,outcome,amount_fen,reason,paid_at\n"
        return await self.http.post(
            f"{BATCHES}/{batch_id}/results",
            content=(head + "\n".join(lines)).encode(),
            headers=clock(at),
        )

    async def told(self, batch_id: int, *lines: str, at: datetime = AFTER) -> dict:
        answer = await self.answer(batch_id, *lines, at=at)
        assert answer.status_code == 200, answer.text
        await self.counter.match()
        return answer.json()

    async def debits(self, batch_id: int, **params: str) -> list[dict]:
        answer = await self.http.get(f"{BATCHES}/{batch_id}/debits", params=params)
        return answer.json()["items"]

    async def look(self, at: datetime) -> None:
        """What is looked at once a minute."""
        async with self.counter.context.engine.begin() as conn:
            await see_to_debits(conn, at, self.counter.context.parts.debits)

    async def left_out(self, batch_id: int) -> dict[int, str]:
        answer = await self.http.get(f"{BATCHES}/{batch_id}/left-out")
        return {one["person_id"]: one["reason"] for one in answer.json()["items"]}


def _merged(counter: Counter) -> PersonMerged:
    """The second record is the first person, too."""
    return PersonMerged(
        person_id=1,
        merged_person_id=2,
        county="youxi",
        identity_digests=(counter.digest(1), counter.digest(2)),
        merged_at=NOW - timedelta(hours=1),
    )


def clock(at: datetime) -> dict[str, str]:
    return {CLOCK_HEADER: at.isoformat()}


@pytest.fixture
async def desk(service_context, client, keys) -> AsyncIterator[Desk]:
    terms = {"youxi": {CHANNEL: {"profile": "generic", "holds_days": 5, "alert_after_workdays": 2}}}
    context = await service_context("collection", **keys.settings(), debits=json.dumps(terms))
    http = await client(context)
    second = await client(context, subject="second", app=http._transport.app)
    for one in (http, second):
        one.headers[CLOCK_HEADER] = NOW.isoformat()
    yield Desk(Counter(context, http, keys), second)
    await context.parts.commits.close()
    await context.parts.placing.close()


@pytest.fixture
async def people(desk) -> None:
    """Ten people, each of a household of their own."""
    facts = [desk.counter.assessed(one, household_id=500 + one) for one in range(1, 11)]
    await desk.counter.tell(*facts)


pytestmark = pytest.mark.usefixtures("people")


class TestAMandate:
    async def test_shows_its_account_masked_and_keeps_it_sealed(self, desk):
        answer = await desk.mandate(1, 1, 2)
        made = answer.json()
        assert (answer.status_code, made["person_ids"], made["ended_at"]) == (201, [1, 2], None)
        assert made["account_masked"].endswith("0001") and "622155" not in answer.text
        account = await desk.counter.opened(
            "SELECT account_no FROM debit_mandates", debit_mandates.c.account_no
        )
        assert account == "6221550000000000001"

    async def test_is_the_only_one_of_its_people_until_it_ends(self, desk):
        first = await desk.signed(1, 1, 2)
        second = await desk.mandate(2, 2, 3)
        assert (second.status_code, second.json()["type"].rsplit(":", 1)[1]) == (409, "mandate-exists")
        assert second.json()["errors"][0]["pointer"] == "#/person_ids/0"
        ended = await desk.http.post(f"{MANDATES}/{first}/end", json={})
        assert ended.json()["end_reason"] == "requested"
        again = await desk.http.post(f"{MANDATES}/{first}/end", json={})
        assert again.json() == ended.json()
        assert (await desk.mandate(2, 2, 3)).status_code == 201


class TestABatch:
    async def test_takes_who_owes_and_says_why_others_are_left_out(self, desk):
        await desk.signed(1, 1)
        await desk.signed(2, 2)
        await desk.counter.pay("T1", 2)
        seen = (await desk.asked(path="/preview")).json()
        whole = {"count": 1, "total_fen": PRICE, "people": 1, "left_out": {"paid": 1}}
        assert seen == whole | {"next_after": None}
        assert await desk.counter.count("orders") == 0

        batch = await desk.made()
        assert (batch["state"], batch["declared_count"], batch["declared_total_fen"]) == ("waiting", 1, PRICE)
        assert batch["left_out"] == {"paid": 1}
        assert await desk.left_out(batch["batch_id"]) == {2: "paid"}
        assert (await desk.file(batch["batch_id"])).status_code == 409
        listed = (await desk.http.get(BATCHES, params={"open": "true", "county": "youxi"})).json()
        assert [one["batch_id"] for one in listed["items"]] == [batch["batch_id"]]

    async def test_is_previewed_in_pages_that_add_up(self, desk):
        family = [desk.counter.assessed(one, household_id=600 + one % 2) for one in (21, 22)]
        await desk.counter.tell(*family)
        for number in (1, 2, 3):
            await desk.signed(number, number)
        await desk.signed(4, person_ids=None, payer_id=21)
        await desk.signed(5, person_ids=None, payer_id=22)
        # Both payers are of one household now, and somebody comes to it: one mandate pays for that.
        moved = desk.counter.assessed(22, household_id=601, revision=2)
        await desk.counter.tell(moved, desk.counter.assessed(23, household_id=601))
        pages, after = [], None
        while after is not None or not pages:
            params = {"after": after} if after is not None else {}
            answer = await desk.asked(path="/preview", limit="2", **params)
            assert answer.status_code == 200, answer.text
            pages.append(answer.json())
            after = pages[-1]["next_after"]
        batch = await desk.made()
        assert len(pages) == 3
        assert sum(one["count"] for one in pages) == batch["declared_count"]
        assert sum(one["total_fen"] for one in pages) == batch["declared_total_fen"] == 6 * PRICE
        assert sum(one["people"] for one in pages) == 6

    async def test_is_previewed_by_officers_alone_and_from_a_number(self, desk, client):
        app = desk.http._transport.app
        reader = Desk(desk.counter, desk.second)
        reader.http = await client(desk.counter.context, scopes=["collection:read"], app=app)
        assert (await reader.asked(path="/preview")).status_code == 403
        reader.http = await client(desk.counter.context, division="350427", app=app)
        assert (await reader.asked(path="/preview")).status_code == 403
        assert (await desk.asked(path="/preview", after="x")).status_code == 422
        assert (await desk.asked(path="/preview", limit="1001")).status_code == 422

    async def test_leaves_out_who_is_about_to_pay_otherwise(self, desk):
        await desk.signed(1, 1)
        order = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "tax"}
        assert (await desk.http.post("/v1/orders", json=order)).status_code == 201
        assert (await desk.made())["left_out"] == {"in_order": 1}

    async def test_is_debited_and_paid_as_by_any_channel(self, desk):
        await desk.signed(1, 1)
        batch_id, numbers = await desk.given()
        told = await desk.told(batch_id, f"{numbers[0]},paid,{PRICE},,2019-11-20 16:42:00")
        assert told["paid"] == {"count": 1, "amount_fen": PRICE}
        (line,) = await desk.debits(batch_id)
        payment = await desk.counter.payment(line["payment_id"])
        assert (payment["channel"], states(payment)) == (CHANNEL, [("applied", None)])
        assert payment["paid_at"] == "2019-11-20T16:42:00+08:00"
        assert (await desk.seen(batch_id))["state"] == "done"
        assert (await desk.http.get(BATCHES, params={"open": "true"})).json()["items"] == []

    async def test_says_the_same_again_and_changes_nothing(self, desk):
        await desk.signed(1, 1)
        batch_id, numbers = await desk.given()
        line = f"{numbers[0]},paid,{PRICE},,"
        first = await desk.told(batch_id, line)
        again = await desk.told(batch_id, line)
        assert again == first | {"repeated": True}
        assert await desk.counter.count("payments") == 1
        files = [(await desk.file(batch_id)).content for _ in range(2)]
        assert files[0] == files[1]


class TestWhoPaidMeanwhile:
    async def test_is_taken_out_before_the_file_leaves(self, desk):
        await desk.signed(1, 1)
        await desk.signed(2, 2)
        batch = await desk.made()
        await desk.agree(batch["approval_id"])
        await desk.counter.pay("T1", 1)
        file = (await desk.file(batch["batch_id"])).text
        assert f"# count=1 total_fen={PRICE}" in file
        (out,) = await desk.debits(batch["batch_id"], outcome="taken_out")
        assert (out["mandate_id"], out["reason"]) == (1, "member_paid")
        answer = await desk.answer(batch["batch_id"], f"{out['debit_no']},paid,{PRICE},,")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/lines/3")

    async def test_after_it_left_waits_in_suspense(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        await desk.counter.pay("T1", 1)
        await desk.told(batch_id, f"{number},paid,{PRICE},,")
        (line,) = await desk.debits(batch_id)
        payment = await desk.counter.payment(line["payment_id"])
        assert states(payment) == [("suspended", "already_paid")]

    async def test_cannot_order_while_a_bank_may_debit(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        order = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "tax"}
        answer = await desk.http.post("/v1/orders", json=order, headers=clock(NOW))
        assert (answer.status_code, answer.json()["title"][:2]) == (409, "At")
        (line,) = await desk.debits(batch_id)
        cancelled = await desk.http.post(f"/v1/orders/{line['order_no']}/cancel")
        assert cancelled.status_code == 409
        await desk.told(batch_id, f"{number},failed,{PRICE},余额不足,")
        assert (await desk.http.post("/v1/orders", json=order, headers=clock(AFTER))).status_code == 201


class TestWhatTheBankSays:
    async def test_of_a_failed_debit_frees_its_people_for_the_next_batch(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        await desk.told(batch_id, f"{number},failed,{PRICE},余额不足,")
        (line,) = await desk.debits(batch_id)
        assert (line["outcome"], line["reason"]) == ("failed", "余额不足")
        again = await desk.made(AFTER, "2019-11-21")
        assert again["declared_count"] == 1

    async def test_of_a_closed_account_ends_its_mandate(self, desk):
        mandate = await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        told = await desk.told(batch_id, f"{number},failed,{PRICE},account_closed,")
        assert told["mandates_ended"] == 1
        ended = (await desk.http.get(f"{MANDATES}/{mandate}")).json()
        assert ended["end_reason"] == "account_closed"
        assert (await desk.made(AFTER, "2019-11-21"))["state"] == "done"

    async def test_of_money_that_went_back_days_later_ends_the_cover(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        await desk.told(batch_id, f"{number},paid,{PRICE},,")
        week = AFTER + timedelta(days=7)
        await desk.told(batch_id, f"{number},returned,{PRICE},退汇,2019-11-26", at=week)
        (line,) = await desk.debits(batch_id)
        assert line["outcome"] == "returned"
        payment = await desk.counter.payment(line["payment_id"])
        assert states(payment) == [("refunded", None)]
        (told,) = await desk.counter.rows("SELECT kind, state, returned_at FROM returns")
        assert (told.kind, told.state) == ("reversal", "booked")
        assert told.returned_at == datetime(2019, 11, 26, 16, 30, tzinfo=SHANGHAI)

    async def test_of_several_batches_in_one_list_counts_in_each(self, desk):
        await desk.signed(1, 1)
        first, (number,) = await desk.given()
        await desk.signed(2, 2)
        second, (other,) = await desk.given(AFTER, "2019-11-21")
        day = AFTER + timedelta(days=1)
        for batch_id, one in ((first, number), (second, other)):
            await desk.told(batch_id, f"{one},paid,{PRICE},,", at=day)
        rows = "".join(f"{one},250.00,退汇,2019-11-22\n" for one in (number, other))
        text = "原流水号,退回金额,退回原因,退回日期\n" + rows + "合计,2,500.00\n"
        path, week = "/v1/debit-results?county=youxi", clock(day + timedelta(days=7))
        answers = [await desk.http.post(path, content=text.encode("gb18030"), headers=week) for _ in range(2)]
        assert [[one["repeated"] for one in answer.json()["batches"]] for answer in answers] == [
            [False, False], [True, True],
        ]  # fmt: skip
        await desk.counter.match()
        assert [one["outcome"] for one in await desk.debits(first) + await desk.debits(second)] == [
            "returned", "returned",
        ]  # fmt: skip
        unknown = text.replace(other, "D000000009999").encode()
        refused = await desk.http.post(path, content=unknown, headers=week)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/lines/3")

    async def test_of_a_return_that_was_never_told_as_paid_counts_as_both(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        await desk.told(batch_id, f"{number},returned,{PRICE},退汇,")
        (line,) = await desk.debits(batch_id)
        payment = await desk.counter.payment(line["payment_id"])
        assert states(payment) == [("refunded", None)]

    async def test_against_its_earlier_word_is_a_case_and_counts_where_money_came(self, desk):
        await desk.signed(1, 1)
        await desk.signed(2, 2)
        batch_id, (first, second) = await desk.given()
        await desk.told(batch_id, f"{first},failed,{PRICE},余额不足,", f"{second},paid,{PRICE},,")
        told = await desk.told(batch_id, f"{first},paid,{PRICE},,", f"{second},failed,{PRICE},余额不足,")
        assert told["contradictions"] == 2
        cases = await desk.counter.rows("SELECT kind, evidence FROM cases ORDER BY case_id")
        assert [(one.kind, one.evidence["counts"]) for one in cases] == [
            ("debit_contradicted", True), ("debit_contradicted", False),
        ]  # fmt: skip
        lines = await desk.debits(batch_id)
        assert [one["outcome"] for one in lines] == ["paid", "paid"]
        payments = [await desk.counter.payment(one["payment_id"]) for one in lines]
        assert [states(one) for one in payments] == [[("applied", None)]] * 2

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("D000000009999,paid,25000,,", "not in the file"),
            ("{number},paid,1,,", "amount"),
            ("{number},gone,25000,,", "outcome"),
            ("{number},paid,25000,,2019-11-25 10:00:00", "future"),
            ("{number},paid,25000,,noon", "instant"),
        ],
    )
    async def test_that_does_not_fit_is_refused_by_line_and_nothing_counts(self, desk, line, words):
        await desk.signed(1, 1)
        await desk.signed(2, 2)
        batch_id, (number, good) = await desk.given()
        answer = await desk.answer(batch_id, f"{good},paid,{PRICE},,", line.format(number=number))
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert fault["pointer"] == "#/lines/4" and words in fault["detail"]
        assert await desk.counter.count("payments") == 0

    async def test_before_the_file_left_is_refused(self, desk):
        await desk.signed(1, 1)
        batch = await desk.made()
        answer = await desk.answer(batch["batch_id"], f"D000000000001,paid,{PRICE},,")
        assert (answer.status_code, answer.json()["state"]) == (409, "waiting")


class TestTheBanksList:
    async def test_of_a_day_is_compared_as_that_of_any_channel(self, desk):
        await desk.signed(1, 1)
        await desk.signed(2, 2)
        batch_id, (first, second) = await desk.given()
        await desk.told(batch_id, f"{first},paid,{PRICE},,", f"{second},paid,{PRICE},,")
        rows = [
            Moved(first, PRICE, DEBITED, order="CB1"),
            Moved("D000000009999", PRICE, DEBITED, order="CB2"),
        ]
        form = {
            "county": "youxi", "channel": CHANNEL, "kind": "tax_table", "profile": "tax-day",
            "business_on": "2019-11-20",
        }  # fmt: skip
        file = {"file": ("list.csv", bank_tables.as_csv(bank_tables.tax(rows, DEBITED)))}
        week = clock(AFTER + timedelta(days=7))
        sent = await desk.http.post("/v1/channel-files", data=form, files=file, headers=week)
        assert sent.status_code == 202, sent.text
        while await read_next(desk.counter.context):
            pass
        await compare_days(desk.counter.context)
        cases = await desk.counter.rows("SELECT kind, evidence FROM cases ORDER BY kind")
        assert [(one.kind, one.evidence["transaction_no"]) for one in cases] == [
            ("channel_day_they_only", "D000000009999"), ("channel_day_we_only", second),
        ]  # fmt: skip

    async def test_is_not_missed_on_days_on_which_it_debits_nothing(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        await desk.told(batch_id, f"{number},paid,{PRICE},,")
        context, late = desk.counter.context, AFTER + timedelta(days=20)
        async with context.engine.begin() as conn:
            await see_to_channels(conn, late, context.notices, 3, context.parts.debits)
        assert await desk.counter.count("cases") == 0


class TestTime:
    async def test_lets_an_order_stand_for_what_was_owed_when_the_bank_debited(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given(NOW, "2019-12-31")
        dearer = datetime(2020, 1, 1, 10, tzinfo=SHANGHAI)
        news = desk.counter.assessed(1, household_id=501, revision=2, at=dearer)
        await desk.counter.tell(news, at=dearer)
        await desk.told(batch_id, f"{number},paid,{PRICE},,", at=dearer)
        (line,) = await desk.debits(batch_id)
        assert states(await desk.counter.payment(line["payment_id"])) == [("applied", None)]
        (order,) = await desk.counter.rows("SELECT state FROM orders")
        assert order.state == "paid"

    async def test_asks_for_results_and_holds_the_people_until_there_are_some(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        late = DEBITED + timedelta(days=30)
        await desk.look(late)
        (alert,) = await desk.counter.rows("SELECT kind, state, evidence FROM cases")
        assert (alert.kind, alert.state, alert.evidence["count"]) == ("debit_unanswered", "open", 1)
        order = {"county": "youxi", "coverage_year": 2020, "person_ids": [1], "channel": "tax"}
        assert (await desk.http.post("/v1/orders", json=order, headers=clock(late))).status_code == 409
        assert (await desk.made(late, "2019-12-21"))["left_out"] == {"debit_unanswered": 1}
        await desk.told(batch_id, f"{number},paid,{PRICE},,", at=late)
        await desk.look(late)
        (alert,) = await desk.counter.rows("SELECT state FROM cases")
        assert alert.state == "closed"

    async def test_two_persons_may_say_that_nobody_was_debited(self, desk):
        await desk.signed(1, 1)
        batch_id, (number,) = await desk.given()
        path = f"{BATCHES}/{batch_id}/give-up"
        asked = await desk.http.post(path, json={"reason": "银行未执行"}, headers=clock(AFTER))
        assert asked.status_code == 202
        alone = await desk.http.post(f"/v1/approvals/{asked.json()['approval_id']}/approve", json={})
        assert alone.status_code == 403
        await desk.agree(asked.json()["approval_id"], AFTER)
        batch = await desk.seen(batch_id)
        assert (batch["state"], list(batch["progress"])) == ("done", ["given_up"])
        assert (await desk.made(AFTER, "2019-11-21"))["declared_count"] == 1
        # It was debited after all: the money counts where it is owed.
        await desk.told(batch_id, f"{number},paid,{PRICE},,")
        assert [
            states(await desk.counter.payment(one["payment_id"])) for one in await desk.debits(batch_id)
        ] == [[("applied", None)]]

    async def test_ends_what_no_bank_was_given_on_its_day(self, desk):
        await desk.signed(1, 1)
        batch = await desk.made()
        next_day = DEBITED + timedelta(days=1)
        await desk.look(next_day)
        assert (await desk.seen(batch["batch_id"]))["state"] == "done"
        asked = f"/v1/approvals/{batch['approval_id']}/approve"
        assert (await desk.second.post(asked, json={}, headers=clock(next_day))).status_code == 409
        assert (await desk.made(next_day, "2019-11-22"))["declared_count"] == 1

    async def test_a_day_that_is_over_is_refused(self, desk):
        answer = await desk.asked(AFTER)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/debit_on")


class TestAHousehold:
    async def test_is_paid_for_with_who_joins_and_without_who_leaves(self, desk):
        counter = desk.counter
        await counter.tell(*(counter.assessed(one, household_id=900) for one in (21, 22)))
        mandate = await desk.mandate(1, payer_id=21, person_ids=None)
        assert mandate.json()["person_ids"] == [21, 22]
        await counter.tell(counter.assessed(23, household_id=900))
        await counter.tell(counter.assessed(22, household_id=901, revision=2))
        batch = await desk.made()
        assert (batch["declared_total_fen"], batch["left_out"]) == (2 * PRICE, {"other_household": 1})

    async def test_pays_no_more_than_was_agreed_for_a_year(self, desk):
        await desk.signed(1, 1, 2, most_fen=PRICE)
        batch = await desk.made()
        assert (batch["state"], batch["left_out"]) == ("done", {"above_limit": 2})

    async def test_whoever_was_merged_is_paid_for_by_the_one_mandate(self, desk):
        counter = desk.counter
        first, second = await desk.signed(1, 1), await desk.signed(2, 2)
        await counter.tell(_merged(counter))
        ended = (await desk.http.get(f"{MANDATES}/{second}")).json()
        assert ended["end_reason"] == "merged"
        assert (await desk.http.get(f"{MANDATES}/{first}")).json()["person_ids"] == [1]
        assert (await desk.made())["declared_count"] == 1

    async def test_is_forgotten_with_the_last_of_whom_it_pays_for(self, desk):
        await desk.signed(1, 1, 2)
        for person, left in ((1, "6221550000000000001"), (2, None)):
            erased = PersonErased(person_id=person, county="youxi", erased_at=NOW)
            await desk.counter.tell(erased)
            sealed = await desk.counter.opened(
                "SELECT account_no FROM debit_mandates", debit_mandates.c.account_no
            )
            assert sealed == left
        (ended,) = (await desk.http.get(MANDATES, params={"county": "youxi"})).json()["items"]
        assert ended["end_reason"] == "erased"


class TestRights:
    async def test_a_mini_program_registers_and_debits_nothing(self, desk, client):
        app = desk.http._transport.app
        backend = await client(
            desk.counter.context, scopes=["orders:write", "payers:vouch"], subject="app", app=app
        )
        body = {"county": "youxi", "coverage_year": 2020, "channel": CHANNEL, "debit_on": "2019-11-20"}
        assert (await backend.post(BATCHES, json=body)).status_code == 403
        assert (await backend.get(MANDATES, params={"county": "youxi"})).status_code == 200
        agent = await client(desk.counter.context, scopes=["orders:write"], subject="agent", app=app)
        assert (await agent.get(MANDATES, params={"county": "youxi"})).status_code == 403

    async def test_another_county_sees_nothing(self, desk, client):
        mandate = await desk.signed(1, 1)
        batch_id, _ = await desk.given()
        app = desk.http._transport.app
        other = await client(desk.counter.context, division="620422", subject="other", app=app)
        assert (await other.get(f"{MANDATES}/{mandate}")).status_code == 403
        for path in ("", "/debits", "/left-out", "/file"):
            assert (await other.get(f"{BATCHES}/{batch_id}{path}")).status_code == 403
        assert (await other.get(BATCHES)).json()["items"] == []
        assert (await other.get(MANDATES, params={"county": "youxi"})).json()["items"] == []

    async def test_the_file_needs_the_right_to_see_accounts(self, desk, client):
        await desk.signed(1, 1)
        batch_id, _ = await desk.given()
        officer = await client(
            desk.counter.context, scopes=["collection:write"], subject="o", app=desk.http._transport.app
        )
        assert (await officer.get(f"{BATCHES}/{batch_id}/file")).status_code == 403

    async def test_whoever_made_it_does_not_agree(self, desk):
        await desk.signed(1, 1)
        batch = await desk.made()
        answer = await desk.http.post(f"/v1/approvals/{batch['approval_id']}/approve", json={})
        assert answer.status_code == 403

    async def test_a_batch_that_is_refused_frees_its_people(self, desk):
        await desk.signed(1, 1)
        batch = await desk.made()
        await desk.second.post(f"/v1/approvals/{batch['approval_id']}/reject", json={})
        assert list((await desk.seen(batch["batch_id"]))["progress"]) == ["refused"]
        assert (await desk.made())["declared_count"] == 1

    async def test_a_request_sent_twice_makes_one_batch(self, desk):
        body = {"county": "youxi", "coverage_year": 2020, "channel": CHANNEL, "debit_on": "2019-11-20"}
        headers = {"idempotency-key": '"twice"'}
        answers = [await desk.http.post(BATCHES, json=body, headers=headers) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert await desk.counter.count("debit_batches") == 1

    async def test_a_bank_that_debits_nothing_is_refused_with_those_that_do(self, desk):
        answer = await desk.mandate(1, 1, channel="tax")
        assert (answer.status_code, answer.json()["channels"]) == (422, [CHANNEL])
