"""Lets a request do only what its token allows, in FastAPI.

An operation asks for `caller: Annotated[Caller, require("registration:read")]`.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated, Any, cast

import structlog
from fastapi import Depends, HTTPException, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer, SecurityScopes
from fastapi.security.http import HTTPAuthorizationCredentials

from libs.common.db.texts import storable
from libs.common.security.audit import is_audited, record_lookup
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_text
from libs.common.security.scopes import SCOPES
from libs.common.security.tokens import TokenRejected
from libs.common.service import AnyContext, AsgiApp, AsgiMapping, AsgiReceive, AsgiSend
from libs.common.web.catalogue import OUTSIDE_DIVISION, SCOPE_MISSING, UNAUTHENTICATED
from libs.common.web.problems import Problem

log = structlog.get_logger(__name__)

FORBIDDEN = 403
_COUNTED = "canbao.counted"
_LONGEST_ID = 18
_LONGEST_PATH = 200

BEARER = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    description="OAuth 2 access token with the claims `scope` and `division`. `canbao token` issues one.",
    auto_error=False,
)


def require(*scopes: str) -> Any:
    """A dependency that yields the Caller if the token carries every one of `scopes`."""
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise ValueError(f"there is no scope {unknown}; libs/common/security/scopes.py lists all")
    return Security(_caller, scopes=list(scopes))


def require_any(*scopes: str) -> Any:
    """A dependency that yields the Caller if the token carries at least one of `scopes`."""
    return Depends(_OneOf(scopes))


def check_division(caller: Caller, division_code: str | None) -> None:
    """Refuse a record that lies outside the caller's division."""
    if not caller.sees(division_code):
        raise OUTSIDE_DIVISION.problem()


def check_place(division: str, place: str) -> None:
    """Refuse a division that neither lies in a place nor holds it."""
    if not (division.startswith(place) or place.startswith(division)):
        raise OUTSIDE_DIVISION.problem()


class RefusedUnread(HTTPException):
    """Raised in place of a body: FastAPI lets only this kind of exception through while it reads one."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status)
        self.problem = problem


class TokenFirst:
    """Wraps a FastAPI application: where a token is needed, no body is read without one that may do it."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: AsgiMapping, receive: AsgiReceive, send: AsgiSend) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        believed = False

        async def body() -> AsgiMapping:
            nonlocal believed
            if not believed:
                try:
                    await believe(Request(scope))
                except Problem as problem:
                    # Whatever comes behind the headers is not read: the connection ends with the answer.
                    problem.headers = {**(problem.headers or {}), "connection": "close"}
                    raise RefusedUnread(problem) from None
                believed = True
            return await receive()

        await self._app(scope, body, send)


async def believe(request: Request) -> None:
    """Refuse a request whose operation needs a token, and has none that is believed and may do it.

    The first thing done: whoever may not do something is not told either what was wrong with the request.
    """
    route = request.scope.get("route")
    needed = scopes_of(route) if isinstance(route, APIRoute) else None
    if needed is None:
        return
    caller = _authenticate(request, await BEARER(request))
    context = cast("AnyContext", request.app.state.context)
    if request.scope.setdefault(_COUNTED, False) is False:  # asked before the body, and again behind it
        request.scope[_COUNTED] = True
        context.throttle.of_token(caller)
    try:
        for scopes in needed:
            _check_scopes(caller, scopes)
    except Problem:
        await _record_refusal(request, context, caller)
        raise


def scopes_of(route: APIRoute) -> list[Sequence[str]] | None:
    """What an operation asks of a token: of each of these scopes one. None where it asks for no token."""
    asking = list(_asking_for_caller(route.dependant))
    if not asking:
        return None
    needed: list[Sequence[str]] = []
    for dependant in asking:
        if isinstance(dependant.call, _OneOf):
            needed.append(dependant.call.scopes)
        else:
            needed += [(scope,) for scope in dependant.own_oauth_scopes or ()]
    return needed


def _asking_for_caller(dependant: Dependant) -> Iterator[Dependant]:
    """Whatever of an operation, and of all that it depends on, asks who calls."""
    if dependant.call is _caller or isinstance(dependant.call, _OneOf):
        yield dependant
    for needed in dependant.dependencies:
        yield from _asking_for_caller(needed)


def _authenticate(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    if credentials is None:
        raise _unauthenticated(None, None, None)
    try:
        context = cast("AnyContext", request.app.state.context)
        return context.authenticator.authenticate(credentials.credentials)
    except TokenRejected as error:
        raise _unauthenticated("invalid_token", str(error), error.message_zh) from None


async def _caller(
    request: Request,
    needed: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
) -> AsyncIterator[Caller]:
    caller = _authenticate(request, credentials)
    context = cast("AnyContext", request.app.state.context)
    try:
        for scope in needed.scopes:
            _check_scopes(caller, (scope,))
        yield caller
    except Problem as problem:
        if problem.status == FORBIDDEN:
            await _record_refusal(request, context, caller)
        raise


class _OneOf:
    """The dependency on a caller with one scope of several."""

    def __init__(self, scopes: Sequence[str]) -> None:
        self.scopes = scopes

    async def __call__(self, caller: Annotated[Caller, require()]) -> Caller:
        _check_scopes(caller, self.scopes)
        return caller


def _check_scopes(caller: Caller, scopes: Sequence[str]) -> None:
    """Refuse a token that carries none of some scopes. Raises Problem 403."""
    if any(map(caller.may, scopes)):
        return
    challenge = f'Bearer realm="canbao", error="insufficient_scope", scope="{" ".join(scopes)}"'
    said = ("the scope ", "权限 ") if len(scopes) == 1 else ("one of the scopes ", "下列权限之一：")
    raise SCOPE_MISSING.problem(
        f"This operation needs {said[0]}{', '.join(scopes)}.",
        f"此操作需要{said[1]}{'、'.join(scopes)}。",
        required_scope=" ".join(scopes),
        headers={"www-authenticate": challenge},
    )


async def _record_refusal(request: Request, context: AnyContext, caller: Caller) -> None:
    """Record who was refused what; a number of a person that somebody put into a path is masked.

    A refusal that cannot be recorded stays one: the log has it then.
    """
    person = request.path_params.get("person_id", "")
    known = str(person).isascii() and str(person).isdecimal() and len(str(person)) <= _LONGEST_ID
    try:
        async with context.engine.begin() as conn:
            if await is_audited(conn):
                await record_lookup(
                    conn,
                    caller,
                    operation=f"{request.scope['route'].name}_refused",
                    at=context.clock.now(),
                    person_ids=[int(person)] if known else (),
                    purpose=mask_text(storable(request.url.path[:_LONGEST_PATH])),
                )
    except Exception as error:
        log.error("refusal_not_recorded", path=request.url.path, error=type(error).__name__)


def _unauthenticated(code: str | None, detail: str | None, detail_zh: str | None) -> Problem:
    challenge = 'Bearer realm="canbao"' + (f', error="{code}"' if code else "")
    return UNAUTHENTICATED.problem(detail, detail_zh, headers={"www-authenticate": challenge})
