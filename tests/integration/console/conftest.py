"""The console. The services that a module names in its fixture `services` are real, the others are away."""

import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin

import httpx
import orjson
import pytest

from canbao.definitions import APIS, definition
from libs.common.clock import CLOCK_HEADER
from libs.common.security.keys import SigningKey
from libs.common.security.tokens import Authenticator
from services.console.users.keeping import add_user
from services.console.users.rules import Place

_FORM = re.compile(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_BUTTON = re.compile(r"<button([^>]*)>([^<]*)</button>")
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
FIRST, OWN = "first-sight-4711", "quiet-river-2048"


@dataclass
class Away(httpx.AsyncBaseTransport):
    """Requests to the services: each to its application; to one that is away, no connection."""

    apps: Mapping[str, httpx.ASGITransport]
    #: The tokens that the console sent.
    tokens: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.tokens.append(token)
        app = self.apps.get(request.url.host)
        if app is None:
            raise httpx.ConnectError("away", request=request)
        return await app.handle_async_request(request)


@dataclass
class Browser:
    """What a browser does: keeps cookies, sends forms with the proof that the page has."""

    http: httpx.AsyncClient

    async def get(self, path: str = "", **more: Any) -> httpx.Response:
        return await self.http.get(f"/{path}", follow_redirects=True, **more)

    async def send(self, path: str, **fields: Any) -> httpx.Response:
        proof = re.search(r'name="form" value="(\w+)"', (await self.get("password")).text)
        data = ({"form": proof[1]} if proof else {}) | fields
        return await self.http.post(f"/{path}", data=data, follow_redirects=True)

    async def press(self, button: str, page: httpx.Response, **fields: str) -> httpx.Response:
        """Send the form of a page that has this button, as it stands there; `fields` is what is typed."""
        for action, inside in _FORM.findall(page.text):
            buttons = [(attributes, words.strip()) for attributes, words in _BUTTON.findall(inside)]
            for attributes, words in buttons:
                if words == button:
                    hidden: dict[str, list[str]] = {}
                    for name, value in _HIDDEN.findall(inside):
                        hidden.setdefault(name, []).append(unescape(value))
                    own = dict(re.findall(r'(name|value)="([^"]*)"', attributes))
                    pressed = {own["name"]: own.get("value", "")} if "name" in own else {}
                    url = urljoin(str(page.url), unescape(action))
                    data = hidden | pressed | fields
                    return await self.http.post(url, data=data, follow_redirects=True)
        raise AssertionError(f"there is no button {button}")

    async def sign_in(self, name: str, password: str, **more: str) -> httpx.Response:
        data = {"name": name, "password": password, **more}
        return await self.http.post("/sign-in", data=data, follow_redirects=True)


@dataclass
class Console:
    """The console, its users, and the services behind it."""

    context: Any
    app: Any
    services: dict[str, Any]
    sent: Away
    browse: Callable[[], Awaitable[Browser]]

    async def add(
        self, name: str, role: str, division: str = "*", *, must_change: bool = False, **more: str
    ) -> None:
        async with self.context.engine.begin() as conn:
            await add_user(conn, name, Place(role, division, **more), FIRST, must_change)

    async def signed_in(self, role: str, division: str = "*", **more: str) -> Browser:
        """A browser of a new user, named as the role."""
        await self.add(role, role, division, **more)
        browser = await self.browse()
        await browser.sign_in(role, FIRST)
        return browser


@pytest.fixture
async def services() -> dict[str, Any]:
    return {}


@pytest.fixture
async def applications() -> dict[str, Any]:
    """Those of services that have one already: a context has one alone."""
    return {}


@pytest.fixture
async def console(
    services: dict[str, Any], applications: dict[str, Any], service_context: Any, tmp_path: Any
) -> AsyncIterator[Console]:
    path = tmp_path / "signing-key.pem"
    key = SigningKey.load_or_create(path)
    for context in services.values():
        context.authenticator = Authenticator(key.jwks())
    apps = {
        name: httpx.ASGITransport(applications.get(name) or definition(name).create_app(one))
        for name, one in services.items()
    }
    apis = orjson.dumps({name: f"http://{name}" for name in APIS}).decode()
    # Tests look at what was done a moment ago.
    context = await service_context("console", apis=apis, signing_key=str(path), figures_seconds=0)
    sent = Away(apps)
    async with AsyncExitStack() as stack:
        await context.parts.http.aclose()
        http = await stack.enter_async_context(httpx.AsyncClient(transport=sent))
        context.parts.apis._http = context.parts.http = http
        app = definition("console").create_app(context)

        async def browse() -> Browser:
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(
                transport=transport, base_url="http://canbao.test", headers={"accept": "text/html"}
            )
            return Browser(await stack.enter_async_context(client))

        yield Console(context, app, services, sent, browse)


@pytest.fixture
async def sends(
    console: Console, tmp_path: Any
) -> AsyncIterator[Callable[..., Awaitable[httpx.AsyncClient]]]:
    """Makes what asks a service behind the console for somebody else, each request under a key of its own."""
    key = SigningKey.load_or_create(tmp_path / "signing-key.pem")

    async def with_key(request: httpx.Request) -> None:
        request.headers.setdefault("idempotency-key", f'"{uuid.uuid4()}"')

    async with AsyncExitStack() as stack:

        async def make(
            service: str, *scopes: str, at: str = "", subject: str = "another-desk", division: str = "350426"
        ) -> httpx.AsyncClient:
            headers = {"authorization": f"Bearer {key.issue(subject, scopes, division)}"}
            client = httpx.AsyncClient(
                transport=console.sent.apps[service], base_url=f"http://{service}",
                headers=headers | ({CLOCK_HEADER: at} if at else {}), event_hooks={"request": [with_key]},
            )  # fmt: skip
            return await stack.enter_async_context(client)

        yield make
