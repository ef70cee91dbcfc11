"""Officers of a played season, one for each role, who sign in and work at an instant of that season."""

import asyncio
import json
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.ext.asyncio import AsyncConnection

from canbao.console_users import in_console
from canbao.definitions import APIS, SERVICES
from canbao.replay.credentials import UNIT
from libs.common.clock import CLOCK_HEADER
from libs.common.settings import CommonSettings
from services.console.users.keeping import add_user
from services.console.users.rules import Place
from tests.e2e.seasons import season_of
from tests.e2e.test_console import SIZES, canbao, look, seen, sign_in
from tests.e2e.test_up import Up
from tests.e2e.wires import Wire

YOUXI, HUINING = "350426", "620422"
TOWNSHIP, VILLAGE = "350426100", "620422100201"
#: While the window of Huining is open, and when both seasons have been played.
COLLECTING, AFTER = "2020-12-09T16:40:00+08:00", "2020-12-28T10:00:00+08:00"


@dataclass(frozen=True)
class Officer:
    """Who signs in, and when in the season that is."""

    name: str
    role: str
    division: str
    at: str = AFTER
    department: str = ""
    unit: str = ""


#: Who is only asked, about the other county.
_ASKED = {
    name: Officer(name, role, HUINING, COLLECTING)
    for name, role in (("huining_tax", "tax_officer"), ("huining_auditor", "auditor"))
}
OFFICERS: Mapping[str, Officer] = {
    one.role: one
    for one in (
        Officer("chenmei", "village_agent", VILLAGE, COLLECTING),
        Officer("zhaoqiang", "township_officer", TOWNSHIP),
        Officer("linfang", "tax_officer", YOUXI),
        Officer("huangli", "medical_insurance_officer", YOUXI),
        Officer("zhengyu", "finance_officer", YOUXI),
        Officer("wujian", "leader", YOUXI),
        Officer("xuwei", "auditor", YOUXI),
        Officer("sunhao", "operator", "*"),
        Officer("heqi", "unit_clerk", YOUXI, "2019-11-20T10:00:00+08:00", unit=UNIT),
        Officer("gaojie", "bank_counter", HUINING, COLLECTING),
        Officer("luomin", "department_officer", YOUXI, department="civil_affairs"),
        Officer("songtao", "score_officer", YOUXI),
    )
}


class Officers:
    """The officers of a season that runs, and what its services say themselves."""

    def __init__(self, up: Up, chromium: Browser, collection: Wire) -> None:
        self.up = up
        #: The way from the console to collection.
        self.collection = collection
        self._tokens: dict[str, str] = {}
        self._chromium = chromium
        self._password = secrets.token_urlsafe(12)
        adding = in_console(CommonSettings(data_dir=up.data_dir), self._added)
        # The browser's own loop runs in this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, adding).result()

    async def _added(self, conn: AsyncConnection) -> None:
        for one in OFFICERS.values():
            place = Place(one.role, one.division, one.department, one.unit)
            await add_user(conn, one.name, place, self._password, must_change=False)

    def at_work(self, role: str, size: str = "desk") -> Page:
        """A page of the officer of a role, signed in and at the tasks; on a phone without scripts."""
        officer = OFFICERS[role]
        width, height = SIZES[size]
        context = self._chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=size == "desk", locale="zh-CN",
            extra_http_headers={CLOCK_HEADER: officer.at},
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{self.up.address}/console/")
        sign_in(page, officer.name, self._password)
        expect(page.get_by_role("heading", level=1)).to_have_text("待办事项")
        return page

    def told(self, role: str, path: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        """What a service says to a role at the instant of its work."""
        officer = OFFICERS.get(role) or _ASKED[role]
        if role not in self._tokens:
            more = {"--department": officer.department, "--unit": officer.unit}
            place = [word for one in more.items() if one[1] for word in one]
            said = canbao(self.up, "token", "--role", officer.role, "--division", officer.division, *place)
            self._tokens[role] = said.strip()
        headers = {"authorization": f"Bearer {self._tokens[role]}", CLOCK_HEADER: officer.at}
        headers |= {"idempotency-key": secrets.token_hex()} if body is not None else {}
        if body is None:
            answer = self.up.http.get(path, params=query, headers=headers)
        else:
            answer = self.up.http.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def receipts(self) -> list[dict[str, Any]]:
        """What collection knows of money that the village has in hand."""
        found = self.told("village_agent", "/collection/v1/cash-receipts", in_hand=True, limit=100)
        items: list[dict[str, Any]] = found["items"]
        return items


@pytest.fixture(scope="module")
def officers(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Officers]:
    """The officers of a season that is told what time it is; one of its banks can be asked to give back."""
    with Wire() as collection, Wire() as others:
        ways = {name: collection if name == "collection" else others for name in APIS}
        apis = {name: f"http://127.0.0.1:{way.port}{SERVICES[name].prefix}" for name, way in ways.items()}
        settings = {
            "CANBAO_CLOCK": "movable",
            "CANBAO_CONSOLE_APIS": json.dumps(apis),
            "CANBAO_COLLECTION_REFUND_CALLS": '{"bank-rcb": {"url": "https://127.0.0.1:9/refunds"}}',
        }
        with season_of(tmp_path_factory, **settings) as up:
            found = urlsplit(up.address)
            collection.to = others.to = (found.hostname or "", found.port or 0)
            yield Officers(up, chromium, collection)


def examined(page: Page, size: str, name: str, heading: str) -> set[tuple[str, str]]:
    """Look at a page, which fits; with scripts on, say what axe finds serious in it."""
    if size == "desk":
        return seen(page, size, name, heading)
    look(page, size, name, heading)
    return set()


def agree(page: Page, button: str = "确认提交") -> None:
    """Agree to what will happen, by a double click."""
    page.get_by_role("button", name=button).dblclick()
