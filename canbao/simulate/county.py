"""One county's services in this process, whose messages travel only when, and as, somebody says.

Requests go through the real web applications, and events through the real outboxes, inboxes and handlers;
only the bus between them is a courier that may double, delay and reorder what it carries. So a life can be
played step by step and again exactly as before.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

import httpx
from pydantic import JsonValue
from sqlalchemy import RowMapping, text

from canbao.simulate.courier import Courier
from canbao.simulator.standard_webhook import WebhookSender
from libs.common.bus.handling import Handling, Patience, TopicHandler
from libs.common.bus.port import Message
from libs.common.service import AnyContext
from services.collection.assembly import CollectionParts
from services.registration.assessments.assessing import Assessor
from services.registration.assessments.worker import assess_batch
from services.registration.elsewhere.looking_again import look_step

#: A message that cannot be handled is a fault of ours here: nothing is tried for long.
_PATIENCE = Patience(tries=1, collision_tries=3, first_wait_seconds=0.01)


class StepRefused(Exception):
    """A service refused what should have been possible."""


@dataclass
class Running:
    """One service: its context, its web application, and how far its outbox was read."""

    context: AnyContext
    http: httpx.AsyncClient
    handlings: Mapping[str, Handling]
    read_to: int = 0
    #: Up to which parked message somebody was told.
    parked_to: int = 0
    #: Whether its workers may have something to do, and whether it may have published something.
    stirred: bool = True
    spoke: bool = True

    def stir(self) -> None:
        """Note that it was told something."""
        self.stirred = self.spoke = True

    async def rows(self, sql: str, **parameters: object) -> Sequence[RowMapping]:
        """Read from its database, beside what it does itself."""
        lasting = self.context.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with lasting.connect() as conn:
            return (await conn.execute(text(sql), parameters)).mappings().all()


@dataclass
class County:
    """The services of one county, stepped by hand. `sender` signs for the channel `tax`."""

    services: Mapping[str, Running]
    sender: WebhookSender
    courier: Courier = field(default_factory=Courier)
    assessor: Assessor | None = None
    #: The token of a second officer, for what the first may not do alone.
    second: str | None = None

    async def ask(
        self,
        service: str,
        method: str,
        path: str,
        at: datetime,
        body: JsonValue = None,
        *,
        token: str | None = None,
        **query: str | int,
    ) -> httpx.Response:
        """Send one request at an instant of the season."""
        headers = {"canbao-clock": at.isoformat(), "idempotency-key": f'"{uuid.uuid4()}"'}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        running = self.services[service]
        running.stir()
        return await running.http.request(method, path, json=body, params=query, headers=headers)

    async def expect(
        self, service: str, method: str, path: str, at: datetime, body: JsonValue = None, **more: Any
    ) -> Any:
        """The same, for what has to work; gives the answer. Raises StepRefused."""
        answer = await self.ask(service, method, path, at, body, **more)
        if answer.status_code >= 400:
            raise StepRefused(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def send_file(self, service: str, path: str, at: datetime, content: bytes) -> None:
        """Send a CSV file, which has to be taken. Raises StepRefused."""
        headers = {"canbao-clock": at.isoformat(), "idempotency-key": f'"{uuid.uuid4()}"'}
        running = self.services[service]
        running.stir()
        answer = await running.http.post(
            path, content=content, headers=headers | {"content-type": "text/csv"}
        )
        if answer.status_code >= 400:
            raise StepRefused(f"POST {path}: {answer.status_code} {answer.text}")

    async def pay(self, payment: Mapping[str, JsonValue], at: datetime) -> httpx.Response:
        """Have the channel tell of a payment, received at an instant."""
        signed = self.sender.payment(payment)
        return await self._notify(signed.path, signed.body, signed.headers, at)

    async def tell(self, kind: str, data: Mapping[str, JsonValue], at: datetime) -> httpx.Response:
        """Have the channel tell of anything else, such as a refund."""
        signed = self.sender.event(kind, data)
        return await self._notify(signed.path, signed.body, signed.headers, at)

    async def _notify(
        self, path: str, body: bytes, headers: Mapping[str, str], at: datetime
    ) -> httpx.Response:
        self.services["collection"].stir()
        return await self.services["collection"].http.post(
            path, content=body, headers={**headers, "canbao-clock": at.isoformat()}
        )

    async def settle(self, *, look: bool = True) -> None:
        """Work and deliver until nothing is left to do; then `look` whether a message was parked."""
        quiet = False
        while not quiet:
            worked = await self.work()
            await self.collect()
            delivered = await self.deliver()
            while self.courier.goes_on():
                await self.deliver()
            quiet = not worked and not delivered and self.courier.empty
        if look:
            await self.nothing_parked()

    async def work(self) -> bool:
        """Do what the services' own workers do, once; say whether there was anything."""
        worked = False
        for name, work in (("registration", self._register), ("collection", self._match)):
            running = self.services[name]
            if running.stirred:
                running.stirred = await work()
                running.spoke |= running.stirred
                worked |= running.stirred
        return worked

    async def _register(self) -> bool:
        registration = self.services["registration"].context
        if self.assessor is None:
            self.assessor = Assessor(registration.notices, registration.digests.name)
        looked = await look_step(registration)  # type: ignore[arg-type]  # its own
        assessed = await assess_batch(registration, self.assessor)  # type: ignore[arg-type]  # its own
        return looked is not None or bool(assessed)

    async def _match(self) -> bool:
        parts = self.services["collection"].context.parts
        assert isinstance(parts, CollectionParts)
        return bool(await parts.matcher.match_next())

    async def collect(self) -> None:
        """Hand what the services published since to the courier."""
        for name, running in self.services.items():
            for message in await self._published(name, running) if running.spoke else ():
                for consumer, other in self.services.items():
                    if message.topic in other.handlings:
                        self.courier.take(consumer, message)

    async def _published(self, name: str, running: Running) -> list[Message]:
        running.spoke = False
        rows = await running.rows(
            "SELECT * FROM outbox WHERE id > :read_to ORDER BY id", read_to=running.read_to
        )
        messages = [_message(name, row) for row in rows]
        if messages:
            running.read_to = messages[-1].position
        return messages

    async def deliver(self) -> bool:
        """Deliver what the courier brings next."""
        consumer, topic, messages = self.courier.next()
        if not messages:
            return False
        running = self.services[consumer]
        await running.handlings[topic].process(messages)
        running.stir()
        return True

    async def nothing_parked(self) -> None:
        """Raise StepRefused for a message that was parked since the last look."""
        for name, running in self.services.items():
            new = await running.rows(
                "SELECT id, type, reason, trace FROM dead_letters WHERE id > :seen ORDER BY id",
                seen=running.parked_to,
            )
            if new:
                running.parked_to = new[-1]["id"]
                first = new[0]
                told = f"{name} cannot handle {first['type']}: {first['reason']}\n{first['trace']}"
                raise StepRefused(told)


def _message(name: str, row: RowMapping) -> Message:
    return Message(
        topic=f"canbao.{name}",
        partition=0,
        position=row["id"],
        key=row["key"],
        id=str(row["id"]),
        source=f"canbao/{name}",
        type=row["type"],
        time=row["time"],
        data=row["data"].encode(),
        subject=row["subject"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
    )


def run_service(context: AnyContext, app: Any, token: str) -> Running:
    """Make the runner of one service."""
    handlers: Mapping[str, TopicHandler] = import_module(f"services.{context.name}.app").HANDLERS
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://canbao.invalid",
        headers={"authorization": f"Bearer {token}"},
    )
    handlings = {
        topic: Handling(context.engine, topic, handler, _PATIENCE) for topic, handler in handlers.items()
    }
    return Running(context, http, handlings)


def county_of(
    contexts: Sequence[AnyContext], app_of: Callable[[AnyContext], Any], token: str, sender: WebhookSender
) -> County:
    """Put the services of one county together."""
    return County({c.name: run_service(c, app_of(c), token) for c in contexts}, sender)
