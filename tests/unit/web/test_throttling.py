"""Whoever asks faster than anybody needs waits for the end of the minute; everybody else is served."""

import re

import httpx
import pytest

from libs.common.security.throttle import BACKEND_FACTOR
from libs.common.settings import REPOSITORY, ServiceSettings
from services.collection.settings import CollectionSettings

ELSEWHERE, PROXY = "192.0.2.7", "10.9.0.1"
LIMIT = 3


def client(app, address):
    """A client at an address, as the server tells it to the application."""
    transport = httpx.ASGITransport(app, client=(address, 40_000))
    return httpx.AsyncClient(transport=transport, base_url="http://canbao.test")


def is_refused(answer):
    """Whether it is the problem that says in both languages how long to wait."""
    if answer.status_code != 429:
        return False
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == "urn:canbao:problem:too-many-requests" and body["detail"] and body["detail_zh"]
    assert 0 < int(answer.headers["retry-after"]) <= 60
    return True


@pytest.fixture
def limits(context):
    """Set the limits of the service."""

    def choose(**settings):
        context.settings = ServiceSettings(proxies=f"127.0.0.1,{PROXY}", **settings)

    return choose


class TestAddresses:
    @pytest.fixture(autouse=True)
    def few(self, limits):
        limits(address_requests_per_minute=LIMIT)

    async def test_ask_only_so_often_whatever_they_ask(self, limits, request):
        app = request.getfixturevalue("app")
        async with client(app, ELSEWHERE) as http, client(app, "192.0.2.8") as other:
            answers = [await http.get(path) for path in ("/v1/things", "/v1/nothing", "/v1/things")]
            assert [answer.status_code for answer in answers] == [200, 404, 200]
            assert is_refused(await http.get("/v1/things"))
            assert (await other.get("/v1/things")).status_code == 200
            assert 'canbao_requests_throttled_total{rate="address"} 1.0' in (await other.get("/metrics")).text

    async def test_that_ask_too_often_are_not_listened_to(self, request):
        read = []

        async def body():
            read.append(1)
            yield b"[]"

        async with client(request.getfixturevalue("app"), ELSEWHERE) as http:
            for _ in range(LIMIT):
                await http.get("/v1/things")
            answer = await http.post("/v1/things/1", content=body())

        assert is_refused(answer) and answer.headers["connection"] == "close"
        assert read == []

    async def test_of_proxies_stand_for_many_and_are_not_counted(self, request):
        async with client(request.getfixturevalue("app"), PROXY) as http:
            assert {(await http.get("/v1/things")).status_code for _ in range(10 * LIMIT)} == {200}

    async def test_can_always_be_told_whether_we_are_well(self, request):
        async with client(request.getfixturevalue("app"), ELSEWHERE) as http:
            for _ in range(LIMIT + 1):
                await http.get("/v1/things")
            for path in ("/healthz", "/readyz", "/metrics"):
                assert (await http.get(path)).status_code == 200


class TestTokens:
    @pytest.fixture(autouse=True)
    def few(self, limits):
        limits(token_requests_per_minute=LIMIT)

    async def test_ask_only_so_often_with_bodies_and_without(self, request, bearer, key):
        app, headers = request.getfixturevalue("app"), bearer("registration:write")
        other = {"authorization": f"Bearer {key.issue('another', ['registration:write'], '*')}"}
        async with client(app, PROXY) as http:
            answers = [await http.post("/v1/things/1", json=[], headers=headers) for _ in range(LIMIT + 1)]
            assert [answer.status_code for answer in answers[:-1]] == [200] * LIMIT
            assert is_refused(answers[-1])
            assert (await http.post("/v1/things/1", json=[], headers=other)).status_code == 200

    async def test_of_backends_ask_for_many_and_may_ask_more_often(self, request, bearer):
        app, headers = request.getfixturevalue("app"), bearer("registration:write", "orders:write")
        async with client(app, PROXY) as http:
            answers = [
                await http.post("/v1/things/1", json=[], headers=headers)
                for _ in range(LIMIT * BACKEND_FACTOR + 1)
            ]

        assert {answer.status_code for answer in answers[:-1]} == {200}
        assert is_refused(answers[-1])

    async def test_that_may_not_do_it_are_counted_too(self, request, bearer):
        app, headers = request.getfixturevalue("app"), bearer()
        async with client(app, PROXY) as http:
            answers = [await http.post("/v1/things/1", json=[], headers=headers) for _ in range(LIMIT + 1)]

        assert [answer.status_code for answer in answers] == [403] * LIMIT + [429]


def test_the_limit_of_callbacks_is_far_above_what_one_process_was_measured_to_store():
    """Of a bank with 64 connections; what is above is told to come again, and must be none of an evening."""
    text = (REPOSITORY / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    a_second = int(re.search(r"^\| intake \| ([0-9,]+) \|", text, re.MULTILINE)[1].replace(",", ""))

    assert CollectionSettings().callbacks_per_minute > 60 * a_second * 1.5
