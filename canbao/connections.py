"""Connections that nobody keeps open for nothing: requests that come slowly, or not at all, are ended.

uvicorn limits how long a connection rests between requests, by a timer for each answer, and nothing else.
Here a look every LOOK_SECONDS ends what rests too long, and what comes too slowly: a head of a request has to
be there in HEAD_SECONDS and be no longer than HEAD_BYTES, a body has to go on every BODY_PAUSE_SECONDS and be
whole in BODY_SECONDS, of an answer something has to be taken every ANSWER_PAUSE_SECONDS; how many connections
there are is limited, and how many of one address. The proxies that are believed stand for many addresses and
are counted in all alone.
"""

import asyncio
from collections.abc import Collection
from typing import Any, cast
from weakref import WeakKeyDictionary

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from libs.common.security.rates import is_listed

log = structlog.get_logger(__name__)

HEAD_SECONDS = 15.0
HEAD_BYTES = 64 * 1024
BODY_PAUSE_SECONDS = 30.0
#: A file of the largest size over a slow line of a village.
BODY_SECONDS = 900.0
#: Whoever takes nothing for so long would hold what the rest of the answer is made from: rows, a file.
ANSWER_PAUSE_SECONDS = 120.0
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


class _Heads:
    """Heads of answers that wait for the first of their bodies: until then, or the next turn of the loop."""

    def __init__(self) -> None:
        self._waiting: list[_Together] = []

    def add(self, one: "_Together", loop: asyncio.AbstractEventLoop) -> None:
        """Have the next turn send the head, should no body come: asked once for all of a turn."""
        if not self._waiting:
            loop.call_soon(self._send)
        self._waiting.append(one)

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.send_held()


#: By their loop: a process has one, and tests have many.
_HEADS: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Heads]" = WeakKeyDictionary()


class _Together:
    """A transport that sends the head of an answer with the first of its body: one packet, not two."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._heads = _HEADS.setdefault(loop, _Heads())
        self._held = b""
        #: Asked more than once for each request.
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send with what is held; else hold until the next write, or the next turn of the loop."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        else:
            self._held = data
            self._heads.add(self, self._loop)

    def close(self) -> None:
        """Send what is held, and close."""
        self.send_held()
        self._transport.close()

    def send_held(self) -> None:
        """Send what is held."""
        held, self._held = self._held, b""
        if held and not self.is_closing():  # whoever asked may have gone meanwhile
            self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class PatientConnection(HttpToolsProtocol):
    """A connection of uvicorn that waits for a request only so long, and holds only so much of its head."""

    _state = _HEAD
    _since = _began = 0.0
    _head_bytes = 0
    _untaken, _taken_at = 0, 0.0
    _request: RequestResponseCycle | None = None
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
        before = self._state
        super().data_received(data)
        if self.cycle is not self._request:  # its head is whole, and so is nearly always its body
            self._request = self.cycle
            if self.cycle.more_body:
                self._state = _BODY
                self._since = self._began = self.loop.time()
        elif before == _BODY:
            self._since = self.loop.time()
        else:
            self._part_of_a_head(len(data))

    def on_message_complete(self) -> None:
        self._state = _RESTS
        super().on_message_complete()

    def _part_of_a_head(self, size: int) -> None:
        if self._state == _RESTS:
            self._state, self._since, self._head_bytes = _HEAD, self.loop.time(), 0
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            self._end(431, "head too large")

    def on_response_complete(self) -> None:
        """Go on with what is in line; else rest, until `_look_at_it` ends it."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._since = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def _look_at_it(self) -> None:
        now = self.loop.time()
        if self._takes_nothing(now):
            log.warning("connection_ended", why="answer not taken", address=self._address)
            self.transport.abort()
        elif self.transport.is_closing():
            pass  # as soon as the rest of the answer is taken
        elif self._state == _HEAD and now - self._since >= HEAD_SECONDS:
            self._end(408, "no head of a request")
        elif self._state == _BODY and self._is_late(now):
            self._end(None, "body too slow")
        elif self._rests() and now - self._since >= self.timeout_keep_alive:
            self.transport.close()
        self._look = self.loop.call_later(LOOK_SECONDS, self._look_at_it)

    def _takes_nothing(self, now: float) -> bool:
        """Whether what waits to be taken of an answer has been the same for too long."""
        waiting = self.transport.get_write_buffer_size()
        if waiting == 0 or waiting != self._untaken:
            self._untaken, self._taken_at = waiting, now
        return now - self._taken_at >= ANSWER_PAUSE_SECONDS

    def _rests(self) -> bool:
        return self._state == _RESTS and self.cycle.response_complete

    def _is_late(self, now: float) -> bool:
        """Whether the sender lets us wait; while we do not read, it is we who are slow."""
        if self.flow.read_paused:
            self._since = now
        return now - self._since >= BODY_PAUSE_SECONDS or now - self._began >= BODY_SECONDS

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _end(self, status: int | None, why: str) -> None:
        log.warning("connection_ended", why=why, address=self._address)
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
