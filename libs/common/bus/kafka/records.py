"""Messages as they look on Kafka: CloudEvents in binary mode, attributes as `ce_` headers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from libs.common.bus.port import Message, Outgoing
from libs.common.bus.tracing import published_in
from libs.common.observability import traces

_CONSTANT = [("ce_specversion", b"1.0"), ("content-type", b"application/json")]


class Record(Protocol):
    """What aiokafka gives for a message."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def headers_of(message: Outgoing) -> list[tuple[str, bytes]]:
    """Give the headers of a message. CloudEvents wants names of extensions without underscores."""
    headers = [
        ("ce_id", message.id.encode()),
        ("ce_source", message.source.encode()),
        ("ce_type", message.type.encode()),
        ("ce_time", message.time.isoformat().encode()),
        *_CONSTANT,
    ]
    if message.subject is not None:
        headers.append(("ce_subject", message.subject.encode()))
    if message.correlation_id is not None:
        headers.append(("ce_correlationid", message.correlation_id.encode()))
    if message.causation_id is not None:
        headers.append(("ce_causationid", message.causation_id.encode()))
    if traces.on():
        # For readers that are none of ours: ours compute it.
        place = published_in(message.source, message.id, message.correlation_id)
        headers.append(("ce_traceparent", place.traceparent.encode()))
    return headers


def message_of(record: Record) -> Message:
    """Read a consumer record. One that is no CloudEvent gets the type "", which no handler wants."""
    headers = dict(record.headers)
    key = (record.key or b"").decode(errors="replace")
    try:
        subject, correlation = headers.get("ce_subject"), headers.get("ce_correlationid")
        causation = headers.get("ce_causationid")
        return Message(
            record.topic,
            record.partition,
            record.offset,
            key,
            headers["ce_id"].decode(),
            headers["ce_source"].decode(),
            headers["ce_type"].decode(),
            datetime.fromisoformat(headers["ce_time"].decode()),
            record.value or b"",
            None if subject is None else subject.decode(),
            None if correlation is None else correlation.decode(),
            None if causation is None else causation.decode(),
        )
    except (KeyError, ValueError):
        at = datetime.fromtimestamp(record.timestamp / 1000).astimezone()
        place = f"{record.topic}/{record.partition}/{record.offset}"
        return Message(
            record.topic, record.partition, record.offset, key, place, "unknown", "", at, record.value or b""
        )
