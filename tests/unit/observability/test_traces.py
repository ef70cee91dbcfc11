"""Traces: every service comes to the same ids, spans name nobody, and what is off costs nothing."""

import subprocess
import sys
import time

import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from canbao.tracing import is_wanted
from libs.common.observability import traces
from libs.common.observability.batches import Piece, spanning_each
from libs.common.observability.exporting import Exporting
from libs.common.observability.requests import STORED_KEY, begin_request, beginning_of
from libs.common.observability.traces import Kind, Place
from libs.common.settings import SettingInvalid
from libs.common.web.outbound import Outbound

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def recorded():
    """Have everything recorded; gives the spans that have ended."""
    exporter = InMemorySpanExporter()
    traces.record_with(Exporting(SimpleSpanProcessor(exporter)))
    yield exporter.get_finished_spans
    traces.record_with(None)


class TestIds:
    def test_a_correlation_id_that_is_a_trace_id_is_the_trace(self):
        assert f"{traces.trace_of('4bf92f3577b34da6a3ce929d0e0e4736'):032x}" == (
            "4bf92f3577b34da6a3ce929d0e0e4736"
        )

    def test_of_any_other_it_is_the_start_of_its_sha256(self):
        # printf %s payment-12 | sha256sum | cut -c1-32
        assert f"{traces.trace_of('payment-12'):032x}" == "3d974e1ea8b7aa22143e43a3140cd3da"

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736",
            CALLER.upper(),
            f"ff{CALLER[2:]}",
            f"00-{'0' * 32}-00f067aa0ba902b7-01",
            f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        ],
    )
    def test_what_is_no_traceparent_is_none(self, header):
        assert traces.place_of(header) is None

    def test_a_traceparent_is_read_as_it_is_written(self):
        assert traces.place_of(CALLER).traceparent == CALLER
        assert not traces.place_of(CALLER[:-1] + "0").sampled


class TestSampling:
    def test_is_the_same_in_every_process_for_one_correlation_id(self, monkeypatch):
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
        one, other = (Exporting(SimpleSpanProcessor(InMemorySpanExporter())) for _ in range(2))
        ids = [traces.trace_of(f"payment-{number}") for number in range(2000)]

        chosen = [one.samples(trace_id, None) for trace_id in ids]

        assert chosen == [other.samples(trace_id, None) for trace_id in ids]
        assert 400 < sum(chosen) < 600
        assert one.samples(ids[0], Place(ids[0], 1, True)) and not one.samples(
            ids[0], Place(ids[0], 1, False)
        )

    def test_what_is_not_recorded_makes_no_span(self, monkeypatch, recorded):
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
        exporter = InMemorySpanExporter()
        traces.record_with(Exporting(SimpleSpanProcessor(exporter)))

        with traces.spanning("work", Kind.INTERNAL, {}):
            begin_request("c-1", None).end({"method": "GET"}, "/v1/dues", 200)
        with spanning_each("match", Kind.INTERNAL, [], {}, 1):
            pass

        assert exporter.get_finished_spans() == ()


class TestRequests:
    def test_is_below_its_caller_and_names_the_route_alone(self, recorded):
        scope = {"method": "GET", "path": "/v1/persons/7", "query_string": b"name=x"}
        begin_request("4bf92f3577b34da6a3ce929d0e0e4736", CALLER).end(scope, "/v1/persons/{person_id}", 503)

        (span,) = recorded()
        assert (span.name, span.kind.name) == ("GET /v1/persons/{person_id}", "SERVER")
        assert f"{span.context.trace_id:032x}-{span.parent.span_id:016x}" == CALLER[3:-3]
        assert span.attributes == {
            "canbao.correlation_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "http.request.method": "GET",
            "http.route": "/v1/persons/{person_id}",
            "http.response.status_code": 503,
            "error.type": "503",
        }
        assert span.status.status_code.name == "ERROR" and traces.here() is None

    def test_begins_the_trace_of_the_payment_that_it_stores(self, recorded):
        begin_request("c-1", None).end({"method": "POST", STORED_KEY: "payment-12"}, "/v1/notifications", 202)

        (span,) = recorded()
        assert (span.context.trace_id, span.parent) == (traces.trace_of("payment-12"), None)
        assert span.context.span_id == beginning_of("payment-12").span_id

    def test_of_a_caller_with_a_trace_of_its_own_is_linked_to_that_of_the_payment(self, recorded):
        begin_request("c-1", CALLER).end(
            {"method": "POST", STORED_KEY: "payment-12"}, "/v1/notifications", 202
        )

        stored, request = recorded()
        assert stored.context.trace_id == traces.trace_of("payment-12")
        assert stored.links[0].context.span_id == request.context.span_id
        assert request.links[0].context.span_id == stored.context.span_id
        assert f"{request.context.trace_id:032x}" == CALLER[3:35]

    def test_a_method_that_nobody_knows_is_not_repeated(self, recorded):
        begin_request("c-1", None).end({"method": "ZHANGSAN"}, "unmatched", 405)

        assert recorded()[0].name == "_OTHER unmatched"


class TestBatches:
    def test_each_of_several_has_a_span_and_they_share_one(self, recorded):
        pieces = [Piece(beginning_of(name), name, {}) for name in ("payment-1", "payment-2")]
        with spanning_each("match payment", Kind.INTERNAL, pieces, {"canbao.payments": 2}, 2):
            traces.remember_events([("payment-2", "key", "told"), (None, "key", "told")])

        one, two, both = recorded()
        assert [len(both.links), both.parent] == [2, None]
        for span, piece in ((one, pieces[0]), (two, pieces[1])):
            assert span.context.trace_id == piece.after.trace_id
            assert span.links[0].context.span_id == both.context.span_id
        assert traces.written_in("payment-2", "key", "told").span_id == two.context.span_id
        assert traces.written_in(None, "key", "told").span_id == both.context.span_id

    def test_a_failure_is_told_by_its_kind_alone(self, recorded):
        piece = Piece(beginning_of("payment-1"), "payment-1", {})
        with pytest.raises(ValueError), spanning_each("match payment", Kind.INTERNAL, [piece], {}, 1):
            raise ValueError("张三 owes 250")

        (span,) = recorded()
        assert (span.attributes["error.type"], span.status.description, span.events) == (
            "ValueError",
            None,
            (),
        )


class TestCallsToOthers:
    async def test_say_the_machine_and_the_answer_and_hand_nothing_on(self, recorded):
        asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.headers)
            return httpx.Response(500)

        async def lookup(host: str, port: int):
            from ipaddress import ip_address

            return [ip_address("8.8.8.8")]

        outbound = Outbound(transport=httpx.MockTransport(answer), lookup=lookup)
        await outbound.call(
            "POST", "https://hooks.example.cn/secret-path?name=x", {"authorization": "Bearer s"}
        )

        (span,) = recorded()
        assert span.attributes == {
            "http.request.method": "POST",
            "server.address": "hooks.example.cn",
            "http.response.status_code": 500,
            "error.type": "500",
        }
        assert "traceparent" not in asked[0]


class TestSettings:
    @pytest.mark.parametrize(
        ("environment", "wanted"),
        [
            ({}, False),
            (ENDPOINT, True),
            ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
            ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
            (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False),
            (ENDPOINT | {"OTEL_SDK_DISABLED": "true"}, False),
            (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
            ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ],
    )
    def test_are_the_standard_ones(self, environment, wanted):
        assert is_wanted(environment) is wanted

    @pytest.mark.parametrize(
        "wrong", [{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, {"OTEL_TRACES_EXPORTER": "zipkin"}]
    )
    def test_that_ask_for_what_we_do_not_speak_are_refused_at_the_start(self, wrong):
        with pytest.raises(SettingInvalid, match="OTEL_"):
            is_wanted(ENDPOINT | wrong)


class TestOff:
    def test_nothing_of_the_sdk_is_imported_by_any_service(self):
        program = (
            "import sys\nfrom canbao.definitions import SERVICES, definition\nimport canbao.allinone\n"
            "from canbao.tracing import exporting_traces\n"
            "for name in SERVICES: definition(name)\n"
            "with exporting_traces(): pass\n"
            "unwanted = ('opentelemetry.sdk', 'google.protobuf')\n"
            "print([name for name in sys.modules if name.startswith(unwanted)])"
        )
        environment = {"PATH": ""}
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
        )
        assert run.stdout.strip() == "[]"

    def test_nothing_is_made_or_remembered(self):
        assert begin_request("c-1", CALLER) is None
        with traces.spanning("work", Kind.INTERNAL, {}) as span:
            assert span is None and traces.here() is None

    def test_a_collector_that_is_away_holds_nobody_up(self):
        class Slow(SimpleSpanProcessor):
            def shutdown(self) -> None:
                time.sleep(30)

        began = time.monotonic()
        Exporting(Slow(InMemorySpanExporter())).end()
        assert time.monotonic() - began < 10
