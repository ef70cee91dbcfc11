"""Runs all services in one process, each under its prefix, on one embedded PostgreSQL."""

import html
import socket
from collections.abc import Callable, Mapping, Sequence

from canbao.context import Platform
from canbao.definitions import APIS, SERVICES
from canbao.migrate import create_topics, migrate_all
from canbao.process import Stopping, serve_until
from canbao.sealing import seal
from canbao.serve import address, assemble
from canbao.workers import running_workers
from libs.common.db.keeping_up import keep_up
from libs.common.service import AsgiApp, AsgiMapping, AsgiReceive, AsgiSend
from libs.common.settings import CommonSettings
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.errors import send_problem
from libs.common.web.problems import Problem


async def up(
    settings: CommonSettings, listening: socket.socket, stopping: Stopping, announce: Callable[[str], None]
) -> None:
    """Run everything until a signal; `announce` gets the address once requests can be answered."""
    async with Platform(settings) as platform:
        await migrate_all({name: platform.urls[name] for name in SERVICES})
        await platform.hold_to_keys()
        await seal(platform, SERVICES, lambda service, table, done: None)
        platform.apis = {name: f"{address(listening)}{SERVICES[name].prefix}" for name in APIS}
        services = {name: assemble(platform, name) for name in SERVICES}
        await platform.start_bus()
        await create_topics(platform.bus, settings)
        apps = {SERVICES[name].prefix: app for name, (_, app, _) in services.items()}
        async with running_workers(*((context, workers) for context, _, workers in services.values())):
            listening.listen()  # before anybody is told: the web server takes over in a moment
            announce(address(listening))
            pages, server = Prefixes(apps, index_page()), platform.server
            beside = keep_up(server) if server is not None else None
            await serve_until(stopping, pages, listening, settings.proxies, beside)


class Prefixes:
    """Hands a request to the application of its first path segment, as a reverse proxy would."""

    def __init__(self, apps: Mapping[str, AsgiApp], index: bytes) -> None:
        self._apps = dict(apps)
        self._index = index

    async def __call__(self, scope: AsgiMapping, receive: AsgiReceive, send: AsgiSend) -> None:
        path: str = scope["path"]
        end = path.find("/", 1)
        prefix = path if end < 0 else path[:end]
        app = self._apps.get(prefix)
        if app is not None:
            await app({**scope, "root_path": scope.get("root_path", "") + prefix}, receive, send)
        elif path == "/" and scope["method"] in ("GET", "HEAD"):
            await _answer(send, 200, b"text/html; charset=utf-8", self._index)
        else:
            await send_problem(_wrong_prefix(list(self._apps)), scope, send)


def _wrong_prefix(prefixes: Sequence[str]) -> Problem:
    *first, last = prefixes
    return NOT_FOUND.problem(
        f"Paths begin with {', '.join(first)} or {last}.", f"路径须以 {'、'.join(first)} 或 {last} 开头。"
    )


async def _answer(send: AsgiSend, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def index_page() -> bytes:
    """The page at `/`: where each service's documentation is."""
    rows = "".join(
        f'<tr><th scope="row">{service.name}</th><td>{html.escape(service.about)}</td>'
        f'<td><a href="{service.prefix}/docs">API</a></td>'
        f'<td><a href="{service.prefix}/openapi.json">openapi.json</a></td>'
        f'<td><a href="{service.prefix}/readyz">readyz</a></td>'
        f'<td><a href="{service.prefix}/metrics">metrics</a></td></tr>'
        for service in SERVICES.values()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Canbao 参保</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
        "th,td{text-align:left;padding:.3rem .8rem .3rem 0}</style>"
        '<h1>Canbao 参保</h1><p><a href="/console/">参保工作台 · the console</a></p>'
        f"<table>{rows}</table>"
        "<p>Requests need a bearer token: <code>canbao token --help</code>.</p></html>"
    ).encode()
