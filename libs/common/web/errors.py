"""Turns every way in which a request can fail into problem details, in FastAPI and in raw ASGI."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from libs.common.figures import BeingCounted
from libs.common.observability.correlation import correlation_id
from libs.common.security.access import RefusedUnread
from libs.common.security.masking import mask_text
from libs.common.service import AsgiMapping, AsgiSend
from libs.common.web.catalogue import BAD_REQUEST, BY_STATUS, INTERNAL_ERROR, INVALID_REQUEST, MALFORMED_BODY
from libs.common.web.problems import MEDIA_TYPE, Problem
from libs.common.web.translations import field_error

#: More faults than this in one answer help nobody.
MAX_ERRORS = 100
#: What stands in the path of a URI as it is (RFC 3986).
_IN_A_PATH = "/:@!$&'()*+,;=~"

Failure = TypeVar("Failure", bound=Exception)


def install(app: FastAPI) -> None:
    """Have `app` answer every refusal with problem details; what is unexpected is answered by the frame."""
    _answer(app, Problem, lambda problem, _: problem)
    _answer(app, RequestValidationError, lambda error, _: problem_of_validation(error))
    _answer(app, RefusedUnread, lambda refused, _: refused.problem)
    _answer(app, HTTPException, _problem_of_framework)
    app.add_exception_handler(BeingCounted, _answer_later)


def _answer(app: FastAPI, kind: type[Failure], problem_of: Callable[[Failure, Request], Problem]) -> None:
    async def handle(request: Request, failure: Exception) -> Response:
        assert isinstance(failure, kind)
        return problem_response(problem_of(failure, request), request.scope)

    app.add_exception_handler(kind, handle)


async def _answer_later(_: Request, __: Exception) -> Response:
    """Answer who asked not to wait (RFC 7240), and comes again."""
    return Response(status_code=202, headers={"retry-after": "1", "preference-applied": "respond-async"})


def problem_response(problem: Problem, scope: AsgiMapping) -> Response:
    """Make the answer to the request of `scope`; it is an ASGI application and so serves raw ASGI too."""
    path = mask_text(f"{scope.get('root_path', '')}{_path_below_root(scope)}")
    instance = quote(path, safe=_IN_A_PATH, errors="replace")
    body = problem.to_json(instance=instance, correlation_id=correlation_id())
    return Response(orjson.dumps(body), problem.status, problem.headers, MEDIA_TYPE)


def _problem_of_framework(error: HTTPException, request: Request) -> Problem:
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return problem_of_status(error.status_code, error.headers)
    return problem_of_status(error.status_code, {"allow": ", ".join(_methods_of(request))})


def _methods_of(request: Request) -> list[str]:
    """All methods of an address; the framework names those of the first operation that it finds there."""
    routes = [one.original_route for one in iter_route_contexts(request.app.routes)]
    here = [one for one in routes if isinstance(one, Route) and one.matches(request.scope)[0] != Match.NONE]
    return sorted({method for route in here for method in route.methods or ()})


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
