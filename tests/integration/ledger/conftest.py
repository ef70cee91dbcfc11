"""A desk from which facts are sent to the ledger as other services would publish them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from libs.common.bus.handling import Handling
from libs.common.bus.port import Message
from libs.common.clock import CLOCK_HEADER
from libs.common.events.envelope import Fact
from libs.common.testing.ledger_facts import COUNTY, YEAR, event_time
from services.ledger.definition import SERVICE
from services.ledger.facts.handlers import HANDLERS

BOOKS = {"county": COUNTY, "coverage_year": YEAR}


@dataclass
class Desk:
    """Sends facts, asks over HTTP, and reads what the ledger has."""

    context: Any
    app: Any
    http: Any
    numbers: Any = field(default_factory=lambda: count(1))
    county: str = COUNTY
    year: int = YEAR

    @property
    def books(self) -> dict[str, Any]:
        """Whose books are asked for."""
        return {"county": self.county, "coverage_year": self.year}

    def message(self, fact: Fact, number: int | None = None) -> Message:
        """The message that carries `fact`; with `number`, the same event again."""
        number = next(self.numbers) if number is None else number
        return Message(
            topic=fact.topic,
            partition=0,
            position=number,
            key=str(getattr(fact, "person_id", None) or getattr(fact, "payment_id", 0)),
            id=str(number),
            source=fact.topic.replace(".", "/"),
            type=fact.type,
            time=event_time(fact),
            data=fact.model_dump_json().encode(),
        )

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Handle messages as the consumer does, consecutive ones of a topic as one batch."""
        while messages:
            topic = messages[0].topic
            size = next((n for n, m in enumerate(messages) if m.topic != topic), len(messages))
            await Handling(self.context.engine, topic, HANDLERS[topic]).process(messages[:size])
            messages = messages[size:]
        assert await self.rows("SELECT reason, trace FROM dead_letters") == []

    async def send(self, *facts: Fact) -> None:
        """Deliver facts in their order."""
        await self.deliver([self.message(fact) for fact in facts])

    async def rows(self, statement: str, **parameters: Any) -> list[tuple]:
        """Read with SQL."""
        async with self.context.engine.connect() as conn:
            return [tuple(row) for row in await conn.execute(text(statement), parameters)]

    async def run(self, statement: str) -> None:
        """Change with SQL."""
        async with self.context.engine.begin() as conn:
            await conn.execute(text(statement))

    async def balances(self) -> dict[str, int]:
        """The balances that are not zero."""
        answer = await self.http.get("/v1/accounts", params=self.books)
        assert answer.status_code == 200, answer.text
        return {
            item["account"]: item["balance_fen"] for item in answer.json()["items"] if item["balance_fen"]
        }

    async def totals(self) -> dict[str, Any]:
        """The live totals."""
        answer = await self.http.get("/v1/totals", params=self.books)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def close(self, deadline: str, at: str, **body: Any) -> Any:
        """Ask to close a deadline at an instant; the answer."""
        return await self.http.post(
            f"/v1/handovers/{self.county}/{self.year}/{deadline}/close",
            json=body,
            headers={CLOCK_HEADER: f"{at}+08:00"},
        )

    async def closed(self, deadline: str, at: str) -> dict[str, Any]:
        """Close a deadline; what was sealed."""
        answer = await self.close(deadline, at)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def calendar(self, at: str) -> dict[str, str]:
        """The deadlines at an instant and how each is."""
        answer = await self.http.get(
            "/v1/handovers", params=self.books, headers={CLOCK_HEADER: f"{at}+08:00"}
        )
        assert answer.status_code == 200, answer.text
        return {item["deadline_id"]: item["state"] for item in answer.json()["items"]}

    async def recomputed(self, deadline: str) -> dict[str, Any]:
        """Have a sealed handover computed again."""
        answer = await self.http.get(f"/v1/handovers/{self.county}/{self.year}/{deadline}/verification")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def make_desk(service_context: Any, client: Any) -> Callable[..., Awaitable[Desk]]:
    """Make a desk on a ledger of its own."""

    async def make() -> Desk:
        context = await service_context("ledger")
        app = SERVICE.create_app(context)
        return Desk(context, app, await client(context, app=app))

    return make


@pytest.fixture
async def desk(make_desk: Any) -> AsyncIterator[Desk]:
    """A desk on an empty ledger."""
    yield await make_desk()
