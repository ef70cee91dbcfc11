"""A played season of two counties, and everybody who asks about it: townships, counties, another county."""

import asyncio
import re
import uuid
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from canbao.context import Platform
from canbao.definitions import SERVICES, definition
from canbao.documents import application, openapi_of
from libs.common.security.scopes import SCOPES
from libs.common.settings import CommonSettings

#: Whose token has which division: two townships of each county, the counties, a county in which nothing was
#: played, and everywhere.
DIVISIONS = {
    "everywhere": "",
    "youxi": "350426",
    "youxi A": "350426100",
    "youxi B": "350426101",
    "huining": "620422",
    "huining A": "620422100",
    "huining B": "620422101",
    "elsewhere": "431122",
}
COUNTIES = {"youxi": ("350426", 2020), "huining": ("620422", 2021)}
#: What is written down of every request, refused ones too.
AUDIT = frozenset({"person_lookups", "failed_guesses", "idempotency_keys", "lookup_seals"})

_CODE = re.compile(r"\d{12}")
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dX](?!\d)")


@dataclass
class Played:
    """All services over the played data, without workers: what is changed, a request changed."""

    http: Mapping[str, httpx.AsyncClient]
    contexts: Mapping[str, Any]
    key: Any
    #: Who lives where, and who has which number.
    people: dict[int, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)

    def token(self, who: str, **more: str) -> str:
        """A token with every scope for the division of `who`."""
        return str(self.key.issue(f"officer of {who}", list(SCOPES), DIVISIONS[who] or "*", **more))

    async def ask(self, service: str, method: str, path: str, who: str, **more: Any) -> httpx.Response:
        """Ask once, as `who`."""
        headers = {
            "authorization": f"Bearer {self.token(who, **more.pop('claims', {}))}",
            "idempotency-key": f'"{uuid.uuid4()}"',
            **more.pop("headers", {}),
        }
        return await self.http[service].request(method, path, headers=headers, **more)

    async def listed(self, service: str, path: str, **query: Any) -> list[dict[str, Any]]:
        """What a list has for everybody; nothing where it cannot be asked so."""
        answer = await self.ask(service, "GET", path, "everywhere", params=query)
        if answer.status_code != 200 or "json" not in answer.headers["content-type"]:
            return []
        return [one for one in answer.json().get("items", []) if isinstance(one, dict)]

    async def written(self, service: str) -> dict[str, tuple[int, int]]:
        """How many rows each table has, and a sum over all that stands in them."""
        async with self.contexts[service].engine.connect() as conn:
            if service not in self.tables:
                found = await conn.execute(
                    text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                )
                self.tables[service] = sorted({one.tablename for one in found} - AUDIT)
            parts = [
                f"SELECT '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0) / 4096), 0)"
                f' FROM "{name}" t'
                for name in self.tables[service]
            ]
            rows = await conn.execute(text(" UNION ALL ".join(parts)))
            return {name: (count, int(total)) for name, count, total in rows}

    def strays(self, answer: httpx.Response, division: str) -> set[str]:
        """What an answer tells of places that do not lie in a division."""
        body = answer.content
        if body[:2] == b"PK":
            with zipfile.ZipFile(BytesIO(body)) as book:
                body = b"".join(book.read(name) for name in book.namelist() if name.endswith(".xml"))
        elif body and answer.headers.get("content-type", "").startswith("application/json"):
            return {found for found in self._of_json(answer.json()) if not self._within(found, division)}
        numbers = _ID_NUMBER.findall(body.decode("utf-8", "replace"))
        return {one for one in numbers if not self.numbers.get(one, division).startswith(division)}

    def _of_json(self, value: Any, name: str = "") -> Iterator[str]:
        if isinstance(value, dict):
            if "lookup_id" in value:  # of whoever looked, whomever they looked up
                yield f"code {value['division']}"
                return
            for member, inner in value.items():
                yield from self._of_json(inner, member)
        elif isinstance(value, list):
            for inner in value:
                yield from self._of_json(inner, name)
        elif name == "county" and value in COUNTIES:
            yield f"county {COUNTIES[value][0]}"
        elif name in ("division_code", "division_prefix", "village", "township") and value:
            yield f"code {value}"
        elif name == "person_id" and value in self.people:
            yield f"person {self.people[value]}"
        elif isinstance(value, str) and value in self.numbers:
            yield f"number {self.numbers[value]}"

    @staticmethod
    def _within(found: str, division: str) -> bool:
        kind, code = found.split(" ")
        return code.startswith(division) or (kind == "county" and division.startswith(code))


@asynccontextmanager
async def opened(state: Path) -> AsyncIterator[Played]:
    """Open the services over what was played."""
    async with Platform(CommonSettings(data_dir=state, clock="movable", log_level="ERROR")) as platform:
        await platform.hold_to_keys()
        contexts = {name: platform.context(name) for name in SERVICES}
        assert len({id(context.right_of_way) for context in contexts.values()}) == 1, "one for a process"
        http = {
            name: httpx.AsyncClient(
                transport=httpx.ASGITransport(definition(name).create_app(context)), base_url="http://canbao"
            )
            for name, context in contexts.items()
        }
        played = Played(http, contexts, platform.state.signing_key())
        await _who_lives_where(played)
        yield played
        await asyncio.gather(*(one.aclose() for one in http.values()))


async def _who_lives_where(played: Played) -> None:
    query = "SELECT p.id, h.division_code FROM persons p JOIN households h ON h.id = p.household_id"
    async with played.contexts["registration"].engine.connect() as conn:
        played.people = {one.id: one.division_code for one in await conn.execute(text(query))}
    ids = sorted(played.people)
    for start in range(0, len(ids), 100):
        body = {"person_ids": ids[start : start + 100]}
        told = await played.ask("registration", "POST", "/v1/persons/identities", "everywhere", json=body)
        for one in told.json()["items"]:
            played.numbers[one["number"]] = played.people[one["person_id"]]


def described(service: str) -> Mapping[str, Any]:
    """The OpenAPI document of a service."""
    return openapi_of(application(service))
