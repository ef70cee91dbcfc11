"""Shows at each scrape what waits and which addresses are paused."""

from collections.abc import Mapping

from libs.common.cases.alerting import count_alerts
from services.webhooks.assembly import WebhooksContext
from services.webhooks.deliveries import store


def show_deliveries(context: WebhooksContext) -> None:
    """Add the gauges to the metrics of the service."""

    async def waiting() -> Mapping[str, float]:
        async with context.engine.connect() as conn:
            return await store.waiting(conn)

    async def paused() -> Mapping[str, float]:
        async with context.engine.connect() as conn:
            return await store.paused(conn)

    count_alerts(context)
    metrics = context.metrics
    metrics.gauge_from("canbao_webhooks_waiting", "Deliveries that wait.", "subscription", waiting)
    metrics.gauge_from("canbao_webhooks_paused", "Subscriptions that are paused.", "reason", paused)
