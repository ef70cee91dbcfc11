"""The numbers of a service: one Prometheus registry per service and process.

`context.metrics` holds it. A service adds its own with `metrics.counter(...)` or `metrics.gauge_from(...)`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

#: Asked at each scrape: label value -> number.
Measure = Callable[[], Awaitable[Mapping[str, float]]]


class ServiceMetrics:
    """The numbers of one service: requests and events are counted for all alike."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        # Of the process that the service runs in: processor time, memory, open files, since when it runs.
        ProcessCollector(registry=self.registry)
        self._measured: list[tuple[Gauge, str, Measure]] = []
        self._own: dict[str, Counter] = {}
        self._requests: dict[tuple[str, str, int], Histogram] = {}
        self._request_seconds = Histogram(
            "canbao_http_request_seconds", "Duration of HTTP requests.",
            ["method", "route", "status"], buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.events_published = self.counter("canbao_events_published", "Events handed to the bus.", ["type"])
        self.events_handled = self.counter("canbao_events_handled", "Events applied, once each.", ["type"])
        self.events_parked = self.counter("canbao_events_parked", "Events parked in dead letters.", ["type"])

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one HTTP request; `route` is the template, so that the number of series stays bounded."""
        key = (method, route, status)
        series = self._requests.get(key)
        if series is None:
            series = self._request_seconds.labels(method=method, route=route, status=status)
            self._requests[key] = series
        series.observe(seconds)

    def counter(self, name: str, about: str, labels: Sequence[str] = ()) -> Counter:
        """A counter of this service, made once; use `counter.labels("payment.received").inc(500)`."""
        if name not in self._own:
            self._own[name] = Counter(name, about, list(labels), registry=self.registry)
        return self._own[name]

    def histogram(self, name: str, about: str, labels: Sequence[str] = ()) -> Histogram:
        """A histogram of seconds, from one millisecond to ten seconds."""
        return Histogram(name, about, list(labels), buckets=_SECONDS, registry=self.registry)

    def gauge_from(self, name: str, about: str, label: str, measure: Measure) -> None:
        """A gauge that asks `measure` at each scrape for its numbers by `label`, e.g. suspense by reason."""
        self._measured.append((Gauge(name, about, [label], registry=self.registry), label, measure))

    async def exposition(self, patience_seconds: float = 2.0) -> bytes:
        """The text that Prometheus reads. A measure that fails or dawdles is left out of this scrape."""
        for gauge, _, measure in self._measured:
            gauge.clear()
            try:
                numbers = await asyncio.wait_for(measure(), patience_seconds)
            # A scrape must not fail because a database is away: absence tells it.
            except Exception:  # nosec B112
                continue
            for value, number in numbers.items():
                gauge.labels(value).set(number)
        return generate_latest(self.registry)
