"""Poisons of the workers that every service has: relay, consumer, sealer, and what tells alerts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import Any

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.bus.port import Outgoing
from libs.common.cases import telling
from libs.common.cases.store import NewCase, open_cases
from libs.common.events.collection import PaymentReceived
from libs.common.events.envelope import Fact
from libs.common.events.registration import EnrollmentCancelled
from libs.common.security.webhooks import generate_secret
from libs.common.testing.ledger_facts import cancelled, event_time, paid
from libs.common.web.attempts import Attempt
from tests.integration.workers.bench import DONE_ALL_THE_SAME, Bench, Scene, change, finds, poison

SERVICES = ("registration", "collection", "subsidy", "ledger", "webhooks")
AT = datetime(2019, 11, 20, 2, tzinfo=UTC)


class Refusing:
    """A bus that refuses the events of one key, as a broker refuses what is larger than it takes."""

    def __init__(self, bus: Any) -> None:
        self._bus = bus
        self.published: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        if any(message.key == "poison" for message in messages):
            raise ValueError("too large")
        self.published |= {message.key for message in messages}


async def relay(bench: Bench, service: str) -> Scene:
    context = await bench.service_context(service)
    context.bus = Refusing(context.bus)
    async with context.engine.begin() as conn:
        keys = ("poison", "sound")
        await outbox.append(conn, [Draft.composed(EnrollmentCancelled, b"{}", key, AT) for key in keys])

    async def done() -> bool:
        return context.bus.published == {"sound"}

    return Scene(context, done)


async def consumer(bench: Bench, service: str) -> Scene:
    context = await bench.service_context(service)
    sound: Fact = cancelled(2) if service == "collection" else paid(2)
    kind = EnrollmentCancelled if service == "collection" else PaymentReceived

    def message(number: str, data: bytes) -> Outgoing:
        source = kind.topic.replace(".", "/")
        return Outgoing(kind.topic, number, number, source, kind.type, event_time(sound), data)

    await context.bus.publish([message("1", b"{"), message("2", sound.model_dump_json().encode())])
    handled = "EXISTS (SELECT FROM inbox WHERE event_id = '2')"
    parked = "EXISTS (SELECT FROM dead_letters WHERE event_id = '1' AND state = 'parked')"
    return Scene(context, finds(context, f"SELECT {handled} AND {parked}"))


async def sealer(bench: Bench, service: str) -> Scene:
    """An instant that no calendar has, written behind the back of the service, is sealed like any other."""
    context = await bench.service_context(service)
    for at in ("infinity", "20000-01-01T00:00:00Z", "2019-11-20T10:00:00Z"):
        await change(
            context,
            "INSERT INTO person_lookups (looked_up_at, subject, role, division, operation, person_id)"
            f" VALUES ('{at}', '王', '', '', 'poison', 2)",
        )
    return Scene(context, finds(context, "SELECT sum(lookups)::integer = 3 FROM lookup_seals"))


async def teller(bench: Bench, service: str) -> Scene:
    """News of a kind of alert that this release does not know, as an older or newer one may leave them."""
    hooks = {"*": {"url": "https://office.example.cn/alerts", "secret": generate_secret()}}
    context = await bench.service_context(service, alert_webhooks=json.dumps(hooks))
    kinds = import_module(f"services.{service}.cases.deciding").DESK.kinds
    known = next(code for code, kind in kinds.items() if kind.alert is not None)
    told: list[str] = []

    async def taken(_outbound: Any, _url: str, _keys: Any, _id: str, body: bytes) -> Attempt:
        told.append(json.loads(body)["data"]["kind"])
        return Attempt("204")

    bench.monkeypatch.setattr(telling, "attempt", taken)
    for kind in ("poison", known):
        async with context.engine.begin() as conn:
            now = datetime.now(UTC)
            alert = NewCase(kind, f"alerts/{kind}", "bureau", "", now, {}, "youxi", 2020, alert=True)
            await open_cases(conn, [alert])

    async def done() -> bool:
        return told == [known]

    return Scene(context, done)


for one in SERVICES:
    if one != "webhooks":  # they publish nothing
        poison(one, f"{one}-relay")(partial(relay, service=one))
    poison(one, f"{one}-consumer")(partial(consumer, service=one))
    poison(one, f"{one}-sealer")(partial(sealer, service=one))
    DONE_ALL_THE_SAME.add((one, f"{one}-sealer"))
    poison(one, "alert webhook")(partial(teller, service=one))
