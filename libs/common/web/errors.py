"""Turns every way in which a request can fail into problem details, in FastAPI and in raw ASGI."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from libs.common.observability.correlation import correlation_id
from libs.common.security.masking import mask_text
from libs.common.service import AsgiMapping, AsgiSend
from libs.common.web.catalogue import BAD_REQUEST, BY_STATUS, INTERNAL_ERROR, INVALID_REQUEST, MALFORMED_BODY
from libs.common.web.problems import MEDIA_TYPE, Problem
from libs.common.web.translations import field_error

#: More faults than this in one answer help nobody.
MAX_ERRORS = 100

Failure = TypeVar("Failure", bound=Exception)


def install(app: FastAPI) -> None:
    """Have `app` answer every refusal with problem details; what is unexpected is answered by the frame."""
    _answer(app, Problem, lambda problem: problem)
    _answer(app, RequestValidationError, problem_of_validation)
    _answer(app, HTTPException, lambda error: problem_of_status(error.status_code, error.headers))


def _answer(app: FastAPI, kind: type[Failure], problem_of: Callable[[Failure], Problem]) -> None:
    async def handle(request: Request, failure: Exception) -> Response:
        assert isinstance(failure, kind)
        return problem_response(problem_of(failure), request.scope)

    app.add_exception_handler(kind, handle)


def problem_response(problem: Problem, scope: AsgiMapping) -> Response:
    """Make the answer to the request of `scope`; it is an ASGI application and so serves raw ASGI too."""
    instance = mask_text(f"{scope.get('root_path', '')}{_path_below_root(scope)}")
    body = problem.to_json(instance=instance, correlation_id=correlation_id())
    return Response(orjson.dumps(body), problem.status, problem.headers, MEDIA_TYPE)


async def send_problem(problem: Problem, scope: AsgiMapping, send: AsgiSend) -> None:
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
    errors = [field_error(fault) for fault in faults[:MAX_ERRORS]]
    if len(faults) > MAX_ERRORS:
        return INVALID_REQUEST.problem(errors=errors, more_errors=len(faults) - MAX_ERRORS)
    return INVALID_REQUEST.problem(errors=errors)


def _path_below_root(scope: AsgiMapping) -> str:
    root, path = str(scope.get("root_path", "")), str(scope.get("path", ""))
    return path.removeprefix(root) if root else path
