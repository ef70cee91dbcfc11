"""Spans of payments that are given their place: each in the trace that began when it was stored."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from libs.common.observability import traces
from libs.common.observability.batches import Piece, spanning_each
from libs.common.observability.requests import beginning_of
from libs.common.observability.traces import Kind
from services.collection.channels.port import RETURN
from services.collection.matching.queue_store import QueuedWork


@contextmanager
def traced(work: Sequence[QueuedWork]) -> Iterator[None]:
    """Record how payments are matched together; what went back belongs to the trace of its payment."""
    if not traces.on():
        yield
        return
    payments = [f"payment-{one.notification_id}" for one in work if one.kind != RETURN]
    places = [(one, beginning_of(one)) for one in payments]
    pieces = [Piece(place, one, {"canbao.correlation_id": one}) for one, place in places if place.sampled]
    of_all = {"canbao.payments": len(payments)}
    with spanning_each("match payment", Kind.INTERNAL, pieces, of_all, len(payments)):
        yield
