"""A registration service on a real database, and the people of its tests (all generated)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from libs.common.bus.consumer import Received
from libs.common.bus.port import Message
from libs.common.db.rows import fetch_value, fetch_values, statement, value_of
from libs.common.events.envelope import Fact
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from services.registration.definition import SERVICE
from services.registration.imports.worker import import_next
from services.registration.tables import documents


def _message(fact: Fact, number: int) -> Message:
    at = datetime.fromisoformat("2020-06-01T10:00:00+08:00") + timedelta(seconds=number)
    return Message(fact.topic, 0, number, "k", str(number), "canbao/test", fact.type, at, b"{}")


@dataclass
class Registration:
    """The running service as a test sees it: HTTP, and its work done on demand."""

    context: Any
    http: Any
    app: Any
    make_client: Callable[..., Awaitable[Any]]
    told: int = 0

    async def client(self, **token: Any) -> Any:
        """An HTTP client with another token: `scopes`, `division`."""
        return await self.make_client(self.context, app=self.app, **token)

    async def at(self, moment: str) -> Any:
        """An HTTP client whose requests happen at a moment."""
        made = await self.client()
        made.headers["canbao-clock"] = moment
        return made

    async def post(self, path: str, body: Any, at: str = "2019-09-10T10:00:00+08:00") -> Any:
        return await self.http.post(path, json=body, headers={"canbao-clock": at})

    async def get(self, path: str, **query: Any) -> Any:
        return await self.http.get(path, params=query)

    async def register(self, *rows: dict[str, Any], at: str = "2019-09-10T10:00:00+08:00") -> dict[str, Any]:
        answer = await self.post("/v1/households:batch", list(rows), at)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def assess(self) -> int:
        """Assess all that wait."""
        assessor, done = Assessor(self.context.notices, self.context.digests.name), 0
        while number := await assess_batch(self.context, assessor):
            done += number
        return done

    async def run_imports(self) -> None:
        while await import_next(self.context):
            pass

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.context.engine.connect() as conn:
            return list((await conn.execute(text(sql), values)).all())

    async def value(self, sql: str, **values: Any) -> Any:
        return (await self.rows(sql, **values))[0][0]

    async def opened(self, sql: str, column: Any, **values: Any) -> list[str]:
        """The values of a sealed column, which the statement gives alone."""
        async with self.context.engine.connect() as conn:
            return await fetch_values(conn, str, statement(sql, column), **values)

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a type that were published so far."""
        found = await self.rows("SELECT data FROM outbox WHERE type LIKE :kind ORDER BY id", kind=f"%{kind}%")
        return [orjson.loads(row.data) for row in found]

    async def handle(self, handler: Any, *facts: Fact) -> None:
        """Hand facts to a handler as the consumer would, in one transaction; each is told a second later."""
        self.told += len(facts)
        batch = [
            Received(fact, _message(fact, number))
            for number, fact in enumerate(facts, start=self.told - len(facts))
        ]
        async with self.context.engine.begin() as conn:
            await handler.handle(conn, batch)

    async def enrollment(self, id_number: str, **query: Any) -> dict[str, Any]:
        """The enrollment of a person for 2020 (or `year`), as HTTP shows it."""
        year = query.pop("year", 2020)
        answer = await self.get(f"/v1/persons/{await self.person_id(id_number)}/enrollments/{year}", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def person_id(self, id_number: str) -> int:
        wanted = value_of(documents.c.number_digest, "number")
        async with self.context.engine.connect() as conn:
            query = statement(f"SELECT person_id FROM documents WHERE number_digest = {wanted}")
            found = await fetch_value(conn, int, query, number=id_number)
        assert found is not None, "nobody has this number"
        return found


@pytest.fixture
async def registration(service_context: Any, client: Any) -> Registration:
    """A registration service without its background work: tests do that themselves."""
    context = await service_context("registration", import_chunk=100)
    app = SERVICE.create_app(context)
    return Registration(context, await client(context, app=app), app, client)
