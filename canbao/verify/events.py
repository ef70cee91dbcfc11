"""Checks of the way between services: every event that was published has been handled by all who want it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from operator import attrgetter

from canbao.definitions import SERVICES, Service
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import side_by_side
from libs.common.bus.consumer import TopicHandler
from libs.common.db.rows import statement
from libs.common.events.envelope import Fact

_Facts = Sequence[type[Fact]]


@dataclass(frozen=True)
class Flow:
    """What one service publishes and another wants."""

    publisher: str
    consumer: str
    types: tuple[str, ...]


def flows() -> Iterator[Flow]:
    """List who wants what of whom, as the handlers of the consumers say."""
    for consumer in SERVICES.values():
        for publisher in consumer.wants:
            facts = _wanted(consumer, SERVICES[publisher])
            yield Flow(publisher, consumer.name, tuple(sorted(fact.type for fact in facts)))


def _wanted(consumer: Service, publisher: Service) -> _Facts:
    """The list that the entry of a service names: of types, by topic, or of a handler."""
    module, _, name = consumer.wants[publisher.name].partition(":")
    found: _Facts | Mapping[str, _Facts] | TopicHandler
    found = getattr(import_module(f"{consumer.package}.{module}"), name)
    if isinstance(found, TopicHandler):
        return tuple(found.types)
    return found[publisher.topic] if isinstance(found, Mapping) else found


@dataclass(slots=True)
class _Sum:
    """How many events, and the sum of their ids: equal for equal sets, but for mischief."""

    number: int
    ids: Decimal


@dataclass(slots=True)
class _Event:
    id: int


@dataclass(slots=True)
class _Parked:
    type: str
    number: int
    reason: str


_PUBLISHED = statement("""
    SELECT count(*) AS number, coalesce(sum(id), 0)::numeric AS ids
    FROM outbox WHERE type = ANY(CAST(:types AS text[]))
""")
_PUBLISHED_IDS = statement("""
    SELECT id FROM outbox WHERE type = ANY(CAST(:types AS text[])) ORDER BY id
""")
# The outbox is purged before the inbox: older entries of the inbox are not asked for.
_HANDLED = statement("""
    SELECT count(*) AS number, coalesce(sum(event_id::bigint), 0)::numeric AS ids
    FROM inbox WHERE source = :source AND event_id::bigint >= :oldest
""")
_HANDLED_IDS = statement("""
    SELECT event_id::bigint AS id FROM inbox
    WHERE source = :source AND event_id::bigint >= :oldest ORDER BY 1
""")
_OLDEST = statement("SELECT min(id) FROM outbox")
_PARKED = statement("""
    SELECT type, count(*) AS number, min(reason) AS reason FROM dead_letters
    WHERE state IN ('parked', 'retrying') GROUP BY topic, type ORDER BY topic, type
""")


async def all_arrived(sources: Sources, found: Findings) -> None:
    """Whatever was published is in the inbox of every service of the season that wants it; none is parked.

    Who decides nothing may lag behind: nothing that is checked rests on it.
    """
    for flow in flows():
        if flow.consumer in sources.connections:
            await _check_flow(sources, flow, found)
    for service in sources.connections:
        for row in await sources.rows(service, _Parked, _PARKED):
            which = f"{service}: {row.type}"
            found.differs(which, f"{row.number} events are parked: {row.reason}", row.number)


async def _check_flow(sources: Sources, flow: Flow, found: Findings) -> None:
    [published] = await sources.rows(flow.publisher, _Sum, _PUBLISHED, types=list(flow.types))
    found.compared += published.number
    async for event_id, lost in _differences(sources, flow, published):
        which = f"event {event_id} of {flow.publisher}"
        if lost:
            found.differs(which, f"was not handled by {flow.consumer}")
        else:
            found.differs(which, f"is in the inbox of {flow.consumer}, but was not published for it")


async def unheard(sources: Sources, flow: Flow) -> AsyncIterator[int]:
    """Give the ids of the events that were published for a service and that it has not handled."""
    [published] = await sources.rows(flow.publisher, _Sum, _PUBLISHED, types=list(flow.types))
    async for event_id, lost in _differences(sources, flow, published):
        if lost:
            yield event_id


async def _differences(sources: Sources, flow: Flow, published: _Sum) -> AsyncIterator[tuple[int, bool]]:
    """Ids that only one of both services knows; True for those that were not handled."""
    source = f"canbao/{flow.publisher}"
    oldest = await sources.number(flow.publisher, _OLDEST)
    [handled] = await sources.rows(flow.consumer, _Sum, _HANDLED, source=source, oldest=oldest)
    if published == handled:
        return
    left = sources.stream(flow.publisher, _Event, _PUBLISHED_IDS, types=list(flow.types))
    right = sources.stream(flow.consumer, _Event, _HANDLED_IDS, source=source, oldest=oldest)
    async for event_id, sent, heard in side_by_side(left, right, attrgetter("id")):
        if sent is None or heard is None:
            yield event_id, heard is None
