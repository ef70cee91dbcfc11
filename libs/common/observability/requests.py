"""The span of one HTTP request that a service answers."""

from collections.abc import Iterable, Mapping
from contextvars import Token
from dataclasses import dataclass

from libs.common.observability import traces
from libs.common.observability.traces import Kind, Place, Span

#: Set in the scope by whoever stores something that goes on under a correlation id of its own.
STORED_KEY = "canbao.stored"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class RequestSpan:
    """A request under way; None takes its place where nothing is recorded."""

    span: Span
    token: Token[Place | None]

    def end(self, scope: Mapping[str, object], route: str, status: int, *, kept: bool = True) -> None:
        """Record the request, if it is to be `kept`, by its route, without path, query and what was sent.

        A payment goes on under an id of its own. Where the caller has begun no trace, the request is where
        that of the payment begins; otherwise the two are linked.
        """
        traces.leave(self.token)
        span, stored = self.span, scope.get(STORED_KEY)
        if not kept or not (span.place.sampled or stored):
            return
        method = str(scope["method"])
        method = method if method in _METHODS else "_OTHER"
        span.name = f"{method} {route}"
        span.attributes |= {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }
        if status >= 500:
            span.fault = str(status)
        if isinstance(stored, str) and span.parent is None:
            span.place = beginning_of(stored)
        elif isinstance(stored, str):
            span.links = (beginning_of(stored),)
            begin([stored], span.place)
        traces.take(span)


def begin_request(correlation_id: str, traceparent: str | None) -> RequestSpan | None:
    """Open the span of a request, below that of its caller."""
    if not traces.on():
        return None
    parent = traces.place_of(traceparent)
    place = traces.below(parent, correlation_id)
    span = Span("request", Kind.SERVER, place, parent, attributes={"canbao.correlation_id": correlation_id})
    return RequestSpan(span, traces.enter(place))


def beginning_of(identifier: str) -> Place:
    """The span with which the trace of a correlation id begins, known to everybody beforehand."""
    return traces.place_in(identifier, traces.span_of("begins", identifier))


def begin(identifiers: Iterable[str], before: Place | None) -> None:
    """Begin the trace of each correlation id by a span of no length, linked to what was there before."""
    if not traces.on():
        return
    links = () if before is None else (before,)
    for identifier in identifiers:
        attributes: dict[str, str | int] = {"canbao.correlation_id": identifier}
        span = Span("store", Kind.INTERNAL, beginning_of(identifier), links=links, attributes=attributes)
        traces.take(span)
