"""The numbers that collection adds to those of every service."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.observability.metrics import ServiceMetrics
from libs.common.service import Backlog
from services.collection.channels.refreshing import Refreshed
from services.collection.parked import store as parked
from services.collection.suspense import store as suspense


class CollectionMetrics:
    """Intake latency, what became of payment lines, and what lies in suspense by reason."""

    def __init__(self, metrics: ServiceMetrics) -> None:
        self._intake_seconds = metrics.histogram(
            "canbao_intake_seconds", "From the verified request to its commit.", ["channel"]
        )
        self._notifications = metrics.counter(
            "canbao_notifications", "Notifications by channel and outcome.", ["channel", "outcome"]
        )
        self._queries = metrics.counter(
            "canbao_channel_queries",
            "Questions to channels' gateways by what they said.",
            ["channel", "outcome"],
        )
        self.lines = metrics.counter("canbao_payment_lines", "Payment lines judged.", ["outcome"])

        # Looking a series up by its labels costs more than counting in it.
        self.intake_seconds = cache(self._intake_seconds.labels)
        self.notifications = cache(self._notifications.labels)
        self.queries = cache(self._queries.labels)

    def decided(self, reasons: Iterable[str | None]) -> None:
        """Count lines by the reason for which they are in suspense, or as applied."""
        for outcome, number in Counter(str(reason or "applied") for reason in reasons).items():
            self.lines.labels(outcome).inc(number)

    def watch_suspense(self, metrics: ServiceMetrics, backlog: Backlog, engine: AsyncEngine) -> None:
        """Show the money in suspense, and what could not be matched, at each scrape."""

        async def fen_by_reason() -> Mapping[str, float]:
            async with engine.connect() as conn:
                return {total.reason: total.amount_fen for total in await suspense.totals(conn)}

        async def parked_notifications() -> int:
            async with engine.connect() as conn:
                return await parked.count(conn)

        async def by_state() -> Mapping[str, float]:
            return {"parked": await parked_notifications()}

        backlog.hold("parked", parked_notifications)
        metrics.gauge_from(
            "canbao_parked_notifications", "Notifications that could not be matched.", "state",
            by_state,
        )  # fmt: skip
        metrics.gauge_from("canbao_suspense_fen", "Money in suspense, in fen.", "reason", fen_by_reason)

    def watch_keys(self, metrics: ServiceMetrics, channels: Refreshed) -> None:
        """Show at each scrape whether files of keys changed so that they cannot be used."""

        async def unusable() -> Mapping[str, float]:
            return {"unusable": float(channels.fault is not None)}

        metrics.gauge_from(
            "canbao_channel_keys", "Whether the files of channels' keys cannot be used as they are now.",
            "state", unusable,
        )  # fmt: skip
