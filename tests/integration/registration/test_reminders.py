"""Reminders to pay: who gets one, how often, when, and once."""

import json
from datetime import timedelta
from ipaddress import ip_address

import httpx
import pytest
from sqlalchemy import text

from libs.common.web.outbound import Outbound
from services.registration.reminders.gateway import Gateways
from services.registration.reminders.sending import Sender
from tests.integration.registration.builders import household, member, moment, number
from tests.integration.registration.test_mini_programs import give, withdraw

NOON = "2019-11-20T12:00:00+08:00"
URL = "https://sms.example.cn/messages"


@pytest.fixture
async def town(registration):
    """Three families: one of two people under one phone, one that agreed to nothing, one that is paid for."""
    made = {}
    for name, count in (("two", 2), ("none", 1), ("one", 1)):
        heads = [number() for _ in range(count)]
        people = (member(who, one) for who, one in zip(("张三", "张小"), heads, strict=False))
        registered = await registration.register(household(f"H-{name}", *people))
        assert registered["rejected"] == [], str(registered)[:900]
        made[name] = [await registration.person_id(one) for one in heads]
    await registration.assess()
    for who in made["two"]:
        assert (await give(registration.http, who, "13800000001")).status_code == 201
    assert (await give(registration.http, made["one"][0], "13800000002")).status_code == 201
    return made


async def remind(registration, means, at=NOON, **more):
    body = {"county": "youxi", "coverage_year": 2020, "text_id": "unpaid", "means": means} | more
    return await registration.post("/v1/reminders", body, at)


async def table(registration, run_id):
    answer = await registration.get(f"/v1/reminders/{run_id}/file", format="csv")
    assert answer.status_code == 200, answer.text
    return [line.split(",") for line in answer.content.decode("utf-8-sig").split("\r\n")[1:] if line]


async def states(registration):
    return [row.state for row in await registration.rows("SELECT state FROM reminders ORDER BY id")]


def sender(registration, answers, token="secret"):
    """A sender whose gateway answers so, one after another; what it is sent."""
    registration.context.settings.message_gateways = json.dumps({"*": {"url": URL, "token": token}})
    seen, left = [], list(answers)

    def handle(request):
        seen.append(request)
        word = left.pop(0)
        if word == "silence":
            raise httpx.ReadTimeout("nothing", request=request)
        return httpx.Response(word) if isinstance(word, int) else httpx.Response(200, json={"state": word})

    async def lookup(host, port):
        return [ip_address("93.184.216.34")]

    outbound = Outbound((), httpx.MockTransport(handle), lookup)
    return Sender(registration.context, Gateways(registration.context.settings, outbound)), seen


async def change(registration, sql, **values):
    async with registration.context.engine.begin() as conn:
        await conn.execute(text(sql), values)


async def due(registration):
    """Messages may be sent at the instants of the test, whatever the wall clock says."""
    await change(registration, "UPDATE reminders SET next_try_at = '2019-01-01'")


class TestAList:
    async def test_has_everybody_who_agreed_and_owes_village_by_village(self, registration, town):
        made = await remind(registration, "list")
        assert made.status_code == 201, made.text
        run = made.json()
        assert (run["people"], run["states"], run["waiting"]) == (3, {"given": 2}, 0)
        rows = await table(registration, run["run_id"])
        assert [(row[1], row[3]) for row in rows] == [
            ("H-two", "13800000001"), ("H-two", "13800000001"), ("H-one", "13800000002"),
        ]  # fmt: skip

    async def test_names_nobody_who_agrees_no_more_and_is_looked_at_with_a_record(self, registration, town):
        run = (await remind(registration, "list")).json()
        assert (await withdraw(registration.http, town["one"][0])).status_code == 200
        assert {row[3] for row in await table(registration, run["run_id"])} == {"13800000001"}
        looked = await registration.rows(
            "SELECT person_id FROM person_lookups WHERE operation = 'get_reminder_file' ORDER BY person_id"
        )
        assert [row.person_id for row in looked] == sorted(town["two"])

    async def test_is_not_made_more_often_than_the_notice_has_it(self, registration, town):
        assert (await remind(registration, "list")).json()["people"] == 3
        again = (await remind(registration, "list", "2019-12-05T11:59:59+08:00")).json()
        assert (again["people"], again["waiting"]) == (0, 2)
        assert (await remind(registration, "list", "2019-12-05T12:00:00+08:00")).json()["people"] == 3

    async def test_of_an_operator_has_the_words_of_the_notice(self, registration, town):
        run = (await remind(registration, "file")).json()
        rows = await table(registration, run["run_id"])
        assert [row[0] for row in rows] == ["13800000001", "13800000002"]
        assert "您家还有2人未缴2020年度" in rows[0][1] and "2020年2月29日" in rows[0][1]


class TestAMessage:
    async def test_waits_for_the_end_of_quiet_hours_and_leaves_once(self, registration, town):
        sending, seen = sender(registration, [202, 202])
        assert (await remind(registration, "gateway")).status_code == 201
        await due(registration)
        await sending.send(moment("2019-11-20T20:00:00+08:00"))
        await sending.send(moment("2019-11-21T07:59:59+08:00"))
        assert (seen, await states(registration)) == ([], ["queued", "queued"])
        for _ in range(2):
            await sending.send(moment("2019-11-21T08:00:00+08:00"))
        assert await states(registration) == ["sent", "sent"]
        told = [json.loads(request.content) for request in seen]
        assert [one["to"] for one in told] == ["13800000001", "13800000002"]
        assert len({request.headers["idempotency-key"] for request in seen}) == 2
        assert seen[0].headers["authorization"] == "Bearer secret"

    async def test_is_withdrawn_when_it_is_paid_or_agreed_to_no_more_before_it_leaves(
        self, registration, town
    ):
        sending, seen = sender(registration, [202])
        await remind(registration, "gateway")
        paid = "UPDATE enrollments SET state = 'paid' WHERE person_id = :who"
        await change(registration, paid, who=town["two"][0])
        await withdraw(registration.http, town["one"][0])
        await due(registration)
        await sending.send(moment(NOON))
        assert await states(registration) == ["sent", "withdrawn"]
        assert "您家还有1人" in json.loads(seen[0].content)["text"]

    async def test_of_which_nobody_knows_is_asked_about_before_it_is_sent_again(self, registration, town):
        await withdraw(registration.http, town["one"][0])
        sending, seen = sender(registration, ["silence", 404, 202, "delivered"])
        await remind(registration, "gateway")
        now = moment(NOON)
        await due(registration)
        await sending.send(now)
        assert await states(registration) == ["unknown"]
        await sending.send(now + timedelta(hours=1))
        assert len(seen) == 1
        await sending.ask(now + timedelta(hours=1), ["youxi"])
        assert await states(registration) == ["queued"]  # it never arrived
        await sending.send(now + timedelta(hours=1))
        await sending.ask(now + timedelta(hours=3), ["youxi"])
        assert await states(registration) == ["delivered"]
        assert [request.method for request in seen] == ["POST", "GET", "POST", "GET"]
        assert seen[0].headers["idempotency-key"] == seen[2].headers["idempotency-key"]

    async def test_that_never_arrived_is_withdrawn_where_one_of_a_phone_agrees_no_more(
        self, registration, town
    ):
        await withdraw(registration.http, town["one"][0])
        sending, seen = sender(registration, ["silence", 404])
        await remind(registration, "gateway")
        await due(registration)
        await sending.send(moment(NOON))
        await withdraw(registration.http, town["two"][0])
        await sending.ask(moment(NOON) + timedelta(hours=1), ["youxi"])
        await sending.send(moment(NOON) + timedelta(hours=1))
        assert (await states(registration), len(seen)) == (["withdrawn"], 2)

    async def test_that_a_process_left_while_sending_is_unknown_and_never_sent_blindly(
        self, registration, town
    ):
        await withdraw(registration.http, town["one"][0])
        sending, seen = sender(registration, ["delivered"])
        await remind(registration, "gateway")
        await change(registration, "UPDATE reminders SET state = 'sending', next_try_at = '2019-01-01'")
        await sending.send(moment(NOON))
        await sending.ask(moment(NOON), ["youxi"])
        assert (await states(registration), [one.method for one in seen]) == (["delivered"], ["GET"])

    async def test_whose_phone_cannot_be_opened_holds_up_no_other_and_ends(self, registration, town):
        sending, seen = sender(registration, [202])
        await remind(registration, "gateway")
        change_it = "UPDATE reminders SET phone = set_byte(phone, 40, 255 - get_byte(phone, 40))"
        await change(registration, f"{change_it} WHERE id = (SELECT min(id) FROM reminders)")
        await due(registration)
        await sending.send(moment(NOON))
        assert (await states(registration), len(seen)) == (["queued", "sent"], 1)
        await change(registration, "UPDATE reminders SET tries = 48")
        await due(registration)
        await sending.send(moment(NOON))
        assert await states(registration) == ["failed", "sent"]

    async def test_through_a_gateway_whose_token_cannot_be_sent_waits_and_says_so(self, registration, town):
        sending, seen = sender(registration, [], token="密钥")
        await remind(registration, "gateway")
        await due(registration)
        await sending.send(moment(NOON))
        assert (await states(registration), seen) == (["queued", "queued"], [])
        assert {row.answer for row in await registration.rows("SELECT answer FROM reminders")} == {
            "not_a_header"
        }


class TestARun:
    async def test_needs_a_gateway_and_a_text_of_the_notice(self, registration, town):
        registration.context.settings.message_gateways = None
        assert (await remind(registration, "gateway")).json()["type"].endswith("no-gateway")
        refused = await remind(registration, "list", text_id="other")
        assert (refused.status_code, refused.json()["known_texts"]) == (422, ["unpaid"])

    async def test_of_a_township_is_seen_there_alone(self, registration, town):
        run = (await remind(registration, "list", division_code="350426101")).json()
        other = await registration.client(
            scopes=["survey:read", "survey:write", "pii:read"], division="350426102"
        )
        query = {"county": "youxi", "coverage_year": 2020}
        assert (await other.get("/v1/reminders", params=query)).json()["items"] == []
        assert (await other.get(f"/v1/reminders/{run['run_id']}/file")).status_code == 403
        assert len((await registration.get("/v1/reminders", **query)).json()["items"]) == 1

    async def test_is_made_by_nobody_of_another_county(self, registration, town):
        other = await registration.client(scopes=["survey:read", "survey:write"], division="431122")
        body = {"county": "youxi", "coverage_year": 2020, "text_id": "unpaid", "means": "list"}
        answer = await other.post("/v1/reminders", json=body, headers={"canbao-clock": NOON})
        assert answer.status_code == 403
        query = {"county": "youxi", "coverage_year": 2020}
        assert (await registration.get("/v1/reminders", **query)).json()["items"] == []

    async def test_of_everybody_is_one_of_the_county(self, registration, town):
        assert (await remind(registration, "list")).json()["division_prefix"] == "350426"

    async def test_through_a_gateway_that_does_not_let_us_in_yet_is_kept(self, registration, town):
        sending, _ = sender(registration, [401, 409])
        await remind(registration, "gateway")
        await due(registration)
        await sending.send(moment(NOON))
        assert await states(registration) == ["queued", "unknown"]
