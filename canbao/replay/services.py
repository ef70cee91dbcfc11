"""Answers "where are the services and how is one called at an instant?": addresses, tokens, retries."""

import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
import orjson

from libs.common.clock import CLOCK_HEADER

NAMES = ("registration", "collection", "subsidy", "ledger")
_RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
#: A 500 is a process or database that was killed under a request, or a defect: not worth more attempts.
_MOST_FAILURES = 8
_CLIENTS = 64


class Refused(RuntimeError):
    """A service answered with a problem that a retry cannot mend."""

    def __init__(self, method: str, path: str, status: int, problem: Any) -> None:
        super().__init__(f"{method} {path} answered {status}: {problem}")
        self.status = status
        self.problem = problem


class Services:
    """The four services as a driver sees them: one or more addresses each, a token per role, patient retries.

    A connection that breaks (a process was killed) or a 5xx that asks to come back is tried again for up to
    `patience_seconds`; every request is safe to repeat by the services' own idempotency.
    """

    def __init__(
        self, addresses: Mapping[str, Sequence[str]], tokens: Mapping[str, str], patience_seconds: int = 120
    ) -> None:
        self.addresses = {name: [url.rstrip("/") for url in addresses[name]] for name in NAMES}
        self._turn = {name: itertools.cycle(urls) for name, urls in self.addresses.items()}
        self._tokens = dict(tokens)
        self._patience = patience_seconds
        # A pool looks at each of its connections for every request: many small pools beat a large one.
        self._clients = [
            httpx.AsyncClient(timeout=httpx.Timeout(120, connect=5), trust_env=False) for _ in range(_CLIENTS)
        ]
        self._idle: asyncio.Queue[httpx.AsyncClient] = asyncio.Queue()
        for client in self._clients:
            self._idle.put_nowait(client)

    async def __aenter__(self) -> "Services":
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.aclose()

    async def _request(self, method: str, url: str, **how: Any) -> httpx.Response:
        """Send with a client that nobody else uses meanwhile."""
        client = await self._idle.get()
        try:
            return await client.request(method, url, **how)
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
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> httpx.Response:
        """Send one request and return its answer; raise Refused for an error status not in `accept`."""
        sent = {"content-type": "application/json", **(headers or {})}
        if role is not None:
            sent["authorization"] = f"Bearer {self._tokens[role]}"
        if at is not None:
            sent[CLOCK_HEADER] = at.isoformat()
        payload = orjson.dumps(body) if body is not None else content
        until = time.monotonic() + self._patience
        pause, failures = 0.05, 0
        while True:
            url = next(self._turn[service]) + path
            try:
                answer = await self._request(method, url, content=payload, headers=sent)
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

    async def json(self, service: str, method: str, path: str, **how: Any) -> Any:
        """Send one request and return the JSON of its answer."""
        return orjson.loads((await self.send(service, method, path, **how)).content)

    async def _backlogs(self) -> list[dict[str, Any]]:
        answers = []
        for name in NAMES:
            for url in self.addresses[name]:
                headers = {"authorization": f"Bearer {self._tokens['operator']}"}
                answer = await self._request("GET", url + "/internal/backlog", headers=headers)
                answer.raise_for_status()
                answers.append(answer.json())
        return answers

    async def wait_until_quiet(self, on_progress: Any = None, timeout_seconds: int = 3600) -> None:
        """Return when no service has anything left to do.

        Twice in a row nothing may be pending and no counter may have moved between: a single look at several
        processes could miss an event on its way from one to another.
        """
        until = time.monotonic() + timeout_seconds
        before: Any = None
        pause = 0.02
        while time.monotonic() < until:
            try:
                snapshots = await self._backlogs()
            except (httpx.HTTPError, ValueError):
                before = None
                await asyncio.sleep(0.5)
                continue
            pending = sum(sum(snapshot["pending"].values()) for snapshot in snapshots)
            counters = [snapshot["counters"] for snapshot in snapshots]
            if on_progress is not None:
                on_progress(pending)
            if pending == 0 and counters == before:
                return
            before = counters if pending == 0 else None
            await asyncio.sleep(0.02 if pending == 0 else pause)
            pause = min(pause * 1.5, 0.5)
        raise TimeoutError(f"services still had work after {timeout_seconds} seconds")
