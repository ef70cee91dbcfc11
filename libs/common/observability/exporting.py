"""Exports spans by OTLP over HTTP, as the standard variables OTEL_* say; imported only where they want it."""

import os
import threading
from functools import cache

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from libs.common.observability.traces import Place, Span

#: What is not away by then when a process ends is lost: nothing waits for it.
FLUSH_SECONDS = 3.0


class Exporting:
    """Takes spans of all services of a process; each is exported as one of its own service."""

    def __init__(self, processor: SpanProcessor) -> None:
        self._processor = processor
        # A provider reads OTEL_TRACES_SAMPLER. Ours are told what is recorded: it is decided before.
        self._sampler = TracerProvider(shutdown_on_exit=False).sampler
        self._ids = _GivenIds()
        self._tracers = cache(self._tracer)

    def samples(self, trace_id: int, parent: Place | None) -> bool:
        """Ask the sampler of OTEL_TRACES_SAMPLER."""
        decided = self._sampler.should_sample(_around(parent), trace_id, "canbao").decision
        return decided == Decision.RECORD_AND_SAMPLE

    def take(self, span: Span) -> None:
        """Put a span into the queue of the exporter's thread; where that is full, it is lost."""
        self._ids.trace_id, self._ids.span_id = span.place.trace_id, span.place.span_id
        made = self._tracers(span.service).start_span(
            span.name,
            context=_around(span.parent),
            kind=SpanKind[span.kind.name],
            attributes=span.attributes,
            links=[Link(_context(link)) for link in span.links],
            start_time=span.started_ns,
        )
        if span.fault is not None:
            made.set_attribute("error.type", span.fault)
            made.set_status(Status(StatusCode.ERROR))
        made.end(span.ended_ns)

    def end(self) -> None:
        """Send what is left, within bounds, whether or not anybody listens."""
        ending = threading.Thread(target=self._processor.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(FLUSH_SECONDS)

    def _tracer(self, service: str) -> Tracer:
        """The tracer of a service, by its own name unless OTEL_SERVICE_NAME gives all of the process one."""
        resource = Resource.create({"service.namespace": "canbao"})
        if not os.environ.get("OTEL_SERVICE_NAME"):
            resource = resource.merge(Resource({SERVICE_NAME: service}))
        provider = TracerProvider(
            sampler=ALWAYS_ON, resource=resource, id_generator=self._ids, shutdown_on_exit=False
        )
        provider.add_span_processor(self._processor)
        return provider.get_tracer("canbao")


def by_environment() -> Exporting:
    """Export to OTEL_EXPORTER_OTLP_ENDPOINT; all else is what the specification says of OTEL_*."""
    return Exporting(BatchSpanProcessor(OTLPSpanExporter()))


class _GivenIds(IdGenerator):
    """Ids that others compute alike, set before each span."""

    trace_id = span_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


def _around(parent: Place | None) -> Context:
    """The context of the API below `parent`; an empty one says that there is none."""
    around = Context()
    return around if parent is None else set_span_in_context(NonRecordingSpan(_context(parent)), around)


def _context(place: Place) -> SpanContext:
    return SpanContext(place.trace_id, place.span_id, is_remote=True, trace_flags=TraceFlags(place.sampled))
