"""What every service does around its own work: errors, correlation, clock, limits, probes, documentation."""

import json

import httpx
import pytest
from openapi_spec_validator import validate

from libs.common.clock import SystemClock
from libs.common.web import strictness
from libs.common.web.frame import ROUTE_KEY, RequestFrame

THING = {"name": "张三", "amount_fen": 25000}


def kind(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["detail"] and body["detail_zh"] and body["title_zh"]
    assert body["correlation_id"] == answer.headers["correlation-id"]
    return body["type"].removeprefix("urn:canbao:problem:")


class TestErrors:
    async def test_a_wrong_field_is_named_with_how_to_mend_it_and_without_its_value(self, http, bearer):
        rows = [THING, {"name": "李四", "amount_fen": 250.5, "paid_at": "350426199001010012"}]

        answer = await http.post("/v1/things/1", json=rows, headers=bearer("registration:write"))

        assert (answer.status_code, kind(answer)) == (422, "invalid-request")
        faults = {fault["pointer"]: fault for fault in answer.json()["errors"]}
        assert faults["#/1/amount_fen"]["detail"] == "Must be a whole number; money is in fen."
        assert faults["#/1/amount_fen"]["detail_zh"] == "必须是整数；金额以分为单位。"
        assert "2019-11-20T10:00:00+08:00" in faults["#/1/paid_at"]["detail_zh"]
        assert "350426199001010012" not in answer.text

    async def test_a_wrong_parameter_is_named_by_where_it_stands(self, http):
        answer = await http.get("/v1/things", params={"limit": "many"})

        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["query/limit"]

    async def test_many_faults_are_cut_off_and_counted(self, http, bearer):
        answer = await http.post("/v1/things/7", json=[{}] * 80, headers=bearer("registration:write"))

        assert len(answer.json()["errors"]) == 100
        assert answer.json()["more_errors"] == 60

    async def test_broken_json_is_another_problem_than_wrong_fields(self, http, bearer):
        headers = bearer("registration:write") | {"content-type": "application/json"}

        answer = await http.post("/v1/things/1", content="[{", headers=headers)

        assert (answer.status_code, kind(answer)) == (400, "malformed-body")

    @pytest.mark.parametrize("token", [{}, {"authorization": "Bearer no.token.atall"}])
    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/v1/things/1?color=red", b"[]"),
            ("/v1/things/none", b"[]"),
            ("/v1/things/1", b"[{"),
            ("/v1/things/1", b'[{"name": "a", "name": "b"}]'),
            ("/v1/things/1", b"[" * 150 + b"]" * 150),
        ],
    )
    async def test_without_a_good_token_nothing_else_is_told(self, http, path, body, token):
        answer = await http.post(path, content=body, headers=token | {"content-type": "application/json"})

        assert (answer.status_code, kind(answer)) == (401, "unauthenticated")

    async def test_without_a_good_token_no_body_is_read(self, http):
        read = []

        async def body():
            read.append(1)
            yield b"[]"

        for path in ("/v1/things/1", "/v1/things/1?color=red"):
            answer = await http.post(path, content=body(), headers={"content-type": "application/json"})
            assert (answer.status_code, answer.headers["connection"]) == (401, "close")
        assert read == []

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/v1/things/1?color=red", b"[]"),
            ("/v1/things/none", b"[]"),
            ("/v1/things/1", b"[{"),
            ("/v1/things/1", b'[{"name": "a", "name": "b"}]'),
            ("/v1/choices?color=red", b"[]"),
            ("/v1/choices", b"[{"),
        ],
    )
    async def test_who_may_not_do_it_is_told_that_and_nothing_else(self, http, bearer, path, body):
        headers = bearer("registration:read") | {"content-type": "application/json"}

        answer = await http.post(path, content=body, headers=headers)

        assert (answer.status_code, kind(answer)) == (403, "scope-missing")
        assert answer.json()["required_scope"].startswith("registration:write")

    async def test_of_who_may_not_do_it_no_body_is_read(self, http, bearer):
        read = []

        async def body():
            read.append(1)
            yield b"[]"

        for path in ("/v1/things/1", "/v1/choices"):
            headers = bearer("registration:read") | {"content-type": "application/json"}
            answer = await http.post(path, content=body(), headers=headers)
            assert (answer.status_code, answer.headers["connection"]) == (403, "close")
        assert read == []

    async def test_one_scope_of_several_is_enough(self, http, bearer):
        answer = await http.post("/v1/choices", json=[1], headers=bearer("registration:decide"))

        assert answer.json() == {"by": "officer"}

    async def test_who_needs_no_token_is_answered_whatever_token_there_is(self, http):
        headers = {"authorization": "Bearer no.token.atall"}
        assert (await http.get("/v1/things", headers=headers)).status_code == 200

    async def test_an_unknown_path_and_a_wrong_method_are_problems_too(self, http):
        assert kind(await http.get("/v1/nothing")) == "not-found"
        answer = await http.delete("/v1/things")
        assert kind(answer) == "method-not-allowed"
        assert answer.headers["allow"] == "GET"

    async def test_a_wrong_method_is_told_all_that_there_are(self, http):
        answer = await http.patch("/v1/things/1")
        assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, POST")

    @pytest.mark.parametrize(
        "body", ['[{"name": "张三", "amount_fen": 1, "amount_fen": 2}]', '[{"name": "a", "\\u006eame": "b"}]']
    )
    async def test_a_member_that_stands_twice_is_refused_whatever_the_second_says(self, http, bearer, body):
        headers = bearer("registration:write") | {"content-type": "application/json"}

        answer = await http.post("/v1/things/1", content=body.encode(), headers=headers)

        assert (answer.status_code, kind(answer)) == (400, "malformed-body")
        assert "two members of one name" in answer.json()["detail"]

    async def test_a_member_that_stands_twice_is_found_in_a_body_however_long(
        self, http, bearer, monkeypatch
    ):
        monkeypatch.setattr(strictness, "_LONG", 10)
        headers = bearer("registration:write") | {"content-type": "application/json"}
        once, doubled = b'[{"name": "a", "amount_fen": 1}]', b'[{"name": "a", "name": "b", "amount_fen": 1}]'

        understood = await http.post("/v1/things/1", content=once, headers=headers)
        answer = await http.post("/v1/things/1", content=doubled, headers=headers)

        assert understood.status_code == 200
        assert (answer.status_code, kind(answer)) == (400, "malformed-body")

    @pytest.mark.parametrize(
        "written", ["Application/JSON", "application/vnd.bank+json", "application/json ; charset=utf-8"]
    )
    async def test_a_member_that_stands_twice_is_refused_however_the_body_is_called(
        self, http, bearer, written
    ):
        headers = bearer("registration:write") | {"content-type": written}
        once, doubled = b'[{"name": "a", "amount_fen": 1}]', b'[{"name": "a", "name": "b", "amount_fen": 1}]'

        understood = await http.post("/v1/things/1", content=once, headers=headers)
        answer = await http.post("/v1/things/1", content=doubled, headers=headers)

        assert understood.status_code == 200
        assert (answer.status_code, kind(answer)) == (400, "malformed-body")

    async def test_the_address_is_repeated_as_a_uri_writes_it(self, http):
        answer = await http.get("/v1/某 处?<x>")

        assert answer.json()["instance"] == "/registration/v1/%E6%9F%90%20%E5%A4%84"

    async def test_the_unexpected_says_nothing_of_our_insides(self, http):
        answer = await http.get("/v1/broken", headers={"correlation-id": "season-7"})

        assert (answer.status_code, kind(answer)) == (500, "internal-error")
        assert answer.json()["correlation_id"] == "season-7"
        assert "RuntimeError" not in answer.text and "10.0.0.1" not in answer.text

    async def test_what_cannot_be_stored_is_the_callers_to_mend(self, http):
        answer = await http.get("/v1/unstorable")

        assert (answer.status_code, kind(answer)) == (422, "invalid-request")
        assert "NUL" in answer.json()["detail"] and "空字符" in answer.json()["detail_zh"]

    async def test_an_identity_number_in_a_path_is_not_repeated(self, http):
        answer = await http.get("/v1/persons/350426199001010012")

        assert answer.json()["instance"] == "/registration/v1/persons/***"


class TestAccess:
    async def test_without_token_the_answer_says_how_to_authenticate(self, http):
        answer = await http.post("/v1/things/1", json=[THING])

        assert (answer.status_code, kind(answer)) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="canbao"'

    async def test_a_worthless_token_is_told_so(self, http):
        answer = await http.post("/v1/things/1", json=[THING], headers={"authorization": "Bearer nonsense"})

        assert (answer.status_code, kind(answer)) == (401, "unauthenticated")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    async def test_a_token_without_the_scope_is_told_which_one_it_needs(self, http, bearer):
        answer = await http.post("/v1/things/1", json=[THING], headers=bearer("registration:read"))

        assert (answer.status_code, kind(answer)) == (403, "scope-missing")
        assert answer.json()["required_scope"] == "registration:write"
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]

    async def test_a_record_of_another_township_is_refused(self, http, bearer):
        mine = await http.post(
            "/v1/things/1", json=[THING], headers=bearer("registration:write", division="350426101")
        )
        theirs = await http.post(
            "/v1/things/1", json=[THING], headers=bearer("registration:write", division="350426102")
        )

        assert (mine.status_code, mine.json()["by"]) == (200, "officer")
        assert (theirs.status_code, kind(theirs)) == (403, "outside-division")


class TestCorrelation:
    async def test_the_callers_id_comes_back(self, http):
        answer = await http.get("/v1/things", headers={"correlation-id": "order-42"})

        assert answer.headers["correlation-id"] == "order-42"

    async def test_a_trace_gives_its_id(self, http):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

        answer = await http.get("/v1/things", headers={"traceparent": trace})

        assert answer.headers["correlation-id"] == "4bf92f3577b34da6a3ce929d0e0e4736"

    @pytest.mark.parametrize("offered", ["350426199001010012", "13905980000", "a b", "x" * 200, '"}'])
    async def test_an_id_that_could_be_a_person_or_break_a_log_is_replaced(self, http, offered):
        answer = await http.get("/v1/things", headers={"correlation-id": offered})

        assert answer.headers["correlation-id"] != offered


class TestClock:
    async def test_a_movable_clock_follows_the_request(self, http, bearer):
        headers = bearer("registration:write") | {"canbao-clock": "2019-11-20T10:00:00+08:00"}

        answer = await http.post("/v1/things/1", json=[THING], headers=headers)

        assert answer.json()["now"] == "2019-11-20T10:00:00+08:00"

    async def test_an_offset_that_no_clock_has_is_read_as_the_instant_that_it_means(self, http, bearer):
        headers = bearer("registration:write") | {"canbao-clock": "2019-11-20T18:00:00+16:00"}

        answer = await http.post("/v1/things/1", json=[THING], headers=headers)

        assert answer.json()["now"] == "2019-11-20T10:00:00+08:00"

    @pytest.mark.parametrize(
        "instant",
        [
            "2019-11-20T10:00:00", "yesterday", "", "0001-01-01T00:00:00+23:59", "1999-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59",
        ],
    )  # fmt: skip
    async def test_what_is_no_instant_of_our_time_is_refused(self, http, instant):
        answer = await http.get("/v1/things", headers={"canbao-clock": instant})

        assert (answer.status_code, kind(answer)) == (400, "clock-invalid")

    async def test_a_real_clock_cannot_be_moved(self, http, context):
        context.clock = SystemClock()

        answer = await http.get("/v1/things", headers={"canbao-clock": "2019-11-20T10:00:00+08:00"})

        assert (answer.status_code, kind(answer)) == (400, "clock-not-movable")


class TestBodyLimit:
    async def test_a_declared_length_beyond_the_limit_is_refused(self, http, bearer):
        answer = await http.post("/v1/things/1", json=[THING] * 20, headers=bearer("registration:write"))

        assert (answer.status_code, kind(answer)) == (413, "body-too-large")
        assert answer.json()["max_body_bytes"] == 400

    async def test_an_undeclared_length_is_counted(self, http, bearer):
        async def chunks():
            for _ in range(10):
                yield b" " * 100

        headers = bearer("registration:write") | {"content-type": "application/json"}
        answer = await http.post("/v1/things/1", content=chunks(), headers=headers)

        assert (answer.status_code, kind(answer)) == (413, "body-too-large")

    async def test_a_path_may_have_a_larger_limit(self, http, bearer):
        answer = await http.post("/v1/things/7", json=[THING] * 20, headers=bearer("registration:write"))

        assert (answer.status_code, answer.json()["kept"]) == (200, 20)


class TestProbes:
    async def test_alive_is_not_yet_ready(self, http, context):
        context.bus.away = True

        alive, ready = await http.get("/healthz"), await http.get("/readyz")

        assert alive.json() == {"status": "ok"}
        assert (ready.status_code, kind(ready)) == (503, "not-ready")
        assert ready.json()["failing"] == {"bus": "ConnectionError"}

    async def test_the_backlog_is_for_operators(self, http, context, bearer):
        async def three() -> int:
            return 3

        context.backlog.add("outbox", three)
        context.backlog.done("published", 2)

        assert (await http.get("/internal/backlog")).status_code == 401
        answer = await http.get("/internal/backlog", headers=bearer("ops:read"))
        assert answer.json() == {"pending": {"outbox": 3}, "held": {}, "counters": {"published": 2}}

    async def test_metrics_count_by_route_template_and_show_the_backlog(self, http, context, bearer):
        async def three() -> int:
            return 3

        context.backlog.add("outbox", three)
        await http.post("/v1/things/1", json=[THING], headers=bearer("registration:write"))
        await http.get("/no/such/path")

        text = (await http.get("/metrics")).text

        assert 'canbao_backlog{work="outbox"} 3.0' in text
        route = 'method="POST",route="/v1/things/{thing_id}",status="200"'
        assert f"canbao_http_request_seconds_count{{{route}}} 1.0" in text
        assert 'route="unmatched",status="404"' in text


class TestDocumentation:
    async def test_the_document_is_valid_and_states_the_errors_of_every_operation(self, http):
        document = (await http.get("/openapi.json")).json()

        validate(document)
        assert document["openapi"].startswith("3.1")
        answers = document["paths"]["/v1/things/{thing_id}"]["post"]["responses"]
        assert {"200", "400", "401", "403", "413", "422", "500"} <= answers.keys()
        assert "HTTPValidationError" not in json.dumps(document)

    async def test_the_pages_need_no_internet_and_work_below_a_prefix(self, http):
        page = await http.get("/docs")

        assert "://" not in page.text.replace("http://canbao.test", "")
        for asset in ("docs-assets/swagger-ui-bundle.js", "docs-assets/swagger-ui.css"):
            assert asset in page.text
            assert (await http.get(f"/{asset}")).status_code == 200


class TestRawEndpointInFront:
    async def test_shares_one_frame_with_the_application_behind_it(self, app, context):
        async def intake(scope, receive, send):
            if scope["path"] != "/v1/notifications":
                await app(scope, receive, send)
                return
            scope[ROUTE_KEY] = "/v1/notifications"
            await send({"type": "http.response.start", "status": 202, "headers": []})
            await send({"type": "http.response.body", "body": context.clock.now().isoformat().encode()})

        transport = httpx.ASGITransport(RequestFrame(intake, context))
        async with httpx.AsyncClient(transport=transport, base_url="http://canbao.test") as client:
            clock = {"canbao-clock": "2019-11-20T10:00:00+08:00"}
            raw = await client.post("/v1/notifications", content=b"{}", headers=clock)
            behind = await client.get("/v1/things", headers=clock)
            numbers = (await client.get("/metrics")).text

        assert raw.text == "2019-11-20T10:00:00+08:00"
        assert raw.headers["correlation-id"]
        assert len(behind.headers.get_list("correlation-id")) == 1
        assert 'method="POST",route="/v1/notifications",status="202"' in numbers
