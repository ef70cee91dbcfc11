"""The services as a driver calls them, each request at an instant: addresses, tokens, retries."""

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import httpx
import orjson
from pydantic import BaseModel, JsonValue, TypeAdapter

from canbao.definitions import SEASON
from libs.common.clock import CLOCK_HEADER

Shape = TypeVar("Shape", bound=BaseModel)
JsonObject = dict[str, JsonValue]

_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)

_RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
#: A 500 is a process or database that was killed under a request, or a defect: not worth more attempts.
_MOST_FAILURES = 8
_CLIENTS = 64
_BACKLOG = "/internal/backlog"
#: A proxy does not let anybody through, or the token is none of this service: asking again mends nothing.
_HIDDEN = frozenset({401, 403, 404})
_ASK_INSIDE = "behind a proxy, say with --inside where the services themselves are"


class Refused(RuntimeError):
    """A service answered with a problem that a retry cannot mend."""

    def __init__(self, method: str, path: str, status: int, problem: str) -> None:
        super().__init__(f"{method} {path} answered {status}: {problem}")
        self.status = status
        self.problem = problem


class _Backlog(BaseModel):
    """What a process has still to do, and has done, by name."""

    pending: dict[str, int]
    counters: dict[str, int]


class Services:
    """The services as a driver sees them: one or more addresses each, a token per role, patient retries.

    A connection that breaks (a process was killed) or a 5xx that asks to come back is tried again for up to
    `patience_seconds`, under the same idempotency key: whatever was carried out already is not done twice.
    `inside` is where the instances themselves are, when `addresses` are those of a proxy that hides what is
    for machines only; `authority` is a file with the certificate of whoever signed the proxy's.
    """

    def __init__(
        self,
        addresses: Mapping[str, Sequence[str]],
        tokens: Mapping[str, str],
        patience_seconds: int = 120,
        *,
        inside: Mapping[str, Sequence[str]] | None = None,
        authority: Path | None = None,
    ) -> None:
        self.addresses = {name: [url.rstrip("/") for url in addresses[name]] for name in SEASON}
        self._inside = {
            name: [url.rstrip("/") for url in urls] for name, urls in (inside or addresses).items()
        }
        self._turn = {name: itertools.cycle(urls) for name, urls in self.addresses.items()}
        self._tokens = dict(tokens)
        self._patience = patience_seconds
        # A pool looks at each of its connections for every request: many small pools beat a large one.
        timeout, trusted = httpx.Timeout(120, connect=5), httpx.create_ssl_context(trust_env=False)
        if authority is not None:
            trusted.load_verify_locations(authority)
        self._clients = [
            httpx.AsyncClient(timeout=timeout, trust_env=False, verify=trusted) for _ in range(_CLIENTS)
        ]
        self._idle: asyncio.Queue[httpx.AsyncClient] = asyncio.Queue()
        for client in self._clients:
            self._idle.put_nowait(client)

    async def __aenter__(self) -> "Services":
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.aclose()

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """Send with a client that nobody else uses meanwhile."""
        client = await self._idle.get()
        try:
            return await client.request(method, url, content=content, headers=headers)
        finally:
            self._idle.put_nowait(client)

    async def send(
        self,
        service: str,
        method: str,
        path: str,
        *,
        at: datetime | None = None,
        role: str | None = "operator",
        content: bytes | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> httpx.Response:
        """Send one request and return its answer; raise Refused for an error status not in `accept`.

        `key` is the idempotency key of what makes or changes something: the same whenever it is sent again.
        """
        sent = self._headers(role, at, key) | {"content-type": "application/json", **(headers or {})}
        payload = orjson.dumps(body) if body is not None else content
        until = time.monotonic() + self._patience
        pause, failures = 0.05, 0
        while True:
            url = next(self._turn[service]) + path
            try:
                answer = await self._request(method, url, sent, payload)
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            else:
                if answer.status_code < 400 or answer.status_code in accept:
                    return answer
                failures += answer.status_code == 500
                hopeless = time.monotonic() > until or failures >= _MOST_FAILURES
                if answer.status_code not in _RETRY_STATUSES or hopeless:
                    raise Refused(method, path, answer.status_code, answer.text[:2000])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _headers(self, role: str | None, at: datetime | None, key: str | None) -> dict[str, str]:
        sent = {} if role is None else {"authorization": f"Bearer {self._tokens[role]}"}
        if at is not None:
            sent[CLOCK_HEADER] = at.isoformat()
        if key is not None:
            sent["idempotency-key"] = f'"{key}"'
        return sent

    async def get(
        self,
        shape: type[Shape],
        service: str,
        path: str,
        *,
        at: datetime | None = None,
        role: str = "operator",
    ) -> Shape:
        """Ask for something and read the answer as `shape`; members that it does not name are passed over."""
        return read(shape, await self.send(service, "GET", path, at=at, role=role))

    async def document(self, service: str, path: str) -> JsonValue:
        """Ask for something and give the whole answer."""
        return _JSON.validate_json((await self.send(service, "GET", path)).content)

    async def _backlogs(self) -> list[_Backlog]:
        """What each has left to do, up to the first that has something: then it is not quiet anyhow."""
        answers: list[_Backlog] = []
        for urls in self._inside.values():
            for url in urls:
                headers = {"authorization": f"Bearer {self._tokens['operator']}"}
                answer = await self._request("GET", url + _BACKLOG, headers)
                if answer.status_code in _HIDDEN:
                    raise Refused("GET", url + _BACKLOG, answer.status_code, _ASK_INSIDE)
                answer.raise_for_status()
                answers.append(read(_Backlog, answer))
                if sum(answers[-1].pending.values()):
                    return answers
        return answers

    async def wait_until_quiet(
        self, on_progress: Callable[[int], None] | None = None, timeout_seconds: int = 3600
    ) -> None:
        """Return when no service has anything left to do.

        Twice in a row nothing may be pending and no counter may have moved between: a single look at several
        processes could miss an event on its way from one to another.
        """
        began = time.monotonic()
        before: list[dict[str, int]] | None = None
        pause = 0.02
        while (waited := time.monotonic() - began) < timeout_seconds:
            try:
                snapshots = await self._backlogs()
            except (httpx.HTTPError, ValueError):
                before = None
                await asyncio.sleep(0.5)
                continue
            pending = sum(sum(snapshot.pending.values()) for snapshot in snapshots)
            counters = [snapshot.counters for snapshot in snapshots]
            if on_progress is not None:
                on_progress(pending)
            if pending == 0 and counters == before:
                return
            before = counters if pending == 0 else None
            await asyncio.sleep(0.02 if pending == 0 else pause)
            # To count what waits takes from the work that is waited for: less often the longer that takes.
            pause = min(pause * 1.5, max(0.5, min(waited / 50, 2.0)))
        raise TimeoutError(f"services still had work after {timeout_seconds} seconds")


def read(shape: type[Shape], answer: httpx.Response) -> Shape:
    """Read the JSON of an answer as `shape`."""
    return shape.model_validate_json(answer.content)
