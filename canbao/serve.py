"""Runs one service as a process of its own: web and workers in one event loop."""

import socket
from collections.abc import Sequence

import structlog
from sqlalchemy import text

from canbao.context import Platform
from canbao.definitions import definition
from canbao.migrate import schema
from canbao.process import Stopping, serve_until
from canbao.sealing import hold_to_sealed
from canbao.workers import running_workers
from libs.common.db.keeping_up import keep_up
from libs.common.db.migrate import newest_revision
from libs.common.service import AnyContext, AsgiApp, Worker
from libs.common.settings import CommonSettings

log = structlog.get_logger("canbao.serve")


async def serve(name: str, settings: CommonSettings, listening: socket.socket, stopping: Stopping) -> None:
    """Run the service `name` until a signal. On one machine several may share an embedded server."""
    async with Platform(settings, names=[name], join=True) as platform:
        await platform.hold_to_keys()
        await hold_to_sealed(platform, [name])
        context, app, workers = assemble(platform, name)
        await platform.start_bus()
        async with running_workers((context, workers)):
            log.info("serving", service=name, address=address(listening))
            beside = keep_up(platform.server) if platform.server is not None else None
            await serve_until(stopping, app, listening, settings.proxies, beside)


def assemble(platform: Platform, name: str) -> tuple[AnyContext, AsgiApp, Sequence[Worker]]:
    """Build the context, the web application and the workers of a service; nothing runs yet."""
    service = definition(name)
    context = platform.context(name)
    app = service.create_app(context)
    _watch_schema(context)
    return context, app, service.workers(context)


def address(listening: socket.socket) -> str:
    """Give the URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _watch_schema(context: AnyContext) -> None:
    """Have `/readyz` say when the database was not migrated to what this code expects."""
    expected = newest_revision(schema(context.name))

    async def check() -> str | None:
        async with context.engine.connect() as connection:
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
        if found == expected:
            return None
        return f"the database is at revision {found}, this code needs {expected}: run canbao migrate"

    context.readiness.add("schema", check)
