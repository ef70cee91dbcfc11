"""What happens around every request, framework or not: correlation, clock, size limit, metrics, access log.

One plain ASGI layer, because the intake of notifications is too hot for five. It may be put around a raw ASGI
application that falls through to a framed one: the inner frame then steps aside.
"""

from collections.abc import Awaitable, Mapping
from datetime import datetime
from time import perf_counter

import structlog
from starlette.exceptions import HTTPException

from libs.common.clock import CLOCK_HEADER, SHANGHAI, MovableClock
from libs.common.db.trouble import is_collision, is_outage, is_unstorable
from libs.common.observability.correlation import (
    CORRELATION_HEADER,
    accept_correlation_id,
    end_correlation,
    start_correlation,
)
from libs.common.observability.logs import log_request, name_service, unname_service
from libs.common.observability.requests import RequestSpan, begin_request
from libs.common.service import AnyContext, AsgiApp, AsgiMapping, AsgiReceive, AsgiSend
from libs.common.web.catalogue import (
    BODY_TOO_LARGE,
    CLOCK_INVALID,
    CLOCK_NOT_MOVABLE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    NOT_READY,
)
from libs.common.web.errors import problem_of_status, send_problem
from libs.common.web.problems import Problem
from libs.common.web.schemas import EARLIEST, LATEST

log = structlog.get_logger(__name__)

#: Set by a raw ASGI endpoint so that metrics know its route template.
ROUTE_KEY = "canbao.route"
_FRAMED_KEY = "canbao.framed"

_CLOCK = CLOCK_HEADER.encode()
_CORRELATION = CORRELATION_HEADER.encode()
_WANTED = frozenset({b"content-length", b"traceparent", _CLOCK, _CORRELATION})
_Headers = Mapping[bytes, bytes]

#: A database that was restarted is back within seconds.
_COME_BACK = {"retry-after": "2"}

MEBIBYTE = 1024 * 1024
# Asked every few seconds by machines; they would drown the rest of the log.
_UNLOGGED = frozenset({"/healthz", "/readyz", "/metrics", "/internal/backlog"})


class RequestFrame:
    """Wraps an ASGI application. `larger_bodies` maps a path prefix to its own limit in bytes."""

    def __init__(
        self,
        app: AsgiApp,
        context: AnyContext,
        max_body_bytes: int = 16 * MEBIBYTE,
        larger_bodies: Mapping[str, int] | None = None,
    ) -> None:
        self._app = app
        self._context = context
        self._max_body_bytes = max_body_bytes
        self._larger_bodies = dict(larger_bodies or {})

    async def __call__(self, scope: AsgiMapping, receive: AsgiReceive, send: AsgiSend) -> None:
        if scope["type"] != "http" or _FRAMED_KEY in scope:
            await self._app(scope, receive, send)
            return
        scope[_FRAMED_KEY] = True
        started = perf_counter()
        headers = {name: value for name, value in scope["headers"] if name in _WANTED}
        traceparent = _text(headers, b"traceparent")
        identifier = accept_correlation_id(_text(headers, _CORRELATION), traceparent)
        answer = _Answer(send, identifier)
        correlation, service = start_correlation(identifier), name_service(self._context.name)
        traced = begin_request(identifier, traceparent)
        try:
            receive = self._limited(scope, headers, receive)
            if (moved := _text(headers, _CLOCK)) is None:
                await self._app(scope, receive, answer)
            else:
                with self._movable_clock().at(_instant(moved)):
                    await self._app(scope, receive, answer)
        except Exception as error:
            await _answer_failed(error, scope, answer)
        finally:
            self._account(scope, identifier, answer.status, perf_counter() - started, traced)
            unname_service(service)
            end_correlation(correlation)

    def _movable_clock(self) -> MovableClock:
        clock = self._context.clock
        if not isinstance(clock, MovableClock):
            raise CLOCK_NOT_MOVABLE.problem()
        return clock

    def _limited(self, scope: AsgiMapping, headers: _Headers, receive: AsgiReceive) -> AsgiReceive:
        limit = self._limit(scope)
        declared = headers.get(b"content-length", b"")
        if declared.isdigit():
            if int(declared) > limit:
                raise BODY_TOO_LARGE.problem(max_body_bytes=limit, headers={"connection": "close"})
            return receive  # the server holds the client to the length it declared
        size = 0

        async def counted() -> AsgiMapping:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                # FastAPI lets only this exception through while it reads a body.
                raise HTTPException(413)
            return message

        return counted

    def _limit(self, scope: AsgiMapping) -> int:
        if not self._larger_bodies:
            return self._max_body_bytes
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        larger = [size for prefix, size in self._larger_bodies.items() if path.startswith(prefix)]
        return max([self._max_body_bytes, *larger])

    def _account(
        self,
        scope: AsgiMapping,
        identifier: str,
        status: int | None,
        seconds: float,
        traced: RequestSpan | None,
    ) -> None:
        route = str(scope.get(ROUTE_KEY) or getattr(scope.get("route"), "path", "unmatched"))
        status = status or 499  # the client went away before there was an answer
        self._context.metrics.request(scope["method"], route, status, seconds)
        if route not in _UNLOGGED:
            milliseconds = round(seconds * 1000, 2)
            log_request(identifier, scope["method"], scope["path"], route, status, milliseconds)
        if traced is not None:
            traced.end(scope, route, status, kept=route not in _UNLOGGED)


class _Answer:
    """Sends on, adds the correlation id, and remembers the status."""

    __slots__ = ("_identifier", "_send", "status")

    def __init__(self, send: AsgiSend, identifier: str) -> None:
        self._send = send
        self._identifier = identifier
        self.status: int | None = None

    def __call__(self, message: AsgiMapping) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = (_CORRELATION, self._identifier.encode())
            message = {**message, "headers": [*message.get("headers", ()), own]}
        return self._send(message)


async def _answer_failed(error: Exception, scope: AsgiMapping, answer: _Answer) -> None:
    """Say what was wrong; raise the error where half an answer is out."""
    if isinstance(error, Problem):
        await send_problem(error, scope, answer)
        return
    if isinstance(error, HTTPException):  # raised by `_limited` where no framework catches it
        await send_problem(problem_of_status(error.status_code), scope, answer)
        return
    # Whoever lost against another transaction has changed nothing, and may come again.
    away = is_outage(error) or is_collision(error)
    log.error("request_failed", method=scope["method"], path=scope["path"], exc_info=not away, away=away)
    if answer.status is not None:
        raise error  # only closing the connection tells the client
    await send_problem(_problem_of(error, away), scope, answer)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise CLOCK_INVALID.problem() from None
    if instant.tzinfo is None or not EARLIEST <= instant < LATEST:
        raise CLOCK_INVALID.problem()
    return instant.astimezone(SHANGHAI)  # offsets that no clock has are beyond what the database reads


def _problem_of(error: Exception, away: bool) -> Problem:
    if away:
        return NOT_READY.problem(headers=_COME_BACK)
    if is_unstorable(error):
        return INVALID_REQUEST.problem(
            "A text holds a character that cannot be stored (NUL, half a surrogate pair), or a number is too"
            " large. Remove it and send the request again.",
            "文本中含有无法存储的字符（如空字符），或数值过大。请改正后重新提交。",
        )
    return INTERNAL_ERROR.problem()


def _text(headers: _Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")
