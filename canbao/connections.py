"""Connections that nobody keeps open for nothing: requests that come slowly, or not at all, are ended.

uvicorn limits how long a connection rests between requests, and nothing else. A head of a request has to be
there in HEAD_SECONDS and be no longer than HEAD_BYTES, a body has to go on every BODY_PAUSE_SECONDS and be
whole in BODY_SECONDS; how many connections there are is limited, and how many of one address. The proxies
that are believed stand for many addresses and are counted in all alone.

The rest is for the intake, which answers thousands a second: what uvicorn does for each header is done
once for an answer, and what it does for each answer once for a connection.
"""

import asyncio
from collections.abc import Collection
from typing import Any, cast

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from libs.common.security.rates import is_listed

log = structlog.get_logger(__name__)

HEAD_SECONDS = 15.0
HEAD_BYTES = 64 * 1024
BODY_PAUSE_SECONDS = 30.0
#: A file of the largest size over a slow line of a village.
BODY_SECONDS = 900.0
CONNECTIONS = 2_000
CONNECTIONS_OF_AN_ADDRESS = 200
#: How often a connection is looked at while it is open.
LOOK_SECONDS = 5.0

_RESTS, _HEAD, _BODY = range(3)
_REFUSALS = {
    408: b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    431: b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    503: b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
}


class _Together:
    """A transport that sends the head of an answer with the first of its body: one packet, not two."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        """Send with what is held; else hold until the next write, or the end of this turn of the loop."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        else:
            self._held = data
            self._loop.call_soon(self._send_held)

    def write_at_once(self, data: bytes) -> None:
        """Send, with what is held."""
        held, self._held = self._held, b""
        self._transport.write(held + data)

    def close(self) -> None:
        """Send what is held, and close."""
        self._send_held()
        self._transport.close()

    def _send_held(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():  # whoever asked may have gone meanwhile
            self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


#: Names that need no look at their letters, and change nothing but the length of an answer.
_PLAIN = frozenset({b"date", b"content-type", b"content-length", b"correlation-id"})


class _Cycle(RequestResponseCycle):
    """A request and its answer; a plain answer is written in one go, anything else as uvicorn does it."""

    _head = b""

    async def send(self, message: Any) -> None:
        """Hold the head of a plain answer, and send it with the body."""
        if not self.response_started and (head := self._plain_head(message)):
            self._head = head
            return
        if self._head and not self.disconnected:
            head, self._head = self._head, b""
            if self._is_whole(message):
                self._complete(head + message["body"])
                return
            self.transport.write(head)
        await super().send(message)

    def _plain_head(self, message: Any) -> bytes:
        """The head of an answer that says its length and has no header but the usual; else nothing."""
        if message["type"] != "http.response.start" or not self.keep_alive or self.access_log:
            return b""
        lines, values, length = [STATUS_LINE[message["status"]]], [], None
        for name, value in (*self.default_headers, *message.get("headers", ())):
            if name not in _PLAIN:
                return b""
            if name == b"content-length":
                length = int(value)
            lines.append(b"%b: %b\r\n" % (name, value))
            values.append(value)
        if length is None or HEADER_VALUE_RE.search(b"".join(values)):
            return b""
        self.response_started, self.waiting_for_100_continue = True, False
        self.expected_content_length, self.chunked_encoding = length, False
        lines.append(b"\r\n")
        return b"".join(lines)

    def _is_whole(self, message: Any) -> bool:
        return (
            message["type"] == "http.response.body"
            and not message.get("more_body", False)
            and len(message.get("body", b"")) == self.expected_content_length > 0
            and self.scope["method"] != "HEAD"
            and not self.flow.write_paused
        )

    def _complete(self, answer: bytes) -> None:
        cast("_Together", self.transport).write_at_once(answer)
        self.expected_content_length, self.response_complete = 0, True
        self.message_event.set()
        if not self.keep_alive:  # the server began to stop meanwhile
            self.transport.close()
        self.on_response()


class PatientConnection(HttpToolsProtocol):
    """A connection of uvicorn that waits for a request only so long, and holds only so much of its head."""

    _state = _HEAD
    _since = _began = 0.0
    _head_bytes = 0
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", _Together(transport, self.loop)))
        self._since = self.loop.time()
        if _too_many(self, self.connections, self.config):
            self._end(503, "too many connections")
            return
        self._look = self.loop.call_later(LOOK_SECONDS, self._look_at_it)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._state == _RESTS:
            self._state, self._since, self._head_bytes = _HEAD, self.loop.time(), 0
        if self._state == _HEAD:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._state == _HEAD and self._head_bytes > HEAD_BYTES:
            self._end(431, "head too large")

    def on_headers_complete(self) -> None:
        self._state = _BODY
        self._since = self._began = self.loop.time()
        super().on_headers_complete()
        if self.cycle is not None:
            self.cycle.__class__ = _Cycle  # uvicorn has no setting for it; its task has not begun

    def on_body(self, body: bytes) -> None:
        self._since = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._state = _RESTS
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with what is in line; else rest, which `_look_at_it` ends: no timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._since = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def _look_at_it(self) -> None:
        now = self.loop.time()
        look = LOOK_SECONDS
        if self._state != _HEAD and self.cycle is not None and self.cycle.response_complete:
            look = self._since + self.timeout_keep_alive - now
            if look <= 0:
                self.transport.close()
                return
        if self._state == _HEAD and now - self._since >= HEAD_SECONDS:
            self._end(408, "no head of a request")
        elif self._state == _BODY and self._is_late(now):
            self._end(None, "body too slow")
        else:
            self._look = self.loop.call_later(min(look, LOOK_SECONDS), self._look_at_it)

    def _is_late(self, now: float) -> bool:
        """Whether the sender lets us wait; while we do not read, it is we who are slow."""
        if self.flow.read_paused:
            self._since = now
        return now - self._since >= BODY_PAUSE_SECONDS or now - self._began >= BODY_SECONDS

    def _end(self, status: int | None, why: str) -> None:
        log.warning("connection_ended", why=why, address=self.client[0] if self.client else "")
        if status is not None:
            self.transport.write(_REFUSALS[status])
        self.transport.close()


def _too_many(new: PatientConnection, all_of_them: Collection[object], config: Config) -> bool:
    if len(all_of_them) > CONNECTIONS:
        return True
    if new.client is None or _is_proxy(new.client[0], config.forwarded_allow_ips):
        return False
    of_it = [
        one
        for one in all_of_them
        if isinstance(one, PatientConnection) and one.client and one.client[0] == new.client[0]
    ]
    return len(of_it) > CONNECTIONS_OF_AN_ADDRESS


def _is_proxy(address: str, believed: list[str] | str | None) -> bool:
    """Whether an address is one of the proxies, which are addresses and networks, or all."""
    listed = believed if isinstance(believed, str) else ",".join(believed or ())
    return "*" in listed.split(",") or is_listed(address, listed)
