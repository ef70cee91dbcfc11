"""Turns every way in which a request can fail into problem details, in FastAPI and in raw ASGI."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from libs.common.observability.correlation import correlation_id
from libs.common.security.masking import mask_text
from libs.common.web.catalogue import BAD_REQUEST, BY_STATUS, INTERNAL_ERROR, INVALID_REQUEST, MALFORMED_BODY
from libs.common.web.problems import MEDIA_TYPE, Problem
from libs.common.web.translations import field_error

#: More faults than this in one answer help nobody.
MAX_ERRORS = 100

Send = Callable[[dict[str, Any]], Awaitable[None]]


def install(app: FastAPI) -> None:
    """Have `app` answer every refusal with problem details; what is unexpected is answered by the frame."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def problem_response(problem: Problem, scope: Mapping[str, Any]) -> Response:
    """Make the answer to the request of `scope`; it is an ASGI application and so serves raw ASGI too."""
    instance = mask_text(f"{scope.get('root_path', '')}{_path_below_root(scope)}")
    body = problem.to_json(instance=instance, correlation_id=correlation_id())
    return Response(orjson.dumps(body), problem.status, problem.headers, MEDIA_TYPE)


async def send_problem(problem: Problem, scope: Mapping[str, Any], send: Send) -> None:
    """Answer a raw ASGI request with problem details."""
    response = problem_response(problem, scope)
    await send(
        {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
    )
    await send({"type": "http.response.body", "body": response.body})


def problem_of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """The problem that stands for a bare HTTP status."""
    known = BY_STATUS.get(status) or (INTERNAL_ERROR if status >= 500 else BAD_REQUEST)
    return known.problem(headers=headers)


def problem_of_validation(error: RequestValidationError) -> Problem:
    """Say of every field what is wrong with it; unreadable JSON is a problem of its own."""
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return MALFORMED_BODY.problem(errors=[field_error(fault) for fault in faults[:1]])
    more = {"more_errors": len(faults) - MAX_ERRORS} if len(faults) > MAX_ERRORS else {}
    return INVALID_REQUEST.problem(errors=[field_error(fault) for fault in faults[:MAX_ERRORS]], **more)


def _path_below_root(scope: Mapping[str, Any]) -> str:
    root, path = scope.get("root_path", ""), scope.get("path", "")
    return path.removeprefix(root) if root else path


async def _on_problem(request: Request, problem: Problem) -> Response:
    return problem_response(problem, request.scope)


async def _on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    return problem_response(problem_of_validation(error), request.scope)


async def _on_http_exception(request: Request, error: HTTPException) -> Response:
    return problem_response(problem_of_status(error.status_code, error.headers), request.scope)
