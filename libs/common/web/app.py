"""Assembles the web application of a service: its routers, and what all services offer alike."""

import re
from collections.abc import Mapping, Sequence
from typing import cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute
from sqlalchemy import text
from starlette.routing import BaseRoute

from libs.common.db.engine import connections_of
from libs.common.security.access import TokenFirst, believe
from libs.common.service import AnyContext
from libs.common.web import docs, errors, openapi, probes
from libs.common.web.frame import MEBIBYTE, RequestFrame
from libs.common.web.strictness import refuse_doubled_members, refuse_unknown_parameters
from libs.common.web.throttling import Throttled

#: What no operation lets through; without a good token nothing else is told of a request.
_STRICT = [Depends(believe), Depends(refuse_unknown_parameters), Depends(refuse_doubled_members)]


def routes_of(*routers: APIRouter, pages: Sequence[APIRouter] = ()) -> tuple[BaseRoute, ...]:
    """What the routers of a service lead to, and what all services offer; `pages` need no token.

    A service has them in its module: they know no context, so all its applications in a process share them,
    and FastAPI, which takes a second or two for those of a service, makes each of them once.
    """
    served = APIRouter(generate_unique_id_function=_operation_id)
    for router in (*routers, probes.router):
        served.include_router(router, dependencies=_STRICT)
    for page in pages:
        served.include_router(page)
    return tuple(served.routes)


def create_service_app(
    context: AnyContext,
    *,
    title: str,
    description: str,
    routes: Sequence[BaseRoute],
    tags: Sequence[Mapping[str, str]] = (),
    max_body_bytes: int = 16 * MEBIBYTE,
    larger_bodies: Mapping[str, int] | None = None,
) -> FastAPI:
    """Make the FastAPI application of a service; `context_of(request)` is its context.

    `routes` are those of `routes_of`; `tags` are `{"name", "description"}` in the order of the documentation;
    `larger_bodies` maps a path prefix to its own limit in bytes. Around a raw ASGI endpoint in front put a
    `RequestFrame` of the same context.
    """
    app = FastAPI(
        routes=list(routes),
        title=title,
        description=description,
        version="1.0.0",
        openapi_tags=[*map(dict, tags), probes.TAG],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # Relative, because a proxy or the all-in-one process may put the service below a prefix.
        servers=[{"url": ".", "description": "where this document was found"}],
        root_path_in_servers=False,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        # Its log records carry request bodies, and with them identity numbers.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.context = context
    app.add_middleware(TokenFirst)
    app.add_middleware(Throttled, context)
    app.add_middleware(RequestFrame, context, max_body_bytes, larger_bodies)
    for install in (errors.install, openapi.install, docs.install):
        install(app)
    _watch(context)
    return app


async def context_of(request: Request) -> AnyContext:
    """The context of the service that handles `request`; use it as `Annotated[..., Depends(context_of)]`.

    The annotation may say the context of the service itself, `ServiceContext[MySettings, MyParts]`. It is a
    coroutine because FastAPI sends a plain function to a thread, at every request.
    """
    return cast("AnyContext", request.app.state.context)


def _operation_id(route: APIRoute) -> str:
    """Readable and unique: the function's name, e.g. `create_order`; generated clients call it that."""
    return re.sub(r"\W", "_", route.name)


def _watch(context: AnyContext) -> None:
    async def database() -> None:
        async with context.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def bus() -> None:
        await context.bus.lag(f"{context.name}-readiness", [f"canbao.{context.name}"])

    async def backlog() -> dict[str, int]:
        return (await context.backlog.snapshot())["pending"]

    context.readiness.add("database", database)
    context.readiness.add("bus", bus)

    async def not_ready() -> dict[str, float]:
        failing = await context.readiness.failures(patience_seconds=1.5)
        return {check: float(check in failing) for check in context.readiness.checks}

    async def connections() -> dict[str, float]:
        return connections_of(context.engine)

    context.metrics.gauge_from("canbao_backlog", "Work still to do.", "work", backlog)
    context.metrics.gauge_from(
        "canbao_not_ready", "What of /readyz fails: 1, or 0 where it holds.", "check", not_ready
    )
    context.metrics.gauge_from(
        "canbao_database_connections", "Connections to the service's database.", "state", connections
    )
