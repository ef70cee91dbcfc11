"""Banks debit accounts by mandates: nobody is debited twice, and what a bank says counts once."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from libs.common.clock import CLOCK_HEADER, SHANGHAI
from services.collection.debits.making import make_next
from services.collection.tables import debit_mandates
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

    async def asked(self, at: datetime = NOW, debit_on: str = "2019-11-20", path: str = "") -> httpx.Response:
        body = {"county": "youxi", "coverage_year": 2020, "channel": CHANNEL, "debit_on": debit_on}
        return await self.http.post(f"{BATCHES}{path}", json=body, headers=clock(at))

    async def made(self, at: datetime = NOW, debit_on: str = "2019-11-20") -> dict:
        answer = await self.asked(at, debit_on)
        assert answer.status_code == 202, answer.text
        while await make_next(self.counter.context):
            pass
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

    async def left_out(self, batch_id: int) -> dict[int, str]:
        answer = await self.http.get(f"{BATCHES}/{batch_id}/left-out")
        return {one["person_id"]: one["reason"] for one in answer.json()["items"]}


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
        assert seen == {"count": 1, "total_fen": PRICE, "people": 1, "left_out": {"paid": 1}}
        assert await desk.counter.count("orders") == 0

        batch = await desk.made()
        assert (batch["state"], batch["declared_count"], batch["declared_total_fen"]) == ("waiting", 1, PRICE)
        assert batch["left_out"] == {"paid": 1}
        assert await desk.left_out(batch["batch_id"]) == {2: "paid"}
        assert (await desk.file(batch["batch_id"])).status_code == 409

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
