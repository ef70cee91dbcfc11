"""A request under a key takes effect once, whoever repeats it, and however many twins come at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Header
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.db.engine import create_engine
from libs.common.db.resealing import sealing_tables
from libs.common.db.sealing import Sealing
from libs.common.security.caller import Caller
from libs.common.security.wrapping import InstallationKeys
from libs.common.web import errors
from libs.common.web.catalogue import CONFLICT
from libs.common.web.idempotency import Key, answer, answered, idempotency_table, once
from libs.common.web.schemas import Answer, Body

AT = datetime(2020, 11, 20, 2, 0, tzinfo=UTC)


class Deposit(Body):
    amount_fen: int
    note: str = ""


class Deposited(Answer):
    deposit_id: int
    amount_fen: int


@pytest.fixture
async def engine(database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(await database("empty"), sealing=Sealing(InstallationKeys([b"k" * 32])))
    metadata = MetaData()
    idempotency_table(metadata)
    sealing_tables(metadata)
    async with engine.begin() as conn:
        await conn.run_sync(metadata.create_all)
        await conn.execute(
            text("CREATE TABLE deposits (id serial, amount_fen bigint CHECK (amount_fen <> 13))")
        )
    yield engine
    await engine.dispose()


@pytest.fixture
async def http(engine) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    errors.install(app)

    @app.post("/v1/deposits", status_code=201, response_model=Deposited)
    async def deposit(asked: Deposit, key: Key, caller: Annotated[str, Header()] = "window-1") -> object:
        async with engine.begin() as conn:
            request = once(Caller(caller, frozenset(), ""), key, asked)
            if (first := await answered(conn, request, AT)) is not None:
                return first
            if asked.amount_fen == 13:
                raise CONFLICT.problem()
            sql = text("INSERT INTO deposits (amount_fen) VALUES (:fen) RETURNING id")
            made = (await conn.execute(sql, {"fen": asked.amount_fen})).scalar_one()
            await asyncio.sleep(0.05)  # twins meet here
            return await answer(conn, request, Deposited(deposit_id=made, amount_fen=asked.amount_fen))

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def post(http: httpx.AsyncClient, fen: int, key: str | None = '"k-1"', path: str = "", **headers: str):
    headers |= {"idempotency-key": key} if key is not None else {}
    return http.post(f"/v1/deposits{path}", json={"amount_fen": fen}, headers=headers)


async def deposits(engine: AsyncEngine) -> int:
    async with engine.connect() as conn:
        return (await conn.execute(text("SELECT count(*) FROM deposits"))).scalar_one()


class TestRepeatedRequest:
    async def test_gets_the_first_answer_and_changes_nothing(self, http, engine):
        first, second = await post(http, 100), await post(http, 100)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content
        assert "canbao-repeated" not in first.headers
        assert second.headers["canbao-repeated"] == "true"
        assert await deposits(engine) == 1

    async def test_may_order_its_members_otherwise(self, http, engine):
        headers = {"idempotency-key": "k", "content-type": "application/json"}
        await http.post("/v1/deposits", content=b'{"amount_fen": 1, "note": "x"}', headers=headers)
        again = await http.post("/v1/deposits", content=b'{"note":"x","amount_fen":1}', headers=headers)
        assert again.headers["canbao-repeated"] == "true"
        assert await deposits(engine) == 1

    async def test_may_say_what_it_would_say_by_itself(self, http, engine):
        await post(http, 1, '"k"')
        said = {"amount_fen": 1, "note": ""}
        again = await http.post("/v1/deposits", json=said, headers={"idempotency-key": '"k"'})
        assert again.headers["canbao-repeated"] == "true"
        assert await deposits(engine) == 1

    async def test_waits_for_its_twin(self, http, engine):
        answers = await asyncio.gather(*(post(http, 100) for _ in range(5)))
        assert {response.content for response in answers} == {answers[0].content}
        assert sorted("canbao-repeated" in response.headers for response in answers) == [False] + [True] * 4
        assert await deposits(engine) == 1

    async def test_is_judged_anew_when_it_was_refused(self, http, engine):
        assert [(await post(http, 13)).status_code for _ in range(2)] == [409, 409]
        assert (await post(http, 14)).status_code == 201
        assert await deposits(engine) == 1


class TestUsedKey:
    async def test_is_refused_for_another_request(self, http, engine):
        await post(http, 100)
        refused = await post(http, 200)
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:canbao:problem:idempotency-key-reused"
        assert refused.json()["detail_zh"]
        assert await deposits(engine) == 1

    async def test_is_refused_for_other_parameters(self, http):
        await post(http, 100)
        assert (await post(http, 100, path="?dry_run=true")).status_code == 422

    async def test_belongs_to_its_caller(self, http, engine):
        answers = [await post(http, fen, caller=f"window-{fen}") for fen in (1, 2)]
        assert [response.status_code for response in answers] == [201, 201]
        assert await deposits(engine) == 2


class TestMissingKey:
    async def test_is_asked_for(self, http, engine):
        refused = await post(http, 100, key=None)
        assert refused.status_code == 400
        assert refused.json()["type"] == "urn:canbao:problem:idempotency-key-missing"
        assert await deposits(engine) == 0

    @pytest.mark.parametrize("key", ["", '""', '"two words"', '"' + "x" * 129 + '"', '"open'])
    async def test_is_not_made_up_from_what_can_be_none(self, http, key):
        refused = await post(http, 100, key=key)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "header/idempotency-key"
