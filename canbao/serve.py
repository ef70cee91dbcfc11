"""Answers "how does one service run as a process of its own?": web and workers in one event loop."""

import socket
from contextlib import AsyncExitStack

import structlog
from sqlalchemy import text

from canbao.context import Platform
from canbao.definitions import definition
from canbao.migrate import schema
from canbao.process import Stopping, serve_until
from canbao.workers import running_workers
from libs.common.db.migrate import newest_revision
from libs.common.service import AsgiApp, ServiceContext
from libs.common.settings import CommonSettings

log = structlog.get_logger("canbao.serve")


async def serve(name: str, settings: CommonSettings, listening: socket.socket, stopping: Stopping) -> None:
    """Run the service `name` until a signal. On one machine several may share an embedded server."""
    async with Platform(settings, names=[name], join=True) as platform:
        await platform.start_bus()
        async with AsyncExitStack() as stack:
            app = await start(platform, name, stack)
            log.info("serving", service=name, address=address(listening))
            await serve_until(stopping, app, listening)


async def start(platform: Platform, name: str, stack: AsyncExitStack) -> AsgiApp:
    """Build the service's application and start its workers, which drain when `stack` is left."""
    service = definition(name)
    context = platform.context(name)
    app = service.create_app(context)
    _watch_schema(context)
    await stack.enter_async_context(running_workers(context, service.workers(context)))
    return app


def address(listening: socket.socket) -> str:
    """Give the URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _watch_schema(context: ServiceContext) -> None:
    """Have `/readyz` say when the database was not migrated to what this code expects."""
    expected = newest_revision(schema(context.name))

    async def check() -> str | None:
        async with context.engine.connect() as connection:
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
        if found == expected:
            return None
        return f"the database is at revision {found}, this code needs {expected}: run canbao migrate"

    context.readiness.add("schema", check)
