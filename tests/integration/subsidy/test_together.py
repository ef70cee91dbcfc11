"""Topics side by side, instances side by side, and the way through the real bus."""

import asyncio
import random

from canbao.workers import running_workers
from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.bus.relay import relay
from libs.common.events import collection, registration
from libs.common.events.subsidy import SubsidyGranted
from services.subsidy.incoming.handlers import (
    COLLECTION_FACTS,
    REGISTRATION_FACTS,
    on_collection,
    on_registration,
)

from .conftest import FULL, PRICE, aid

PEOPLE = range(1, 121)


def facts_of(season, person_id: int) -> tuple[list, list]:
    """A life in two topics: exempt, reimbursed, a status lost before payment, one gained after it."""
    kind = person_id % 4
    if kind == 0:
        return [season.assessed(person_id, aid=FULL, outcome="exempt")], []
    if kind == 1:
        return [season.assessed(person_id, aid=[aid()])], [season.paid(person_id, aid=[aid()])]
    if kind == 2:
        registered = [
            season.assessed(person_id, aid=FULL, outcome="exempt"),
            season.assessed(person_id, revision=2, days=1.5),
        ]
        return registered, [season.paid(person_id)]
    registered = [season.assessed(person_id), season.assessed(person_id, revision=2, late=[aid()], days=9)]
    return registered, [season.paid(person_id), season.suspended(person_id)]


def expected(person_id: int) -> set[tuple]:
    return {
        0: {(person_id, "county_finance", "paid_on_behalf", PRICE)},
        1: {(person_id, "county_finance", "reimburse_to_card", 20_000)},
        2: set(),
        3: {(person_id, "county_finance", "reimburse_to_card", 20_000)},
    }[person_id % 4]


class TestSideBySide:
    async def test_topics_and_cards_at_the_same_time_end_as_one_after_the_other(self, season):
        chance = random.Random(7)
        topics = {registration.TOPIC: [], collection.TOPIC: []}
        for person_id in PEOPLE:
            registered, paid = facts_of(season, person_id)
            topics[registration.TOPIC].append([season.message(*fact) for fact in registered])
            topics[collection.TOPIC].append([season.message(*fact) for fact in paid])
        handlers = {
            registration.TOPIC: (on_registration, REGISTRATION_FACTS),
            collection.TOPIC: (on_collection, COLLECTION_FACTS),
        }

        async def feed(topic: str, half: int) -> None:
            mine = [messages for messages in topics[topic][half::2] if messages]
            chance.shuffle(mine)
            flat = [message for messages in mine for message in messages]
            for first in range(0, len(flat), 16):
                await season.process(topic, *handlers[topic], flat[first : first + 16])

        async def list_cards() -> None:
            for first in range(1, 121, 20):
                await season.cards(*(season.card(p) for p in range(first, first + 20)))

        await asyncio.gather(*(feed(topic, half) for topic in topics for half in (0, 1)), list_cards())

        assert await season.active() == set().union(*(expected(p) for p in PEOPLE))
        assert len(await season.rows("SELECT 1 FROM refunds")) == 30
        assert (await season.batch(days=20))["declared_count"] == 60


class TestThroughTheBus:
    async def test_facts_come_in_and_go_out(self, season, service_context, running):
        sender = await service_context("registration")
        async with sender.engine.begin() as conn:
            fact, time = season.assessed(1, aid=FULL, outcome="exempt")
            await outbox.append(conn, [Draft(fact, key="1", time=time, correlation_id="c-1")])
        await season.context.bus.create_topics(
            ["canbao.registration", "canbao.collection", "canbao.subsidy"], 4
        )
        await running(season.context)
        async with running_workers((sender, [relay(sender)])):
            for _ in range(200):
                backlog = (await season.context.backlog.snapshot())["pending"]
                if await season.active() and not any(backlog.values()):
                    break
                await asyncio.sleep(0.05)

        (granted,) = await season.published()
        assert isinstance(granted, SubsidyGranted)
        assert backlog == {"outbox": 0, "lag": 0}
