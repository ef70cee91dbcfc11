"""Traces: what a request or an event set off, across services, for whoever collects OpenTelemetry.

Off unless a process is told where to export to (exporting.py); then nothing here does more than look at one
variable. Which trace something belongs to is computed from its correlation id, and the id of the span that
published an event from that event: every service comes to the same, and nothing has to travel or be stored
for it. No span says anything but kinds, routes, states and ids of events.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from libs.common.observability.logs import service_name

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A span as others name it: its trace, its id, and whether it is recorded."""

    trace_id: int
    span_id: int
    sampled: bool

    @property
    def traceparent(self) -> str:
        """The header by which W3C Trace Context hands it on."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{self.sampled:02x}"


class Kind(StrEnum):
    """What a span is to those before and behind it."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


Attributes = Mapping[str, str | int]


@dataclass(slots=True)
class Span:
    """Something that took time, on its way to whoever collects it; `fault` is the kind of error, no words."""

    name: str
    kind: Kind
    place: Place
    parent: Place | None = None
    links: tuple[Place, ...] = ()
    attributes: dict[str, str | int] = field(default_factory=dict)
    service: str = field(default_factory=service_name)
    started_ns: int = field(default_factory=time.time_ns)
    ended_ns: int = 0
    fault: str | None = None


class Recorder(Protocol):
    """Takes spans that have ended, and decides which traces are recorded."""

    def samples(self, trace_id: int, parent: Place | None) -> bool:
        """Whether a span of this trace is recorded; the same for all that is computed from one id."""
        ...

    def take(self, span: Span) -> None:
        """Take a span that has ended and is recorded; never waits."""
        ...


_recorder: Recorder | None = None
_here: ContextVar[Place | None] = ContextVar("canbao_place", default=None)


def record_with(recorder: Recorder | None) -> None:
    """Have spans recorded from now on, or (None) no more."""
    global _recorder
    _recorder = recorder


def on() -> bool:
    """Whether anything is recorded in this process."""
    return _recorder is not None


def here() -> Place | None:
    """The span that is open now, if any."""
    return _here.get()


def enter(place: Place | None) -> Token[Place | None]:
    """Make a span the open one; give the token to `leave`."""
    return _here.set(place)


def leave(token: Token[Place | None]) -> None:
    """Undo `enter`."""
    _here.reset(token)


def trace_of(identifier: str) -> int:
    """The trace of a correlation id: the id itself where it is a trace id, else the start of its SHA-256."""
    if _TRACE_ID.fullmatch(identifier) and identifier.strip("0"):
        return int(identifier, 16)
    return int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:16])


def span_of(*names: str) -> int:
    """An id of a span that whoever knows the names computes alike."""
    return int.from_bytes(hashlib.sha256("\n".join(names).encode()).digest()[:8])


def new_id() -> int:
    """An id of a span that nobody has to guess."""
    return int.from_bytes(os.urandom(8))


def new_trace_id() -> int:
    """A trace of its own."""
    return int.from_bytes(os.urandom(16))


def place_in(identifier: str, span_id: int) -> Place:
    """A span of the trace of a correlation id."""
    trace_id = trace_of(identifier)
    return Place(trace_id, span_id, _recorder is not None and _recorder.samples(trace_id, None))


def place_of(traceparent: str | None) -> Place | None:
    """Where a caller stands, by its header; None where it says nothing that can be read."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None or not match[1].strip("0") or not match[2].strip("0"):
        return None
    return Place(int(match[1], 16), int(match[2], 16), bool(int(match[3], 16) & 1))


def carried() -> dict[str, str]:
    """The header by which another service of ours is told where a request comes from, if a span is open."""
    place = _here.get()
    return {} if place is None else {"traceparent": place.traceparent}


def below(parent: Place | None, fallback: str) -> Place:
    """A new span below another one, or in the trace of `fallback` where there is none."""
    if parent is None:
        return place_in(fallback, new_id())
    sampled = _recorder is not None and _recorder.samples(parent.trace_id, parent)
    return Place(parent.trace_id, new_id(), sampled)


def take(span: Span) -> None:
    """Hand a span on; one without an end has just ended."""
    if _recorder is None or not span.place.sampled:
        return
    span.ended_ns = span.ended_ns or time.time_ns()
    _recorder.take(span)


@contextmanager
def spanning(
    name: str, kind: Kind, attributes: Attributes, after: Place | None = None
) -> Iterator[Span | None]:
    """Record what happens within as a span below `after`, the open span, or none; None where all is off."""
    if _recorder is None:
        yield None
        return
    parent = after or _here.get()
    if parent is None:
        trace_id = new_trace_id()
        place = Place(trace_id, new_id(), _recorder.samples(trace_id, None))
    else:
        place = Place(parent.trace_id, new_id(), parent.sampled)
    span = Span(name, kind, place, parent, attributes=dict(attributes))
    token = _here.set(place)
    try:
        yield span
    except BaseException as error:
        span.fault = type(error).__name__
        raise
    finally:
        _here.reset(token)
        take(span)


# Where the events of what is under way come from. Rows of an outbox say no span; whoever publishes them is
# mostly in the process that wrote them, and finds it here. Otherwise they begin anew in the same trace.
_MOST_REMEMBERED = 20_000
_EventName = tuple[str | None, str, str]
_origins: dict[_EventName, Place] = {}
_under_way: ContextVar[Mapping[str, Place] | None] = ContextVar("canbao_places_under_way", default=None)


@contextmanager
def under_way(places: Mapping[str, Place]) -> Iterator[None]:
    """Say in which span what has a correlation id is being handled: of many, each has its own."""
    token = _under_way.set(places)
    try:
        yield
    finally:
        _under_way.reset(token)


def remember_events(events: Iterable[_EventName]) -> None:
    """Keep in which span events were written; each by its correlation id, key and type."""
    known, open_span = _under_way.get() or {}, _here.get()
    for event in events:
        place = known.get(event[0], open_span) if event[0] is not None else open_span
        if place is not None and place.sampled:
            _origins[event] = place
    while len(_origins) > _MOST_REMEMBERED:
        del _origins[next(iter(_origins))]


def written_in(correlation_id: str | None, key: str, type_: str) -> Place | None:
    """The span in which an event was written, where this process knows it."""
    return _origins.pop((correlation_id, key, type_), None)
