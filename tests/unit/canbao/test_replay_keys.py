"""What a replay sends to change something goes under an idempotency key that follows from its step."""

import json
from datetime import UTC, datetime

import httpx
import orjson
import pytest

from canbao.definitions import SERVICES
from canbao.replay.scenario import parse_step
from canbao.replay.services import Services
from canbao.replay.steps import Desk

AT = "2020-01-15T10:00:00+08:00"
SEASON = {"county": "youxi", "coverage_year": 2020}
#: Requests that only read.
READING = ("/v1/dues/search",)
ANSWERS = {
    "/v1/households:batch": {"accepted": 1, "rejected": []},
    "/v1/dues/search": {"person_id": 7, "state": "open", "payable_fen": 25_000},
    "/v1/orders": {"order_no": "O1", "amount_fen": 25_000},
    "/v1/payments": {"items": [{"payment_id": 3}], "next_after": None},
    "/v1/fund-applications": {
        "applications": [{"application_id": 8, "payer": "county_finance", "total_fen": 20_000}]
    },
    "/v1/payout-batches": {"batch_id": 5, "approval_id": 6},
}
STEPS = [
    {"do": "register", "households": [{"members": []}] * 2_001},
    {"do": "roster", **SEASON, "status": "dibao", "listed_on": "2020-01-01", "rows": []},
    {"do": "life_events", "rows": []},
    {"do": "cards", "rows": []},
    {"do": "order", **SEASON, "channel": "wechat", "payer": {"id_number": "1", "name": "林"},
     "transaction_no": "T1", "abandon": True},
    {"do": "payout", **SEASON},
    {"do": "refund", "transaction_no": "T1", "reason": "moved"},
    {"do": "movement", **SEASON, "kind": "treasury_receipt", "amount_fen": "all", "reference": "R"},
    {"do": "close", **SEASON, "deadline": "main"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def few_connections(monkeypatch):
    monkeypatch.setattr("canbao.replay.services._CLIENTS", 2)


class Recorded(Services):
    """Answers by itself and keeps what was sent; the first attempts of each request break off."""

    def __init__(self, breaks: int = 0) -> None:
        super().__init__(
            {name: [f"http://{name}"] for name in SERVICES},
            dict.fromkeys(("operator", "mini_program", "approver"), "t"),
        )
        self.sent: list[tuple[str, str, str | None, bytes | None]] = []
        self._breaks = breaks
        self._left = breaks

    async def _request(self, method, url, headers, content=None):
        path = httpx.URL(url).path
        self.sent.append((method, path, headers.get("idempotency-key"), content))
        if self._left:
            self._left -= 1
            raise httpx.ReadError("killed")
        self._left = self._breaks
        return httpx.Response(200, content=orjson.dumps(ANSWERS.get(path, {})))


async def played(step: dict, line: int = 1, breaks: int = 0) -> Recorded:
    services = Recorded(breaks)
    async with services:
        parsed = parse_step(line, json.dumps({"at": AT, **step}))
        assert await Desk(services, channels=None).do(parsed) is None
    return services


def keys(services: Recorded) -> list[str | None]:
    return [key for method, path, key, _ in services.sent if method == "POST" and path not in READING]


@pytest.mark.parametrize("step", STEPS, ids=[step["do"] for step in STEPS])
class TestKeys:
    async def test_are_sent_with_every_change_and_differ_within_a_step(self, step):
        found = keys(await played(step))

        assert found and all(found)
        assert all(key[0] == key[-1] == '"' and len(key) <= 130 for key in found)
        assert len(set(found)) == len(found)

    async def test_are_the_same_for_the_same_step_and_others_for_another_line(self, step):
        first, again, other = await played(step), await played(step), await played(step, line=2)

        assert keys(first) == keys(again)
        assert not set(keys(first)) & set(keys(other))

    async def test_stay_with_a_request_that_is_sent_again(self, step):
        once, broken = await played(step), await played(step, breaks=2)

        assert broken.sent == [one for one in once.sent for _ in range(3)]


class TestMovement:
    async def test_happens_when_its_step_does_and_all_means_no_amount(self):
        [(_, _, _, body)] = (await played(STEPS[7])).sent

        sent = json.loads(body)
        assert "amount_fen" not in sent
        assert datetime.fromisoformat(sent["business_at"]) == datetime(2020, 1, 15, 2, tzinfo=UTC)
