"""Reminders and alerts told over real HTTP, with the troubles of real networks and processes that die."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from canbao.simulator.alert_receiver import AlertReceiver
from canbao.simulator.listening import Listener, Trouble
from canbao.simulator.message_gateway import MessageGateway
from libs.common.cases.alerting import Findings, alert_case, keep_alerts
from libs.common.cases.telling import Telling
from libs.common.security.webhooks import generate_secret
from libs.common.web import outbound
from services.registration.cases.deciding import DESK
from services.registration.cases.rules import TICKET_OVERDUE
from services.registration.reminders.gateway import Gateways
from services.registration.reminders.sending import Sender
from tests.integration.registration.builders import household, member, moment, number
from tests.integration.registration.test_mini_programs import give
from tests.integration.registration.test_reminders import due, remind, states

NOON = moment("2019-11-20T12:00:00+08:00")
HOUR = timedelta(hours=1)
TROUBLES: tuple[Trouble | None, ...] = ("busy", "lost", "broken", "cut", None)


@pytest.fixture(autouse=True)
def nearby(registration: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side is on this machine; nobody waits long for silence."""
    registration.context.settings.internal_networks = "127.0.0.1/32"
    monkeypatch.setattr(outbound, "_SECONDS", 5.0)  # no less: a busy machine connects late


async def dies_while(work: Any, listener: Listener) -> None:
    """A process begins to tell and is killed while the other side is silent."""
    listener.troubles.appendleft("silent")
    doing = asyncio.create_task(work)
    assert await asyncio.to_thread(listener.silent.wait, 30)
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    listener.silent.clear()


# ------------------------------------------------------------------------------------------------ reminders


@pytest.fixture
def gateway(registration: Any) -> Any:
    with MessageGateway("secret") as listening:
        registration.context.settings.message_gateways = listening.setting()
        yield listening


async def phones(registration: Any, count: int) -> list[str]:
    """Families of one who agreed, each under a phone of its own, and a run for them all."""
    made = []
    for place in range(count):
        head, phone = number(), f"138000001{place:02d}"
        done = await registration.register(household(f"H-{place}", member("张三", head)))
        assert done["rejected"] == [], done
        made.append((await registration.person_id(head), phone))
    await registration.assess()
    for person_id, phone in made:
        assert (await give(registration.http, person_id, phone)).status_code == 201
    assert (await remind(registration, "gateway")).status_code == 201
    await due(registration)
    return [phone for _, phone in made]


def sender(registration: Any) -> Sender:
    """What a process that has just started sends with."""
    return Sender(registration.context, Gateways(registration.context.settings))


async def until_it_ends(registration: Any, begin: datetime) -> None:
    """Processes that come and go look every hour, until nothing is left to do."""
    now = begin
    for _ in range(48):
        now += HOUR
        await sender(registration).send(now)
        await sender(registration).ask(now, ["youxi"])
        if set(await states(registration)) == {"delivered"}:
            return
    raise AssertionError(f"after two days messages are {await states(registration)}")


class TestReminders:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    async def test_reach_every_phone_once_whatever_the_network_does(self, registration, gateway, seed):
        told = await phones(registration, 6)
        chance = random.Random(seed)
        gateway.troubles.extend(chance.choices(TROUBLES, k=20))
        await sender(registration).send(NOON)
        await until_it_ends(registration, NOON)
        assert sorted(one.to for one in gateway.messages) == told
        assert (gateway.repeated, gateway.refused) == ([], []), "what nobody knows is asked about first"

    async def test_of_a_gateway_that_is_silent_are_asked_about_and_sent_once(self, registration, gateway):
        told = await phones(registration, 2)
        gateway.troubles.extend(["silent", "lost"])
        await sender(registration).send(NOON)
        assert await states(registration) == ["unknown", "unknown"]
        assert [one.to for one in gateway.messages] == told[:1], "the other never arrived"
        await until_it_ends(registration, NOON)
        assert ([one.to for one in gateway.messages], gateway.repeated) == (told, [])

    async def test_of_a_process_that_dies_while_it_sends_are_neither_lost_nor_sent_twice(
        self, registration, gateway
    ):
        told = await phones(registration, 3)
        await dies_while(sender(registration).send(NOON), gateway)
        # What it had taken stays its own until its time is over: another process sends nothing meanwhile.
        await sender(registration).send(NOON + timedelta(minutes=1))
        assert len(gateway.messages) == 1
        await until_it_ends(registration, NOON)
        assert (sorted(one.to for one in gateway.messages), gateway.repeated) == (told, [])

    async def test_wait_for_a_gateway_that_does_not_let_us_in(self, registration, gateway):
        told = await phones(registration, 1)
        right = registration.context.settings.message_gateways
        registration.context.settings.message_gateways = right.replace("secret", "wrong")
        await sender(registration).send(NOON)
        assert (gateway.messages, gateway.refused) == ([], ["token"])
        registration.context.settings.message_gateways = right
        await until_it_ends(registration, NOON)
        assert [one.to for one in gateway.messages] == told
        assert "您家还有1人未缴2020年度" in gateway.messages[0].text

    async def test_go_nowhere_where_the_network_is_not_listed(self, registration, gateway):
        await phones(registration, 1)
        registration.context.settings.internal_networks = ""
        await sender(registration).send(NOON)
        assert (gateway.messages, await states(registration)) == ([], ["queued"])


# --------------------------------------------------------------------------------------------------- alerts


@pytest.fixture
def receiver(registration: Any) -> Any:
    with AlertReceiver(generate_secret()) as listening:
        registration.context.settings.alert_webhooks = listening.setting()
        yield listening


async def raises(registration: Any, *tickets: str) -> None:
    """These tickets are late, and no others."""
    evidence = {"ticket_id": 1, "due_on": "2019-11-20"}
    found = [
        alert_case(TICKET_OVERDUE, ticket, NOON, evidence, county="youxi", coverage_year=2020,
                   division_code="350426101203") for ticket in tickets
    ]  # fmt: skip
    async with registration.context.engine.begin() as conn:
        await keep_alerts(conn, (TICKET_OVERDUE,), Findings(found), NOON)


async def acknowledged(registration: Any) -> None:
    for alert in (await registration.get("/v1/cases", kind="ticket_overdue")).json()["items"]:
        path = f"/v1/cases/{alert['case_id']}/acknowledgement"
        assert (await registration.post(path, {"note": "在办"})).status_code == 200


async def left(registration: Any) -> int:
    async with registration.context.engine.connect() as conn:
        found = await conn.scalar(text("SELECT count(*) FROM alert_news WHERE told_at IS NULL"))
    return int(found or 0)


async def until_all_is_told(registration: Any) -> None:
    """Processes that come and go try again in the times that they keep, up to some days."""
    now = datetime.now(UTC)
    for _ in range(40):
        await Telling(registration.context, DESK).tell(now)
        if not await left(registration):
            return
        now += timedelta(hours=12)
    raise AssertionError(f"{await left(registration)} news are left after weeks")


class TestAlerts:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    async def test_are_told_in_order_and_count_once_whatever_the_network_does(
        self, registration, receiver, seed
    ):
        chance = random.Random(seed)
        receiver.troubles.extend(chance.choices(TROUBLES, k=14))
        await raises(registration, "tickets/1", "tickets/2")
        await Telling(registration.context, DESK).tell(datetime.now(UTC))
        await acknowledged(registration)
        await raises(registration)
        await until_all_is_told(registration)
        by_alert: dict[int, list[str]] = {}
        for one in receiver.told:
            by_alert.setdefault(one.case_id, []).append(one.news)
        assert list(by_alert.values()) == [["raised", "acknowledged", "resolved"]] * 2
        assert receiver.refused == []

    async def test_of_a_process_that_dies_while_it_tells_come_again_under_the_same_id(
        self, registration, receiver
    ):
        await raises(registration, "tickets/1")
        await dies_while(Telling(registration.context, DESK).tell(datetime.now(UTC)), receiver)
        assert len(receiver.told) == 1
        await Telling(registration.context, DESK).tell(datetime.now(UTC))
        assert receiver.repeated == [], "its own until its time is over"
        await until_all_is_told(registration)
        assert (len(receiver.told), receiver.repeated) == (1, [receiver.told[0].message_id])

    async def test_that_nobody_wants_are_told_no_more(self, registration, receiver):
        receiver.status = 410
        await raises(registration, "tickets/1")
        await Telling(registration.context, DESK).tell(datetime.now(UTC))
        receiver.status = None
        await Telling(registration.context, DESK).tell(datetime.now(UTC) + timedelta(days=2))
        assert receiver.told == []
