"""An event's trace: whoever writes, publishes and handles it makes spans that find each other."""

import json

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.common.bus import outbox
from libs.common.bus.kafka.records import headers_of
from libs.common.bus.outbox import Draft
from libs.common.bus.port import Outgoing
from libs.common.bus.tracing import published_in
from libs.common.observability import traces
from libs.common.observability.correlation import correlated
from libs.common.observability.exporting import Exporting
from libs.common.observability.traces import Kind
from libs.common.testing.delivery_service import AT, Counted

REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736"
SOURCE = "canbao/test"


@pytest.fixture
def recorded():
    """Have everything recorded; gives the spans that have ended, by the first word of their names."""
    exporter = InMemorySpanExporter()
    traces.record_with(Exporting(SimpleSpanProcessor(exporter)))

    def spans(name):
        return [span for span in exporter.get_finished_spans() if span.name.split()[0] == name]

    yield spans
    traces.record_with(None)


async def append(numbers, *drafts):
    async with numbers.engine.begin() as conn:
        await outbox.append(conn, drafts)


class TestTraces:
    async def test_an_event_is_in_the_trace_of_the_request_that_set_it_off(self, numbers, site, recorded):
        async with numbers.running(await site.bus()):
            with (
                correlated(REQUEST),
                traces.spanning("request", Kind.SERVER, {}, traces.below(None, REQUEST)),
            ):
                await append(numbers, Draft(Counted(n=1), "350426199001011234", AT, subject="张三"))
            await numbers.until_told(1)
            await numbers.until_quiet()

        (request,), (send,), (process,) = recorded("request"), recorded("send"), recorded("process")
        assert {f"{span.context.trace_id:032x}" for span in (request, send, process)} == {REQUEST}
        assert send.parent.span_id == request.context.span_id
        assert process.parent.span_id == send.context.span_id
        assert (send.kind.name, process.kind.name) == ("PRODUCER", "CONSUMER")
        assert dict(process.attributes) == dict(send.attributes) | {
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.consumer.group.name": "canbao",
        }
        assert send.attributes["cloudevents.event_type"] == "canbao.test.counted.v1"
        everything = json.dumps([dict(span.attributes) for span in (request, send, process)])
        assert "350426199001011234" not in everything and "subject" not in everything

    async def test_of_a_batch_each_event_is_handled_in_its_own_trace_and_linked(
        self, numbers, site, recorded
    ):
        drafts = [Draft(Counted(n=n), "one", AT, correlation_id=f"payment-{n}") for n in range(20)]
        await append(numbers, *drafts)
        async with numbers.running(await site.bus()):
            await numbers.until_told(20)
            await numbers.until_quiet()

        sent = {span.context.trace_id: span for span in recorded("send")}
        assert sent.keys() == {traces.trace_of(f"payment-{n}") for n in range(20)}
        batches = [span for span in recorded("process") if span.parent is None]
        handled = [span for span in recorded("process") if span.parent is not None]
        assert len(handled) == 20 and sum(len(span.links) for span in batches) == 20
        common = {span.context.span_id for span in batches}
        for span in handled:
            assert span.parent.span_id == sent[span.context.trace_id].context.span_id
            assert {link.context.span_id for link in span.links} <= common and span.links

    async def test_what_fails_is_told_by_its_kind_and_parked_as_always(self, numbers, site, recorded):
        def hurt(_):
            raise ValueError("张三 350426199001011234")

        numbers.hurt = hurt
        await append(numbers, Draft(Counted(n=1), "one", AT))
        async with numbers.running(await site.bus()):
            await numbers.until_quiet()
            assert await numbers.count("dead_letters") == 1

        tried = recorded("process")
        assert {span.attributes["error.type"] for span in tried} == {"ValueError"}
        assert not any(span.events or span.status.description for span in tried)

    async def test_what_has_no_correlation_id_begins_a_trace_that_others_can_name(
        self, numbers, site, recorded
    ):
        await append(numbers, Draft(Counted(n=1), "one", AT))
        async with numbers.running(await site.bus()):
            await numbers.until_told(1)
            await numbers.until_quiet()

        (send,), (process,) = recorded("send"), recorded("process")
        event = (await numbers.query("SELECT id FROM outbox"))[0].id
        assert send.context.trace_id == process.context.trace_id == traces.trace_of(f"{SOURCE}/{event}")


class TestKafka:
    async def test_readers_that_are_none_of_ours_are_told_which_span_published_an_event(self, recorded):
        event = Outgoing(
            "t", "k", "12", SOURCE, "canbao.test.counted.v1", AT, b"{}", correlation_id="payment-2"
        )
        assert dict(headers_of(event))["ce_traceparent"].decode() == (
            published_in(SOURCE, "12", "payment-2").traceparent
        )
        traces.record_with(None)
        assert "ce_traceparent" not in dict(headers_of(event))


class TestCorrelation:
    """Whether or not anything is traced."""

    async def test_what_a_request_appends_has_its_id_unless_it_says_another(self, numbers):
        with correlated("c-1"):
            composed = Draft.composed(Counted, '{"n":3}', "three", AT)
            own = Draft(Counted(n=2), "two", AT, correlation_id="payment-2")
            await append(numbers, Draft(Counted(n=1), "one", AT), own, composed)
        await append(numbers, Draft(Counted(n=4), "four", AT))

        found = await numbers.query("SELECT correlation_id FROM outbox ORDER BY id")
        assert [row.correlation_id for row in found] == ["c-1", "payment-2", "c-1", None]
