"""Spans of work that is done for many things in one transaction: one of their own each, and one for all."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from libs.common.observability import traces
from libs.common.observability.traces import Kind, Place, Span

#: OpenTelemetry's bound of links of one span, by default.
_MOST_LINKS = 128


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing of many: what it follows, its correlation id, and what is said of it."""

    after: Place
    correlation_id: str | None
    attributes: Mapping[str, str | int]


@contextmanager
def spanning_each(
    name: str, kind: Kind, pieces: Sequence[Piece], attributes: Mapping[str, str | int], number: int
) -> Iterator[None]:
    """Record what is done within for `number` things: for each of `pieces`, which are recorded, below what it
    follows.

    Of several, one span beside those has what is said of all, and links to each. What is appended to the
    outbox meanwhile is known to come of the piece with its correlation id, or else of all.
    """
    if not pieces:
        yield
        return
    of_all = _of_all(name, kind, pieces, attributes) if number > 1 else None
    spans = [_of_one(name, kind, piece, of_all) for piece in pieces]
    open_span = spans[0] if of_all is None else of_all
    own = {
        piece.correlation_id: span.place
        for piece, span in zip(pieces, spans, strict=True)
        if piece.correlation_id is not None
    }
    everything = [*spans, *([] if of_all is None else [of_all])]
    token = traces.enter(open_span.place)
    try:
        with traces.under_way(own):
            yield
    except BaseException as error:
        for span in everything:
            span.fault = type(error).__name__
        raise
    finally:
        traces.leave(token)
        ended_ns = time.time_ns()
        for span in everything:
            span.ended_ns = ended_ns
            traces.take(span)


def _of_all(name: str, kind: Kind, pieces: Sequence[Piece], attributes: Mapping[str, str | int]) -> Span:
    place = Place(traces.new_trace_id(), traces.new_id(), True)
    links = tuple(piece.after for piece in pieces[:_MOST_LINKS])
    return Span(name, kind, place, None, links, dict(attributes))


def _of_one(name: str, kind: Kind, piece: Piece, of_all: Span | None) -> Span:
    place = Place(piece.after.trace_id, traces.new_id(), True)
    links = () if of_all is None else (of_all.place,)
    return Span(name, kind, place, piece.after, links, dict(piece.attributes))
