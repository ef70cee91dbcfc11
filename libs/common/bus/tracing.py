"""Spans of events: when they are published and when they are handled, as OpenTelemetry names it.

The span that publishes an event has an id that is computed from the event, so that whoever handles it knows
it without being told, and each event is handled in a span of its own below that one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from libs.common.bus.port import Message, Outgoing
from libs.common.observability import traces
from libs.common.observability.batches import Piece, spanning_each
from libs.common.observability.logs import service_name
from libs.common.observability.traces import Kind, Place, Span

_Said = dict[str, str | int]


def published_in(source: str, event_id: str, correlation_id: str | None) -> Place:
    """The span that publishes an event: the same for whoever asks."""
    name = f"{source}/{event_id}"
    return traces.place_in(correlation_id or name, traces.span_of("publishes", name))


def tell_published(events: Sequence[Outgoing], started_ns: int) -> None:
    """Record that the bus has taken events; those whose trace is not recorded cost a look each."""
    if not traces.on():
        return
    for event in events:
        place = published_in(event.source, event.id, event.correlation_id)
        written = traces.written_in(event.correlation_id, event.key, event.type)
        if not place.sampled:
            continue
        parent = written if written is not None and written.trace_id == place.trace_id else None
        links = (written,) if written is not None and parent is None else ()
        said = _of_event(event, "send", len(events))
        span = Span(f"send {event.topic}", Kind.PRODUCER, place, parent, links, said)
        span.started_ns = started_ns
        traces.take(span)


@contextmanager
def handled(topic: str, messages: Sequence[Message]) -> Iterator[None]:
    """Record how messages of one topic are handled together."""
    if not traces.on():
        yield
        return
    number, group = len(messages), {"messaging.consumer.group.name": service_name()}
    places = (
        (message, published_in(message.source, message.id, message.correlation_id)) for message in messages
    )
    pieces = [
        Piece(place, message.correlation_id, _of_event(message, "process", number) | group)
        for message, place in places
        if place.sampled
    ]
    of_all = _of_topic(topic, "process", number) | group
    with spanning_each(f"process {topic}", Kind.CONSUMER, pieces, of_all, number):
        yield


def _of_topic(topic: str, operation: str, number: int) -> _Said:
    return {
        "messaging.system": "canbao",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
        "messaging.destination.name": topic,
        "messaging.batch.message_count": number,
    }


def _of_event(event: Outgoing | Message, operation: str, number: int) -> _Said:
    """What is said of an event: neither its key nor its subject, nor anything of its data."""
    said = _of_topic(event.topic, operation, number) | {
        "messaging.message.id": event.id,
        "cloudevents.event_type": event.type,
        "cloudevents.event_source": event.source,
    }
    if event.correlation_id is not None:
        said["canbao.correlation_id"] = event.correlation_id
    return said
