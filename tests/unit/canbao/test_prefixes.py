"""The all-in-one process hands requests on as a reverse proxy would."""

import httpx
import pytest

from canbao.allinone import Prefixes, index_page


def echo(name: str):
    async def app(scope, receive, send):
        body = f"{name} {scope['root_path']} {scope['path']}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


@pytest.fixture
async def http():
    app = Prefixes({f"/{name}": echo(name) for name in ("collection", "ledger")}, index_page())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://canbao.test") as client:
        yield client


class TestPrefixes:
    @pytest.mark.parametrize(
        ("path", "answer"),
        [
            ("/collection/v1/orders", "collection /collection /collection/v1/orders"),
            ("/ledger", "ledger /ledger /ledger"),
            ("/ledger/", "ledger /ledger /ledger/"),
        ],
    )
    async def test_choose_the_service_and_keep_the_path(self, http, path, answer):
        assert (await http.get(path)).text == answer

    @pytest.mark.parametrize("path", ["/v1/orders", "/collections/v1", "/favicon.ico"])
    async def test_say_which_prefixes_there_are(self, http, path):
        answer = await http.get(path)

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert "/collection" in answer.json()["detail"]
        assert answer.json()["detail_zh"]

    async def test_show_where_the_documentation_is(self, http):
        page = (await http.get("/")).text

        for name in ("registration", "collection", "subsidy", "ledger"):
            assert f'href="/{name}/openapi.json"' in page
            assert f'href="/{name}/docs"' in page
