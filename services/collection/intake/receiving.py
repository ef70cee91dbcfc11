"""Takes notifications in front of the framework: verify, store with others in one commit, answer.

Raw ASGI, because at several thousand requests a second the request model of the framework would cost more
than all the rest. The OpenAPI document describes the endpoint all the same (api.py).
"""

import re
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from libs.common.clock import Clock
from libs.common.observability import traces
from libs.common.observability.requests import STORED_KEY
from libs.common.service import AsgiApp, AsgiMapping, AsgiReceive, AsgiSend
from libs.common.web.catalogue import BODY_TOO_LARGE, METHOD_NOT_ALLOWED, NOT_READY
from libs.common.web.errors import send_problem
from libs.common.web.frame import ROUTE_KEY
from libs.common.web.problems import Problem
from services.collection.channels.keyring import Keys
from services.collection.channels.port import PAYMENT, Answer, Channel
from services.collection.group_commit import Busy, GroupCommit, NotStored
from services.collection.intake.rules import Arrival, ContentConflict, Stored
from services.collection.metrics import CollectionMetrics
from services.collection.problems import CHANNEL_UNKNOWN, INTAKE_BUSY, TRANSACTION_CONFLICT
from services.collection.tallies.rules import Tallies

ROUTE = "/v1/channels/{channel}/notifications"
MAX_BODY_BYTES = 256 * 1024
_CHANNEL_KEY = "canbao.channel"
_PATH = re.compile(r"/v1/channels/([^/]+)/notifications")


class Intake:
    """The raw ASGI endpoint of all channels."""

    def __init__(
        self,
        keys: Keys,
        commits: GroupCommit[Arrival, Stored],
        clock: Clock,
        metrics: CollectionMetrics,
        tallies: Tallies,
        count: Callable[[AsgiMapping], None],
    ) -> None:
        """`count` raises Problem 429 for an address that sends faster than any channel does."""
        self._keys = keys
        self._commits = commits
        self._clock = clock
        self._metrics = metrics
        self._tallies = tallies
        self._count = count

    async def __call__(self, scope: AsgiMapping, receive: AsgiReceive, send: AsgiSend) -> None:
        scope[ROUTE_KEY] = ROUTE
        slug = scope.get(_CHANNEL_KEY) or channel_of(scope) or ""
        channel = self._keys.channels.get(slug)
        try:
            self._count(scope)
            if scope["method"] != "POST":
                raise METHOD_NOT_ALLOWED.problem(headers={"allow": "POST"})
            if channel is None:
                raise CHANNEL_UNKNOWN.problem()
            stored = await self._store(slug, channel, scope, receive)
        except Problem as problem:
            known = slug if channel is not None else "unknown"
            self._metrics.notifications(known, problem.type.slug).inc()
            if channel is not None:
                self._tallies.count(slug, problem.type.slug, self._clock.now())
            await self._refuse(channel, problem, scope, send)
            return
        outcome = "repeated" if stored.again else "stored"
        self._metrics.notifications(slug, outcome).inc()
        self._tallies.count(slug, outcome, self._clock.now())
        headers = [(b"canbao-repeated", b"true")] if stored.again else []
        await _send(channel.accepted(stored.notification_id), headers, send)

    async def _store(self, slug: str, channel: Channel, scope: AsgiMapping, receive: AsgiReceive) -> Stored:
        raw = await _body(receive)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        received_at = self._clock.now()
        notification = channel.read(raw, headers, now=int(time.time()), received_at=received_at)
        started = time.perf_counter()
        try:
            stored = await self._commits.store(Arrival(slug, notification, raw, received_at))
            self._metrics.intake_seconds(slug).observe(time.perf_counter() - started)
            if traces.on() and not stored.again and notification.kind == PAYMENT:
                scope[STORED_KEY] = f"payment-{stored.notification_id}"
            return stored
        except ContentConflict as conflict:
            raise TRANSACTION_CONFLICT.problem(conflicting=str(conflict)) from None
        except Busy:
            raise INTAKE_BUSY.problem(headers={"retry-after": "2"}) from None
        except NotStored:
            raise NOT_READY.problem(headers={"retry-after": "5"}) from None

    @staticmethod
    async def _refuse(channel: Channel | None, problem: Problem, scope: AsgiMapping, send: AsgiSend) -> None:
        own_words = channel.refused(problem) if channel is not None else None
        if own_words is None:
            await send_problem(problem, scope, send)
            return
        headers = [(name.encode(), value.encode()) for name, value in problem.headers.items()]
        await _send(own_words, headers, send)


class IntakeInFront:
    """The whole web application: notifications go to the intake, everything else to `api` (FastAPI)."""

    def __init__(self, api: FastAPI, intake: AsgiApp) -> None:
        self.api = api
        self._intake = intake

    def __call__(self, scope: AsgiMapping, receive: AsgiReceive, send: AsgiSend) -> Awaitable[None]:
        if scope["type"] == "http" and (channel := channel_of(scope)) is not None:
            scope[_CHANNEL_KEY] = channel
            return self._intake(scope, receive, send)
        return self.api(scope, receive, send)


def channel_of(scope: AsgiMapping) -> str | None:
    """The channel in the path, below whatever prefix the service is mounted; None for other paths."""
    match = _PATH.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
    return match[1] if match else None


async def _body(receive: AsgiReceive) -> bytes:
    """Read the whole body; raise Problem 413 for one that no notification needs."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body", False):
        parts, size = [body], len(body)
        while message.get("more_body", False):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > MAX_BODY_BYTES:
                break
        body = b"".join(parts)
    if len(body) > MAX_BODY_BYTES:
        raise BODY_TOO_LARGE.problem(max_body_bytes=MAX_BODY_BYTES, headers={"connection": "close"})
    return body


async def _send(answer: Answer, headers: list[tuple[bytes, bytes]], send: AsgiSend) -> None:
    own = [
        (b"content-type", answer.media_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": own + headers})
    await send({"type": "http.response.body", "body": answer.body})
