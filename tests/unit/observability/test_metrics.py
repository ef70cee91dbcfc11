"""Numbers for Prometheus: bounded, and never the reason why a scrape fails."""

import asyncio

from libs.common.observability.metrics import ServiceMetrics


class TestServiceMetrics:
    async def test_two_services_of_one_process_count_apart(self):
        one, other = ServiceMetrics(), ServiceMetrics()
        one.events_handled.labels("canbao.payment.received.v1").inc(500)

        series = 'canbao_events_handled_total{type="canbao.payment.received.v1"}'
        assert f"{series} 500.0" in (await one.exposition()).decode()
        assert series not in (await other.exposition()).decode()

    async def test_a_measure_is_asked_at_each_scrape_and_forgets_what_is_gone(self):
        metrics, suspense = ServiceMetrics(), {"wrong_amount": 3}

        async def by_reason():
            return suspense

        metrics.gauge_from("canbao_suspense_lines", "Lines kept in suspense.", "reason", by_reason)
        assert 'canbao_suspense_lines{reason="wrong_amount"} 3.0' in (await metrics.exposition()).decode()

        suspense = {"already_paid": 1}
        text = (await metrics.exposition()).decode()

        assert 'reason="already_paid"} 1.0' in text and "wrong_amount" not in text

    async def test_a_measure_that_fails_or_dawdles_is_left_out(self):
        metrics = ServiceMetrics()

        async def away():
            raise ConnectionError

        async def slow():
            await asyncio.sleep(60)

        metrics.gauge_from("canbao_away", "Away.", "what", away)
        metrics.gauge_from("canbao_slow", "Slow.", "what", slow)
        metrics.request("GET", "/v1/things", 200, 0.003)

        text = (await metrics.exposition(patience_seconds=0.01)).decode()

        assert "canbao_away{" not in text and "canbao_slow{" not in text
        assert 'canbao_http_request_seconds_count{method="GET",route="/v1/things",status="200"} 1.0' in text

    async def test_a_counter_is_made_once(self):
        metrics = ServiceMetrics()

        assert metrics.counter("canbao_imports", "Imports.") is metrics.counter("canbao_imports", "Imports.")
