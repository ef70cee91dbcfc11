"""A registration service on a real database, and the people of its tests (all generated)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.identity import compose_resident_id
from services.registration.assessments.assessor import Assessor
from services.registration.assessments.worker import assess_batch
from services.registration.imports.worker import import_next

VILLAGE = "350426101203"
OTHER_VILLAGE = "350426102201"

_numbers = count(1)


def number(born: str = "1980-06-15", sex: str = "female") -> str:
    """A resident ID number that nobody else in the tests has."""
    sequence = next(_numbers) * 2 + (sex == "male")
    return compose_resident_id(f"3504{26 + sequence // 1000:02d}", date.fromisoformat(born), sequence % 1000)


def member(name: str = "张三", id_number: str | None = None, **facts: Any) -> dict[str, Any]:
    """A member of a household row."""
    given = id_number or number(facts.pop("born", "1980-06-15"), facts.pop("sex", "female"))
    return {"name": name, "documents": [{"type": "resident_id", "number": given}], **facts}


def household(
    no: str, *members: dict[str, Any], county: str = "youxi", year: int = 2020, **more: Any
) -> dict[str, Any]:
    """A household row whose first member is the head."""
    people = list(members) or [member()]
    return {
        "household_no": no,
        "division_code": VILLAGE,
        "head": people[0]["documents"][0]["number"],
        "members": people,
        "enroll": {"county": county, "year": year},
    } | more


@dataclass
class Registration:
    """The running service as a test sees it: HTTP, and its work done on demand."""

    context: Any
    http: Any
    make_client: Callable[..., Awaitable[Any]]

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

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a type that were published so far."""
        import orjson

        found = await self.rows("SELECT data FROM outbox WHERE type LIKE :kind ORDER BY id", kind=f"%{kind}%")
        return [orjson.loads(row.data) for row in found]

    async def person_id(self, id_number: str) -> int:
        return await self.value("SELECT person_id FROM documents WHERE number = :number", number=id_number)


@pytest.fixture
async def registration(service_context: Any, client: Any) -> Registration:
    """A registration service without its background work: tests do that themselves."""
    context = await service_context("registration", import_chunk=100)
    return Registration(context, await client(context), client)


def at(text_: str) -> datetime:
    """An instant from its text."""
    return datetime.fromisoformat(text_)
