"""What operators and machines ask of every service: alive? ready? numbers? anything left to do?"""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from libs.common.security.access import require
from libs.common.security.caller import Caller
from libs.common.service import AnyContext
from libs.common.web.catalogue import NOT_READY
from libs.common.web.openapi import problems
from libs.common.web.reach import ANY

TAG = {"name": "operations", "description": "Health, readiness, numbers, backlog."}
router = APIRouter(tags=[TAG["name"]])

_NOT_READY_EXAMPLE = NOT_READY.problem(failing={"database": "TimeoutError"})


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = "ok"


class BacklogCounts(BaseModel):
    """Work still to do and work done, by name. All pending zero and counters unchanged means quiet.

    `held` is what waits for an operator: messages in the dead-letter store, notifications that are parked.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "pending": {"outbox": 0, "lag": 0},
                    "held": {"dead_letters": 0},
                    "counters": {"published": 12, "handled": 12},
                }
            ]
        }
    )

    pending: dict[str, int]
    held: dict[str, int]
    counters: dict[str, int]


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Health:
    return Health()


@router.get(
    "/readyz",
    summary="Can the service work: database, bus and workers?",
    responses=problems(_NOT_READY_EXAMPLE),
)
async def readyz(request: Request) -> Health:
    failing = await _context(request).readiness.failures()
    if failing:
        raise NOT_READY.problem(failing=failing, headers={"retry-after": "5"})
    return Health()


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus text format",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": "canbao_backlog 0.0\n"}},
        }
    },
)
async def metrics(request: Request) -> Response:
    numbers = _context(request).metrics
    return Response(await numbers.exposition(), media_type=numbers.content_type)


@router.get("/internal/backlog", summary="What is still to do?", openapi_extra=ANY)
async def backlog(request: Request, caller: Annotated[Caller, require("ops:read")]) -> BacklogCounts:
    return BacklogCounts.model_validate(await _context(request).backlog.snapshot())


def _context(request: Request) -> AnyContext:
    return cast("AnyContext", request.app.state.context)
