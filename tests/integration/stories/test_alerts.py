"""Alerts: raised once by time, seen by somebody, resolved when their cause is gone, and told to a webhook."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from sqlalchemy import text

from libs.common.cases.alerting import watching
from libs.common.cases.telling import Telling
from libs.common.security.webhooks import WebhookKeyRing
from libs.common.web.outbound import Outbound
from services.collection.cases.deciding import DESK as COLLECTION
from services.collection.payments.alarming import see_to_channels
from services.collection.suspense.alarming import see_to_suspense
from services.ledger.handovers.alarming import see_to_handovers
from services.registration.notices.alarming import see_to_deadlines
from services.registration.progress.alarming import see_to_goals
from services.registration.rosters.alarming import see_to_rosters
from services.subsidy.payouts.alarming import see_to_cards
from tests.integration.stories.conftest import SECRET, moment
from tests.integration.stories.test_cash import collector

HOOK = "https://hooks.example.cn/alerts"
MINUTE = timedelta(minutes=1)


async def look(story, service, see, on, **more):
    """Have a service look at what time has brought; gives the alerts that stand, as the API shows them."""
    context = story.county.services[service].context
    known = {"notices": context.notices} if see is not see_to_cards else {}
    async with context.engine.begin() as conn:
        await see(conn, moment(on), **known, **more)
    return [one for one in await story.cases(service, on) if one["alert"]]


class TestMoneyInSuspense:
    async def test_is_an_alert_after_some_days_and_none_once_it_is_applied(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-05")
        await somebody.pays(100, "2019-10-10")
        assert await look(story, "collection", see_to_suspense, "2019-10-17 09:00:00", days=7) == []
        (alert,) = await look(story, "collection", see_to_suspense, "2019-10-17 10:00:01", days=7)
        assert (alert["kind"], alert["amount_fen"], alert["owner"]) == ("suspense_old", 10000, "tax_officer")
        assert "2019-10-10" in alert["alert"]["says"] and "100.00 元" in alert["alert"]["says_zh"]
        assert alert["alert"]["todo"] and alert["alert"]["todo_zh"]
        (same,) = await look(story, "collection", see_to_suspense, "2019-10-19", days=7)
        assert (same["case_id"], same["opened_at"]) == (alert["case_id"], alert["opened_at"])
        await somebody.pays(250, "2019-10-20")  # what is paid twice still waits
        assert len(await look(story, "collection", see_to_suspense, "2019-10-20", days=7)) == 1

    async def test_of_two_processes_that_look_at_once_one_raises_it(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-05")
        await somebody.pays(100, "2019-10-10")
        service = story.county.services["collection"]

        async def looks(conn):
            await see_to_suspense(conn, moment("2019-10-18"), notices=service.context.notices, days=7)

        async def second():
            async with service.context.engine.begin() as conn:
                await looks(conn)

        async with service.context.engine.begin() as first:
            await looks(first)
            other = asyncio.create_task(second())
            while not await service.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
                assert not other.done(), "the second sees what the first has not committed"
        await other
        (alert,) = await story.cases("collection", "2019-10-18")
        path = f"/v1/cases/{alert['case_id']}/news"
        told = await story.county.expect("collection", "GET", path, moment("2019-10-18"))
        assert [one["news"] for one in told["items"]] == ["raised"]


class TestAChannel:
    async def test_that_told_of_money_and_falls_silent_is_an_alert_until_it_speaks(self, tell):
        story = await tell("youxi")
        one, other = await story.person("2019-10-05"), await story.person("2019-10-05")
        await one.pays(250, "2019-10-10")
        assert await look(story, "collection", see_to_channels, "2019-10-13 10:00:00", days=3) == []
        (alert,) = await look(story, "collection", see_to_channels, "2019-10-13 10:00:01", days=3)
        assert (alert["kind"], alert["evidence"]["channel"]) == ("channel_silent", "tax")
        assert alert["alert"]["says_zh"].startswith("渠道 县税务局 超过 3 天无缴费通知")
        await other.pays(250, "2019-10-14")
        assert await look(story, "collection", see_to_channels, "2019-10-14 10:00:01", days=3) == []
        assert await look(story, "collection", see_to_channels, "2020-04-01", days=3) == []

    @pytest.mark.parametrize("how", [{}, {"instrument": "transfer", "reference": "Z1"}])
    async def test_that_takes_money_by_hand_is_not_silent_by_having_taken_none(self, tell, how):
        story = await tell("huining")
        one, other = await story.person("2020-09-05"), await story.person("2020-09-05")
        purse = await collector(story, "2020-09-06")
        await purse.takes(one, yuan=280, paid_at="2020-10-10 09:00:00", **how)
        await other.pays(280, "2020-10-10")
        found = await look(story, "collection", see_to_channels, "2020-10-20", days=3)
        assert [alert["evidence"]["channel"] for alert in found] == ["tax"]


class TestTheNotice:
    async def test_warns_of_its_deadlines_with_the_department_and_the_clause(self, tell):
        story = await tell("huining")
        await story.person("2020-09-05")
        (missed,) = await look(story, "registration", see_to_deadlines, "2020-12-03 23:59:58", days=7)
        found = await look(story, "registration", see_to_deadlines, "2020-12-04 00:00:00", days=7)
        assert (missed["kind"], missed["evidence"]["deadline"]) == ("deadline_missed", "survey-ledgers")
        (alert,) = [one for one in found if one["kind"] == "deadline_near"]
        assert (alert["evidence"]["deadline"], alert["owner"]) == ("subsidy-rosters", "township_officer")
        assert "七(四)" in alert["alert"]["says_zh"]
        left = await look(story, "registration", see_to_deadlines, "2020-12-11 00:00:01", days=7)
        assert [one["case_id"] for one in left] == [missed["case_id"]]

    async def test_asks_for_each_roster_until_it_has_come(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-09-05")
        assert await look(story, "registration", see_to_rosters, "2019-09-22", days=7) == []
        missing = await look(story, "registration", see_to_rosters, "2019-10-15", days=7)
        assert {one["subject"].split("/")[-1] for one in missing} == {
            "disabled", "fp_one_daughter", "fp_two_daughters",
        }  # fmt: skip
        await story.roster("2019-10-16", "fp_one_daughter", somebody, effective_on="2019-01-01")
        left = await look(story, "registration", see_to_rosters, "2019-10-17", days=7)
        assert {one["subject"].split("/")[-1] for one in left} == {"disabled", "fp_two_daughters"}

    async def test_is_an_alert_where_its_goal_is_behind_the_straight_line(self, tell):
        story = await tell("youxi")
        await story.person("2019-09-05")
        assert await look(story, "registration", see_to_goals, "2019-09-10", margin=10) == []
        behind = await look(story, "registration", see_to_goals, "2019-12-01", margin=10)
        town = next(one for one in behind if one["division_code"] == "350426101000")
        assert (town["evidence"]["percent"], town["evidence"]["line"]) == ("0.00", "50.54")
        assert "梅仙镇" in town["alert"]["says_zh"] or town["evidence"]["unit_name"]
        assert await look(story, "registration", see_to_goals, "2020-03-01", margin=10) == []


class TestAHandover:
    async def test_is_an_alert_before_its_day_another_after_it_and_none_once_it_is_sealed(self, tell):
        story = await tell("youxi")
        assert await look(story, "ledger", see_to_handovers, "2020-01-08", days=7) == []
        somebody = await story.person("2019-10-05")
        await somebody.pays(250, "2019-10-10")
        for on, kind in (("2020-01-03", "handover_due"), ("2020-01-11 00:00:00", "handover_overdue")):
            found = await look(story, "ledger", see_to_handovers, on, days=7)
            assert kind in {one["kind"] for one in found if one["evidence"]["deadline_id"] == "main"}
        await story.closes("main", "2020-01-12")
        left = await look(story, "ledger", see_to_handovers, "2020-01-12", days=7)
        assert "main" not in {one["evidence"]["deadline_id"] for one in left}


class TestPayouts:
    async def test_without_a_card_are_an_alert_of_their_township_until_it_is_given(self, tell):
        story = await tell("huining")
        somebody = await story.person("2020-09-05")
        await story.roster(
            "2020-09-06", "registered_poor", somebody, effective_on="2020-06-01", **{"class": "not_exited"}
        )
        await somebody.pays(280, "2020-09-20")
        assert await somebody.payouts() == [("waiting_card", 200)]
        assert await look(story, "subsidy", see_to_cards, "2020-10-01", days=14) == []
        (alert,) = await look(story, "subsidy", see_to_cards, "2020-10-05", days=14)
        assert (alert["division_code"], alert["amount_fen"]) == ("620422101000", 20000)
        await somebody.gives_card("2020-10-06")
        assert await look(story, "subsidy", see_to_cards, "2020-10-06", days=14) == []


class TestWhatFails:
    """One alert or look that fails stops no other."""

    async def test_is_one_alert_that_the_database_refuses_and_no_other(self, tell):
        story = await tell("youxi")
        await story.person("2019-09-05")
        registration = story.county.services["registration"]
        async with registration.context.engine.begin() as conn:
            refused = "rosters/youxi/2020/disabled"
            await conn.execute(
                text(f"ALTER TABLE cases ADD CONSTRAINT poison CHECK (subject <> '{refused}')")
            )
        found = await look(story, "registration", see_to_rosters, "2019-10-15", days=7)
        assert {one["subject"].split("/")[-1] for one in found} == {"fp_one_daughter", "fp_two_daughters"}

    async def test_is_one_look_and_no_other(self, tell):
        story = await tell("youxi")
        somebody = await story.person("2019-10-05")
        await somebody.pays(100, "2019-10-10")
        context, stop = story.county.services["collection"].context, asyncio.Event()

        async def broken(_conn, _now):
            raise ValueError("a defect")

        async def looks(conn, now):
            await see_to_suspense(conn, now, notices=context.notices, days=7)
            stop.set()

        async def newest(_conn):
            return moment("2019-10-18")

        await watching(context, "looks", [broken, looks], newest).run(stop)
        assert [one["kind"] for one in await story.cases("collection", "2019-10-18")] == ["suspense_old"]


class TestTheWebhook:
    async def silent(self, story):
        somebody = await story.person("2019-10-05")
        await somebody.pays(250, "2019-10-10")
        (alert,) = await look(story, "collection", see_to_channels, "2019-10-14", days=3)
        return alert

    def telling(self, story, answer):
        context = story.county.services["collection"].context
        context.settings.alert_webhooks = json.dumps({"youxi": {"url": HOOK, "secret": SECRET}})
        seen = []

        def handle(request):
            keys, headers = WebhookKeyRing([SECRET]), request.headers
            now = float(headers["webhook-timestamp"])
            keys.verify(
                headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"],
                request.content, now,
            )  # fmt: skip
            seen.append((headers["webhook-id"], json.loads(request.content)))
            return httpx.Response(answer(len(seen)))

        async def lookup(host, port):
            return [ip_address("93.184.216.34")]

        return Telling(context, COLLECTION, Outbound((), httpx.MockTransport(handle), lookup)), seen

    async def test_is_told_what_happened_in_order_signed_and_about_nobody(self, tell):
        story = await tell("youxi")
        alert = await self.silent(story)
        telling, seen = self.telling(story, lambda nth: 500 if nth == 1 else 204)
        await story.decide("collection", alert, "noted", "2019-10-14 11:00:00")
        now = datetime.now(UTC) + MINUTE
        assert await telling.tell(now) == 0  # refused: what came later waits for it
        assert await telling.tell(now + timedelta(seconds=1)) == 0
        assert await telling.tell(now + MINUTE) == 1
        assert await telling.tell(now + MINUTE) == 1
        assert await telling.tell(now + MINUTE) == 0
        assert [body["type"] for _, body in seen] == ["alert.raised", "alert.raised", "alert.acknowledged"]
        assert len({message_id for message_id, _ in seen}) == 2
        data = seen[0][1]["data"]
        assert (data["case_id"], data["kind"], data["county"]) == (
            alert["case_id"],
            "channel_silent",
            "youxi",
        )
        assert data["says_zh"] == alert["alert"]["says_zh"]
        assert "person_id" not in data and "evidence" not in data and "note" not in data

    async def test_that_nobody_can_write_holds_up_no_other_and_is_given_up_in_the_end(self, tell):
        story = await tell("youxi")
        other = await story.person("2019-10-05")
        await other.pays(100, "2019-10-10")
        await self.silent(story)
        await look(story, "collection", see_to_suspense, "2019-10-18", days=7)
        telling, seen = self.telling(story, lambda nth: 204)
        collection = story.county.services["collection"]
        async with collection.context.engine.begin() as conn:
            await conn.execute(
                text("UPDATE cases SET kind = 'of_a_later_release' WHERE kind = 'channel_silent'")
            )
        now = datetime.now(UTC) + MINUTE
        assert [await telling.tell(now + timedelta(days=day)) for day in range(10)] == [1, *[0] * 9]
        assert [body["data"]["kind"] for _, body in seen] == ["suspense_old"]
        (given_up,) = await collection.rows("SELECT answer FROM alert_news WHERE given_up_at IS NOT NULL")
        assert given_up.answer == "KeyError"

    async def test_that_is_gone_is_told_no_more_and_one_that_nobody_configured_nothing(self, tell):
        story = await tell("youxi")
        await self.silent(story)
        telling, seen = self.telling(story, lambda nth: 410)
        now = datetime.now(UTC) + MINUTE
        assert [await telling.tell(now), await telling.tell(now + timedelta(days=2))] == [0, 0]
        assert len(seen) == 1
        story.county.services["collection"].context.settings.alert_webhooks = None
        assert not Telling(story.county.services["collection"].context, COLLECTION).has_targets


class TestWhoSeesToIt:
    async def test_a_township_may_say_that_it_has_seen_an_alert_but_decides_no_case(self, tell, signing_key):
        story = await tell("youxi")
        somebody = await story.person("2019-10-05")
        await somebody.pays(100, "2019-10-10")
        (alert,) = await look(story, "collection", see_to_suspense, "2019-10-18", days=7)
        path, said = f"/v1/cases/{alert['case_id']}/acknowledgement", {"note": "在查"}
        for scopes, status in (("collection:read", 403), ("collection:read cash:review", 200)):
            token = signing_key.issue("town", scopes.split(), "*")
            answer = await story.county.ask(
                "collection", "POST", path, moment("2019-10-18"), said, token=token
            )
            assert answer.status_code == status
        seen = answer.json()
        assert (seen["state"], seen["acknowledged_by"]) == ("open", "town")
        totals = await story.county.expect(
            "collection", "GET", "/v1/cases/totals?alert=true", moment("2019-10-18")
        )
        assert [(one["kind"], one["count"], one["unseen"]) for one in totals["items"]] == [
            ("suspense_old", 1, 0)
        ]
