"""Systems of others are told what happened: signed, in order for each person, until they have it."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from libs.common.bus.handling import Handling
from libs.common.bus.port import Message
from libs.common.cases.telling import Telling
from libs.common.clock import CLOCK_HEADER
from libs.common.security.webhooks import generate_secret
from libs.common.testing.ledger_facts import COUNTY, YEAR, event_time, paid
from libs.common.web.outbound import Outbound
from services.webhooks.assembly import WebhooksParts
from services.webhooks.cases.deciding import DESK
from services.webhooks.definition import SERVICE
from services.webhooks.deliveries.delivering import Deliverer
from services.webhooks.deliveries.purging import purge
from services.webhooks.deliveries.showing import show_deliveries
from services.webhooks.facts.handlers import handlers

URL = "https://tax.example.cn/canbao"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADDRESSES = {
    "tax.example.cn": "93.184.216.34",
    "village.example.cn": "93.184.216.35",
    "inside": "10.1.2.3",
    "127.0.0.1": "127.0.0.1",
}


async def lookup(host, port):
    if host not in ADDRESSES:
        raise OSError("nobody")
    return [ip_address(ADDRESSES[host])]


@dataclass
class Wall:
    """A clock on the wall that stands still until it is moved."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


@dataclass
class Desk:
    """The service, a receiver that answers as it is told, and the hands of the clock."""

    context: Any
    app: Any
    http: Any
    wall: Wall = field(default_factory=lambda: Wall(datetime.now(UTC) + timedelta(minutes=1)))
    #: What was received, by host.
    got: Any = field(default_factory=lambda: defaultdict(list))
    answer: Any = None
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.deliverer = Deliverer(self.context, self.wall)

    async def receive(self, request: httpx.Request) -> httpx.Response:
        self.got[request.headers["host"]].append(request)
        answered = self.answer(request) if self.answer else 204
        if asyncio.iscoroutine(answered):
            answered = await answered
        return httpx.Response(answered)

    async def happens(self, *facts: Any, number: int | None = None) -> None:
        """Facts reach the service as its consumer takes them."""
        for fact in facts:
            id_ = str(next(self.numbers) if number is None else number)
            message = Message(
                fact.topic, 0, 1, str(getattr(fact, "person_id", 0)), id_, fact.topic.replace(".", "/"),
                fact.type, event_time(fact), fact.model_dump_json().encode(),
            )  # fmt: skip
            handler = handlers(self.context.notices)[fact.topic]
            await Handling(self.context.engine, fact.topic, handler).process([message])
        assert await self.rows("SELECT reason FROM dead_letters") == []

    async def tell(self, after: timedelta = timedelta()) -> None:
        """Time goes by, and whatever is due is told."""
        self.wall.instant += after
        await self.deliverer.start()
        await self.deliverer.rest()

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.context.engine.connect() as conn:
            return [tuple(row) for row in await conn.execute(text(statement))]

    async def subscribe(self, **wanted: Any) -> tuple[int, str]:
        answer = await self.http.post("/v1/subscriptions", json={"url": URL, "county": COUNTY} | wanted)
        assert answer.status_code == 201, answer.text
        return answer.json()["subscription"]["subscription_id"], answer.json()["secret"]

    async def shown(self, number: int) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/subscriptions/{number}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def log(self, number: int, **query: Any) -> list[dict[str, Any]]:
        answer = await self.http.get(f"/v1/subscriptions/{number}/deliveries", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def post(self, number: int, what: str, body: Any = None) -> Any:
        return await self.http.post(f"/v1/subscriptions/{number}/{what}", json=body)

    def people(self, host: str = "tax.example.cn") -> list[int]:
        return [json.loads(request.content)["data"]["person_id"] for request in self.got[host]]


@pytest.fixture
async def desk(service_context, client):
    context = await service_context("webhooks")
    app = SERVICE.create_app(context)
    desk = Desk(context, app, await client(context, app=app))
    transport = httpx.MockTransport(desk.receive)
    show_deliveries(context)
    context.__dict__["parts"] = WebhooksParts(Outbound((ip_network("10.9.0.0/16"),), transport, lookup))
    return desk


def person_of(request: httpx.Request) -> int:
    return json.loads(request.content)["data"]["person_id"]


class TestWhatIsSent:
    async def test_is_verified_by_the_library_of_standard_webhooks(self, desk):
        _, secret = await desk.subscribe()
        await desk.happens(paid(1))
        await desk.tell()

        [request] = desk.got["tax.example.cn"]
        fact = Webhook(secret).verify(request.content, request.headers)
        assert fact["type"] == "canbao.payment.received.v1"
        assert fact["timestamp"] == event_time(paid(1)).isoformat()
        assert fact["data"]["person_id"] == paid(1).person_id
        assert fact["data"]["county"] == COUNTY
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(request.content + b" ", request.headers)

    async def test_is_what_was_asked_for_by_kind_county_and_division(self, desk):
        here = paid(1)
        township = here.division_code[:9] + "000"
        wanted = {
            "all of it": {},
            "its kind": {"kinds": [here.type]},
            "its township": {"division_code": township},
            "everywhere": {"county": None},
        }
        unwanted = {
            "another kind": {"kinds": ["canbao.handover.sealed.v1"]},
            "another county": {"county": "dongan"},
            "another township": {"division_code": "350426999000"},
        }
        numbers = {why: (await desk.subscribe(**one))[0] for why, one in (wanted | unwanted).items()}
        await desk.happens(here)
        told = {why for why, number in numbers.items() if await desk.log(number)}
        assert told == set(wanted)

    async def test_of_money_without_a_county_is_for_everywhere_alone(self, desk):
        of_county, _ = await desk.subscribe()
        everywhere, _ = await desk.subscribe(county=None)
        nobodys = paid(1).model_copy(update={"county": "", "division_code": ""})
        await desk.happens(nobodys)
        assert (len(await desk.log(of_county)), len(await desk.log(everywhere))) == (0, 1)

    async def test_is_each_fact_once_however_often_it_comes(self, desk):
        number, _ = await desk.subscribe()
        await desk.happens(paid(1), paid(1), number=7)
        assert len(await desk.log(number)) == 1


class TestDelivery:
    async def test_is_tried_again_for_days_under_the_same_id_and_then_given_up(self, desk):
        number, _ = await desk.subscribe()
        await desk.happens(paid(1))
        desk.answer = lambda request: 500
        desk.context.settings.pause_hours = 720
        desk.deliverer = Deliverer(desk.context, desk.wall)
        for _ in range(12):
            await desk.tell(DAY)
        requests = desk.got["tax.example.cn"]
        assert len(requests) == 10
        assert len({request.headers["webhook-id"] for request in requests}) == 1
        [one] = await desk.log(number, state="given_up")
        assert (one["tries"], one["answer"], one["next_try_at"]) == (10, "500", None)

    async def test_waits_as_it_is_promised(self, desk):
        await desk.subscribe()
        await desk.happens(paid(1))
        desk.answer = lambda request: 503
        tried = []
        for minutes in range(40):
            before = len(desk.got["tax.example.cn"])
            await desk.tell(timedelta(minutes=1) if minutes else timedelta())
            tried += [minutes] * (len(desk.got["tax.example.cn"]) - before)
        assert tried == [0, 1, 6, 36]

    async def test_of_one_person_waits_for_what_came_earlier_and_nobody_else_does(self, desk):
        await desk.subscribe()
        first = paid(1)
        later = first.model_copy(update={"voucher_no": "later"})
        await desk.happens(first, later, paid(2))
        desk.answer = lambda request: 500 if person_of(request) == first.person_id else 204
        await desk.tell()
        await desk.tell()
        assert sorted(desk.people()) == sorted([first.person_id, paid(2).person_id])
        desk.answer = None
        await desk.tell(HOUR)
        vouchers = [
            json.loads(one.content)["data"]["voucher_no"]
            for one in desk.got["tax.example.cn"]
            if person_of(one) == first.person_id
        ]
        assert vouchers == [first.voucher_no, first.voucher_no, "later"]

    async def test_of_a_slow_address_keeps_no_other_waiting(self, desk):
        await desk.subscribe()
        await desk.subscribe(url="https://village.example.cn/")
        await desk.happens(paid(1))
        done = asyncio.Event()

        async def slow():
            await done.wait()
            return 204

        desk.answer = lambda request: slow() if request.headers["host"] == "tax.example.cn" else 204
        await desk.deliverer.start()
        for _ in range(500):
            if desk.got["village.example.cn"]:
                break
            await asyncio.sleep(0.01)
        await desk.happens(paid(2))
        for _ in range(500):
            await desk.deliverer.start()
            if len(desk.got["village.example.cn"]) == 2:
                break
            await asyncio.sleep(0.01)
        assert (len(desk.got["village.example.cn"]), len(desk.got["tax.example.cn"])) == (2, 1)
        done.set()
        await desk.deliverer.rest()

    async def test_by_two_processes_at_once_is_made_once(self, desk):
        await desk.subscribe()
        await desk.happens(*(paid(n) for n in range(1, 30)))
        two = [desk.deliverer, Deliverer(desk.context, desk.wall)]
        await asyncio.gather(*(one.start() for one in two))
        await asyncio.gather(*(one.rest() for one in two))
        await desk.tell()
        assert sorted(desk.people()) == sorted(paid(n).person_id for n in range(1, 30))

    async def test_that_a_process_took_to_its_grave_is_made_by_another(self, desk):
        number, _ = await desk.subscribe()
        await desk.happens(paid(1))
        never = asyncio.Event()

        async def silent():
            await never.wait()
            return 204

        desk.answer = lambda request: silent()
        await desk.deliverer.start()
        for _ in range(500):
            if desk.got["tax.example.cn"]:
                break
            await asyncio.sleep(0.01)
        for lane in desk.deliverer._lanes.values():
            lane.cancel()
        desk.deliverer, desk.answer = Deliverer(desk.context, desk.wall), None
        await desk.tell()
        assert len(desk.got["tax.example.cn"]) == 1
        await desk.tell(timedelta(minutes=6))
        first, again = desk.got["tax.example.cn"]
        assert first.headers["webhook-id"] == again.headers["webhook-id"]
        assert [one["state"] for one in await desk.log(number)] == ["taken"]


class TestAnAddressThatAnswersBadly:
    async def test_is_paused_collects_and_is_told_in_order_when_it_is_resumed(self, desk):
        number, _ = await desk.subscribe()
        first = paid(1)
        await desk.happens(first)
        desk.answer = lambda request: 500
        for n in range(2, 20):
            await desk.happens(paid(n))
            await desk.tell(timedelta(hours=2))
        shown = await desk.shown(number)
        assert (shown["state"], shown["pause_reason"]) == ("paused", "failing")
        assert shown["failures"] >= 10
        before = len(desk.got["tax.example.cn"])
        later = first.model_copy(update={"voucher_no": "later"})
        await desk.happens(later)
        await desk.tell(DAY)
        assert len(desk.got["tax.example.cn"]) == before
        [(said, state)] = await desk.rows("SELECT evidence, state FROM cases")
        assert (said["address"], said["why_zh"], state) == (
            "tax.example.cn",
            f"连续 {shown['failures']} 次未能送达",
            "open",
        )
        text = (await desk.context.metrics.exposition()).decode()
        assert 'canbao_webhooks_paused{reason="failing"} 1.0' in text

        desk.answer = None
        desk.got.clear()
        resumed = await desk.post(number, "resume")
        assert resumed.status_code == 200, resumed.text
        assert (resumed.json()["waiting"], resumed.json()["subscription"]["state"]) == (20, "active")
        await desk.tell()
        told = [json.loads(one.content)["data"] for one in desk.got["tax.example.cn"]]
        assert len(told) == 20
        assert [one["voucher_no"] for one in told if one["person_id"] == first.person_id] == [
            first.voucher_no, "later",
        ]  # fmt: skip
        assert (await desk.post(number, "resume")).status_code == 409
        assert await desk.rows("SELECT state FROM cases") == [("closed",)]

    async def test_is_told_to_the_office_by_the_webhook_of_alerts(self, desk):
        secret = generate_secret()
        hook = {COUNTY: {"url": "https://village.example.cn/alerts", "secret": secret}}
        desk.context.settings.alert_webhooks = json.dumps(hook)
        telling = Telling(desk.context, DESK, desk.context.parts.outbound)
        number, _ = await desk.subscribe()
        await desk.happens(paid(1))
        desk.answer = lambda request: 410 if request.headers["host"] == "tax.example.cn" else 204
        await desk.tell()
        await telling.tell(datetime.now(UTC) + HOUR)
        listed = (await desk.http.get("/v1/cases", params={"alert": True})).json()["items"]
        assert [(one["kind"], one["subject"]) for one in listed] == [
            ("webhook_paused", f"subscriptions/{number}")
        ]
        note = {"note": "the bureau is asked"}
        seen = await desk.http.post(f"/v1/cases/{listed[0]['case_id']}/acknowledgement", json=note)
        assert seen.status_code == 200, seen.text
        await telling.tell(datetime.now(UTC) + HOUR)
        await desk.post(number, "resume")
        assert (await desk.http.get("/v1/cases")).json()["items"] == []
        await telling.tell(datetime.now(UTC) + HOUR)
        told = [Webhook(secret).verify(one.content, one.headers) for one in desk.got["village.example.cn"]]
        assert [one["type"] for one in told] == ["alert.raised", "alert.acknowledged", "alert.resolved"]
        assert (told[0]["data"]["service"], told[0]["data"]["kind"]) == ("webhooks", "webhook_paused")
        assert told[0]["data"]["says_zh"] == (
            f"已暂停向 tax.example.cn（订阅 {number}）推送：接收方应答 410。其间发生的事实保存备推。"
        )

    async def test_that_says_that_it_is_gone_is_told_no_more(self, desk):
        number, _ = await desk.subscribe()
        await desk.happens(paid(1), paid(2))
        desk.answer = lambda request: 410
        await desk.tell()
        await desk.tell(DAY)
        assert len(desk.got["tax.example.cn"]) == 2
        shown = await desk.shown(number)
        assert (shown["pause_reason"], shown["waiting"]) == ("gone", 2)

    async def test_is_called_at_no_other_address_that_its_name_has_got_since(self, desk, monkeypatch):
        number, _ = await desk.subscribe()
        await desk.happens(paid(1))
        monkeypatch.setitem(ADDRESSES, "tax.example.cn", "10.1.2.3")
        await desk.tell()
        assert desk.got == {}
        assert [one["answer"] for one in await desk.log(number)] == ["address_internal"]


class TestSecrets:
    async def test_old_and_new_sign_side_by_side_until_the_old_ones_time_is_over(self, desk):
        number, old = await desk.subscribe()
        answer = await desk.post(number, "secret", {"old_hours": 24})
        assert answer.status_code == 201
        new = answer.json()["secret"]
        assert len(answer.json()["subscription"]["fingerprints"]) == 2
        await desk.happens(paid(1))
        await desk.tell()
        [request] = desk.got["tax.example.cn"]
        for secret in (old, new):
            assert Webhook(secret).verify(request.content, request.headers)

        await desk.happens(paid(2))
        await desk.tell(2 * DAY)
        _, request = desk.got["tax.example.cn"]
        assert request.headers["webhook-signature"].count("v1,") == 1

    async def test_one_that_others_know_signs_no_more_at_once(self, desk):
        number, old = await desk.subscribe()
        new = (await desk.post(number, "secret", {"old_hours": 0})).json()["secret"]
        await desk.happens(paid(1))
        await desk.tell()
        [request] = desk.got["tax.example.cn"]
        assert Webhook(new).verify(request.content, request.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(request.content, request.headers)
        await purge(desk.context)
        assert len(await desk.rows("SELECT 1 FROM subscription_secrets")) == 1

    async def test_lie_sealed_and_are_shown_once(self, desk):
        number, secret = await desk.subscribe()
        [(kept,)] = await desk.rows("SELECT key FROM subscription_secrets")
        assert secret.encode() not in bytes(kept)
        assert secret not in json.dumps(await desk.shown(number))
        assert secret not in (await desk.http.get("/v1/subscriptions")).text


class TestAReplay:
    async def test_tells_what_happened_in_a_time_again_under_the_same_ids(self, desk):
        number, _ = await desk.subscribe()
        facts = [paid(n) for n in range(1, 4)]
        await desk.happens(*facts)
        await desk.tell()
        at = event_time(facts[0])
        body = {"from_at": at.isoformat(), "until_at": (at + timedelta(seconds=1)).isoformat()}
        among = sum(event_time(fact) == at for fact in facts)
        answer = await desk.post(number, "replay", body)
        assert (answer.status_code, answer.json()) == (200, {"facts": among}), answer.text
        assert (await desk.post(number, "replay", body)).json() == {"facts": 0}
        await desk.tell()
        ids = [one.headers["webhook-id"] for one in desk.got["tax.example.cn"]]
        assert (len(ids), len(set(ids))) == (3 + among, 3)

    async def test_reaches_back_before_the_subscription_but_not_beyond_its_place(self, desk):
        await desk.subscribe(county="huining")
        await desk.happens(paid(1))
        all_ = {"from_at": "2019-01-01T00:00:00+08:00", "until_at": "2021-01-01T00:00:00+08:00"}
        mine, _ = await desk.subscribe()
        other, _ = await desk.subscribe(county="dongan")
        assert (await desk.post(mine, "replay", all_)).json() == {"facts": 1}
        assert (await desk.post(other, "replay", all_)).json() == {"facts": 0}
        backward = {"from_at": all_["until_at"], "until_at": all_["from_at"]}
        assert (await desk.post(mine, "replay", backward)).status_code == 422

    async def test_reaches_back_to_the_first_subscription_of_all(self, desk):
        await desk.happens(paid(1))
        number, _ = await desk.subscribe()
        await desk.happens(paid(2))
        all_ = {"from_at": "2019-01-01T00:00:00+08:00", "until_at": "2021-01-01T00:00:00+08:00"}
        await desk.tell()
        assert (await desk.post(number, "replay", all_)).json() == {"facts": 1}

    async def test_ends_where_facts_are_kept_no_more(self, desk):
        number, _ = await desk.subscribe()
        await desk.happens(paid(1), paid(2))
        async with desk.context.engine.begin() as conn:
            await conn.execute(
                text("UPDATE facts SET recorded_at = now() - interval '31 days' WHERE fact_id = 1")
            )
        await purge(desk.context)
        assert len(await desk.log(number)) == 1


class TestATestMessage:
    async def test_says_what_the_receiver_answered(self, desk):
        number, secret = await desk.subscribe()
        desk.answer = lambda request: 401
        tried = await desk.post(number, "test")
        assert tried.status_code == 200, tried.text
        assert (tried.json()["taken"], tried.json()["answer"]) == (False, "401")
        [request] = desk.got["tax.example.cn"]
        said = Webhook(secret).verify(request.content, request.headers)
        assert said["type"] == "canbao.webhook.test"
        assert request.headers["webhook-id"] == tried.json()["webhook_id"]
        assert (await desk.shown(number))["failures"] == 0


class TestASubscription:
    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("https://inside/canbao", "address_internal"),
            ("https://127.0.0.1/canbao", "address_internal"),
            ("http://tax.example.cn/", "not_encrypted"),
            ("https://nobody.example.cn/", "name_unknown"),
            ("https://user:secret@tax.example.cn/", "not_an_address"),
            ("ftp://tax.example.cn/", "not_an_address"),
        ],
    )
    async def test_of_an_address_that_may_not_be_called_is_refused(self, desk, url, why):
        answer = await desk.http.post("/v1/subscriptions", json={"url": url})
        assert (answer.status_code, answer.json()["why"]) == (422, why)
        number, _ = await desk.subscribe()
        changed = await desk.http.patch(f"/v1/subscriptions/{number}", json={"url": url})
        assert (changed.status_code, changed.json()["why"]) == (422, why)

    async def test_of_a_network_that_the_operator_listed_is_taken_without_tls(self, desk, monkeypatch):
        monkeypatch.setitem(ADDRESSES, "inside", "10.9.2.3")
        await desk.subscribe(url="http://inside/canbao")

    async def test_of_a_type_that_is_misspelt_is_told_what_is_near_to_it(self, desk):
        wanted = {"url": URL, "kinds": ["canbao.payment.recieved.v1"]}
        (error,) = (await desk.http.post("/v1/subscriptions", json=wanted)).json()["errors"]
        assert "canbao.payment.received.v1" in error["detail"]
        assert "canbao.payment.received.v1" in error["detail_zh"]

    @pytest.mark.parametrize(
        "wanted",
        [
            {"kinds": ["canbao.enrollment.assesed.v1"]},
            {"kinds": []},
            {"county": "nowhere"},
            {"county": COUNTY, "division_code": "330000000000"},
            {"unknown": 1},
        ],
    )
    async def test_of_what_there_is_not_is_refused(self, desk, wanted):
        answer = await desk.http.post("/v1/subscriptions", json={"url": URL} | wanted)
        assert answer.status_code == 422

    async def test_is_changed_and_ended(self, desk):
        number, _ = await desk.subscribe(kinds=["canbao.handover.sealed.v1"], note="税务局")
        path = f"/v1/subscriptions/{number}"
        changed = await desk.http.patch(path, json={"url": "https://village.example.cn/", "kinds": None})
        assert changed.status_code == 200, changed.text
        assert (changed.json()["kinds"], changed.json()["note"]) == (None, "税务局")
        assert (await desk.http.patch(path, json={})).status_code == 422
        await desk.happens(paid(1))
        await desk.tell()
        assert len(desk.got["village.example.cn"]) == 1
        assert (await desk.http.delete(path)).status_code == 204
        assert (await desk.http.get(path)).status_code == 404
        assert await desk.rows("SELECT 1 FROM deliveries") == []

    async def test_that_is_asked_for_twice_under_one_key_is_made_once_with_one_secret(self, desk):
        headers = {"idempotency-key": '"same"', CLOCK_HEADER: "2020-01-05T10:00:00+08:00"}
        body = {"url": URL, "county": COUNTY}
        first, again = [
            await desk.http.post("/v1/subscriptions", json=body, headers=headers) for _ in range(2)
        ]
        assert first.json() == again.json()
        assert len((await desk.http.get("/v1/subscriptions")).json()["items"]) == 1


class TestWhoMay:
    async def test_have_told_and_see_what_lies_within_the_own_division_alone(self, desk, client):
        scopes = ["webhooks:read", "webhooks:write"]
        whole, _ = await desk.subscribe()
        county = await client(desk.context, app=desk.app, scopes=scopes, division="350426")
        other = await client(desk.context, app=desk.app, scopes=scopes, division="431122")

        assert (await county.get(f"/v1/subscriptions/{whole}")).status_code == 200
        assert (await other.get(f"/v1/subscriptions/{whole}")).status_code == 403
        assert (await other.get("/v1/subscriptions")).json()["items"] == []
        for what in ("secret", "test", "resume"):
            body = {"old_hours": 0} if what == "secret" else None
            assert (await other.post(f"/v1/subscriptions/{whole}/{what}", json=body)).status_code == 403
        assert (await other.delete(f"/v1/subscriptions/{whole}")).status_code == 403
        answer = await other.post("/v1/subscriptions", json={"url": URL, "county": COUNTY})
        assert answer.status_code == 403
        mine = await county.post("/v1/subscriptions", json={"url": URL})
        assert mine.json()["subscription"]["division_code"] == "350426000000"

    async def test_nobody_has_anything_told_who_may_only_read(self, desk, client):
        reader = await client(desk.context, app=desk.app, scopes=["webhooks:read"])
        assert (await reader.post("/v1/subscriptions", json={"url": URL})).status_code == 403
        assert (await reader.get("/v1/subscriptions")).status_code == 200


def test_the_season_of_these_tests_is_one_of_the_notices(notices):
    assert (COUNTY, YEAR) in notices
