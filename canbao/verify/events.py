"""Checks of the way between services: every event that was published has been handled by all who want it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.events.envelope import Fact

#: consumer -> publisher -> where it says which facts it wants.
_WANTED = {
    "registration": {
        "collection": ("services.registration.enrollments.handlers", "COLLECTION"),
        "subsidy": ("services.registration.enrollments.handlers", "SUBSIDY"),
    },
    "collection": {
        "registration": ("services.collection.dues.handlers", "TYPES"),
        "subsidy": ("services.collection.refunds.handlers", "TYPES"),
    },
    "subsidy": {
        "registration": ("services.subsidy.incoming.handlers", "REGISTRATION_FACTS"),
        "collection": ("services.subsidy.incoming.handlers", "COLLECTION_FACTS"),
    },
    "ledger": {
        publisher: ("services.ledger.facts.rules", f"CONSUMED:canbao.{publisher}")
        for publisher in ("registration", "collection", "subsidy")
    },
}


@dataclass(frozen=True)
class Flow:
    """What one service publishes and another wants."""

    publisher: str
    consumer: str
    types: tuple[str, ...]


def flows() -> Iterator[Flow]:
    """List who wants what of whom, as the handlers of the consumers say."""
    for consumer, publishers in _WANTED.items():
        for publisher, (module, name) in publishers.items():
            yield Flow(publisher, consumer, tuple(sorted(fact.type for fact in _facts(module, name))))


def _facts(module: str, name: str) -> Sequence[type[Fact]]:
    attribute, _, key = name.partition(":")
    value = getattr(import_module(module), attribute)
    return value[key] if key else getattr(value, "types", value)


_PUBLISHED = """
    SELECT count(*) AS number, coalesce(sum(id), 0)::numeric AS ids FROM outbox WHERE type = ANY($1)
"""
_PUBLISHED_IDS = "SELECT id FROM outbox WHERE type = ANY($1) ORDER BY id"
# The outbox is purged before the inbox: older entries of the inbox are not asked for.
_HANDLED = """
    SELECT count(*) AS number, coalesce(sum(event_id::bigint), 0)::numeric AS ids
    FROM inbox WHERE source = $1 AND event_id::bigint >= $2
"""
_HANDLED_IDS = """
    SELECT event_id::bigint AS id FROM inbox WHERE source = $1 AND event_id::bigint >= $2 ORDER BY 1
"""
_OLDEST = "SELECT min(id) FROM outbox"
_PARKED = """
    SELECT topic, type, count(*) AS number, min(reason) AS reason FROM dead_letters
    WHERE state IN ('parked', 'retrying') GROUP BY 1, 2 ORDER BY 1, 2
"""


async def all_arrived(sources: Sources, found: Findings) -> None:
    """Whatever was published is in the inbox of every service that wants it; nothing is parked."""
    for flow in flows():
        await _check_flow(sources, flow, found)
    for service in sources.connections:
        for row in await sources.rows(service, _PARKED):
            which = f"{service}: {row['type']}"
            found.differs(which, f"{row['number']} events are parked: {row['reason']}", row["number"])


async def _check_flow(sources: Sources, flow: Flow, found: Findings) -> None:
    oldest = (await sources.rows(flow.publisher, _OLDEST))[0][0] or 0
    asked = (f"canbao/{flow.publisher}", oldest)
    [published] = await sources.rows(flow.publisher, _PUBLISHED, list(flow.types))
    [handled] = await sources.rows(flow.consumer, _HANDLED, *asked)
    found.compared += published["number"]
    if published == handled:
        return
    left = sources.stream(flow.publisher, _PUBLISHED_IDS, list(flow.types))
    right = sources.stream(flow.consumer, _HANDLED_IDS, *asked)
    async for event_id, lost in _apart(left, right):
        which = f"event {event_id} of {flow.publisher}"
        if lost:
            found.differs(which, f"was not handled by {flow.consumer}")
        else:
            found.differs(which, f"is in the inbox of {flow.consumer}, but was not published for it")


async def _apart(left: AsyncIterator[Any], right: AsyncIterator[Any]) -> AsyncIterator[tuple[int, bool]]:
    """Ids that are in one of two sorted streams only; True for those of `left`."""
    one, other = await anext(left, None), await anext(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one["id"] < other["id"]):
            yield one["id"], True
            one = await anext(left, None)
        elif one is None or other["id"] < one["id"]:
            yield other["id"], False
            other = await anext(right, None)
        else:
            one, other = await anext(left, None), await anext(right, None)
