"""`canbao up` exports traces where OTEL_* says so: a payment is one, from its callback to who is told."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from canbao.simulator.standard_webhook import WebhookSender
from libs.common.observability.traces import trace_of
from tests.e2e.serving import serving
from tests.e2e.test_up import data_dir, running, wait_until
from tests.e2e.test_webhooks import AT, receiver, token
from tests.integration.registration.builders import household

__all__ = ["data_dir"]

KINDS = {1: "internal", 2: "server", 3: "client", 4: "producer", 5: "consumer"}


class Collected:
    """Spans that came, flat: service, name, kind, ids in hex, attributes, links."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []
        self.paths: set[str] = set()

    def add(self, path: str, body: bytes) -> None:
        self.paths.add(path)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [self._span(service["service.name"], span) for span in scope.spans]

    @staticmethod
    def _span(service: str, span: Any) -> dict[str, Any]:
        return {
            "service": service,
            "name": span.name,
            "kind": KINDS[span.kind],
            "trace": span.trace_id.hex(),
            "id": span.span_id.hex(),
            "parent": span.parent_span_id.hex(),
            "links": [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
            "attributes": {one.key: one.value.string_value or one.value.int_value for one in span.attributes},
            "length": span.end_time_unix_nano - span.start_time_unix_nano,
        }

    def of_trace(self, trace: str) -> list[dict[str, Any]]:
        return [span for span in self.spans if span["trace"] == trace]


@contextmanager
def collector() -> Iterator[tuple[str, Collected]]:
    """The smallest receiver of OTLP over HTTP, on a port of its own."""
    collected = Collected()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collected.add(self.path, body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(Receiver) as url:
        yield url, collected


def paid(number: str, name: str, no: str) -> dict[str, Any]:
    return {
        "transaction_no": no,
        "paid_at": AT,
        "amount_fen": 25_000,
        "county": "youxi",
        "coverage_year": 2020,
        "items": [{"id_number": number, "name": name, "amount_fen": 25_000}],
    }


def test_a_payment_is_one_trace_from_its_callback_to_who_is_told_of_it(data_dir):
    told: list[tuple[str, Any]] = []
    ids: dict[str, str] = {}
    settings = {"CANBAO_INTERNAL_NETWORKS": "127.0.0.0/8", "CANBAO_CLOCK": "movable"}
    with collector() as (endpoint, collected), receiver(told) as (url, program):
        settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with running(data_dir, **settings) as up:
            up.wait_until_ready()
            headers = {"authorization": f"Bearer {token(data_dir)}", "canbao-clock": AT}

            def post(path: str, key: str, body: Any) -> Any:
                answer = up.http.post(path, json=body, headers=headers | {"idempotency-key": f'"{key}"'})
                assert answer.is_success, answer.text
                ids[key] = answer.headers["correlation-id"]
                return answer.json()

            kinds = ["canbao.payment.received.v1"]
            wanted = {"url": url, "county": "youxi", "kinds": kinds}
            program["SECRET"] = post("/webhooks/v1/subscriptions", "subscribe", wanted)["secret"]
            person = household("H1")["members"][0]
            row = household("H1", person)
            post("/registration/v1/households:batch", "register", [row])
            number, name = person["documents"][0]["number"], person["name"]
            wait_until(lambda: _is_quiet(up))

            secrets = json.loads((data_dir / "channels.json").read_text())["tax"]
            sender = WebhookSender("tax", tuple(secrets))
            notification = sender.payment(paid(number, name, "T-20191120-77"))
            answer = up.http.post(
                f"/collection{notification.path}",
                content=notification.body,
                headers=notification.headers | {"canbao-clock": AT},
            )
            assert answer.status_code == 202, answer.text
            wait_until(lambda: bool(told))
            trace = f"{trace_of('payment-' + str(answer.json()['payment_id'])):032x}"
            wait_until(lambda: "deliver webhook" in {span["name"] for span in collected.of_trace(trace)})
            up.stop()
    _is_whole(collected.of_trace(trace))
    _reaches_others(collected.of_trace(ids["register"]))
    assert collected.paths == {"/v1/traces"}
    text = json.dumps(collected.spans, ensure_ascii=False)
    for personal in (number, name, "T-20191120-77", "id_number", secrets[0], headers["authorization"]):
        assert personal not in text


def _is_quiet(up: Any) -> bool:
    text = up.http.get("/collection/metrics").text + up.http.get("/registration/metrics").text
    lines = [line for line in text.splitlines() if line.startswith("canbao_backlog{")]
    handled = 'canbao_events_handled_total{type="canbao.enrollment.assessed.v1"}' in text
    return handled and all(line.endswith(" 0.0") for line in lines)


def _reaches_others(spans: list[dict[str, Any]]) -> None:
    """A request that registers somebody is one trace with what others do about it."""
    named = {(span["service"], span["name"]): span for span in spans}
    request = named["registration", "POST /v1/households:batch"]
    sent = named["registration", "send canbao.registration"]
    assert (request["parent"], sent["parent"]) == ("", request["id"])
    assert {request["kind"], sent["kind"]} == {"server", "producer"}
    processed = [span for span in spans if span["name"] == "process canbao.registration"]
    assert processed and {span["parent"] for span in processed} == {sent["id"]}


def _is_whole(spans: list[dict[str, Any]]) -> None:
    """Each span but the first hangs below another one of the trace; none takes no time at all."""
    named = {(span["service"], span["name"]): span for span in spans}
    ids = {span["id"] for span in spans}
    assert len(ids) == len(spans)
    (root,) = [span for span in spans if not span["parent"]]
    assert (root["name"], root["service"]) == ("POST /v1/channels/{channel}/notifications", "collection")
    assert all(span["parent"] in ids for span in spans if span is not root), spans
    assert all(span["length"] > 0 for span in spans)
    match = named["collection", "match payment"]
    sent = named["collection", "send canbao.collection"]
    assert (match["parent"], sent["parent"], sent["kind"]) == (root["id"], match["id"], "producer")
    for consumer in ("registration", "subsidy", "ledger", "webhooks"):
        process = named[consumer, "process canbao.collection"]
        assert (process["parent"], process["kind"]) == (sent["id"], "consumer"), consumer
        assert process["attributes"]["cloudevents.event_type"] == "canbao.payment.received.v1"
    deliver = named["webhooks", "deliver webhook"]
    assert deliver["parent"] == sent["id"]
    call = named["webhooks", "POST"]
    assert (call["parent"], call["kind"]) == (deliver["id"], "client")
    assert call["attributes"] == {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "http.response.status_code": 204,
    }
