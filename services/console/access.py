"""Who asks for a page, and whether a form is theirs."""

from dataclasses import replace
from typing import Annotated, cast

from fastapi import Depends, Form, Query, Request
from starlette.responses import Response

from libs.common.db.trouble import is_outage
from libs.common.security.guesses import Address
from libs.common.web.app import context_of
from services.console.apis.asking import Asking, Sending
from services.console.assembly import ConsoleContext
from services.console.session import store
from services.console.session.rules import (
    COOKIE,
    FormElsewhere,
    PasswordToChange,
    SignedOut,
    Visitor,
    digest_of,
    form_token_of,
    heard,
    is_form_of,
    is_from_elsewhere,
)

Context = Annotated[ConsoleContext, Depends(context_of)]


async def hear(
    request: Request, done: Annotated[str, Query(max_length=60)] = "", still: bool = False
) -> None:
    """What was done on the page before, if this session did it; `still`: the page does not load itself."""
    secret = request.cookies.get(COOKIE)
    request.state.done = heard(done, form_token_of(secret)) if secret and done else ""
    request.state.still = still


async def refuse_elsewhere(request: Request, told: Annotated[None, Depends(hear)]) -> None:
    """A dependency of every page: no other site sends our forms. Raises FormElsewhere."""
    headers = request.headers
    if request.method == "POST" and is_from_elsewhere(
        headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host")
    ):
        raise FormElsewhere


ONE_SITE = Depends(refuse_elsewhere)


async def anybody(request: Request, context: Context) -> Visitor | None:
    """Who is signed in, or None."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    settings = context.settings
    async with context.engine.begin() as conn:
        found = await store.find(conn, digest_of(secret), settings.idle_minutes, settings.session_hours)
    request.state.place = found and context.parts.calling.kept_place(found.division)
    return found and replace(found, form_token=form_token_of(secret))


async def signed_in(request: Request, found: Annotated[Visitor | None, Depends(anybody)]) -> Visitor:
    """Who is signed in; errors know, too. Raises SignedOut."""
    if found is None:
        raise SignedOut
    request.state.visitor = found
    return found


async def remember(request: Request) -> None:
    """Let the page of a failure know who is signed in, where that can be found out."""
    try:
        request.state.visitor = await anybody(request, cast("ConsoleContext", await context_of(request)))
    except Exception as error:
        if not is_outage(error):
            raise


async def with_own_password(found: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
    """Who is signed in with a password that nobody else has seen. Raises SignedOut and PasswordToChange."""
    if found.must_change:
        raise PasswordToChange
    return found


async def by_own_form(
    found: Annotated[Visitor, Depends(signed_in)], form: Annotated[str, Form(max_length=100)] = ""
) -> Visitor:
    """Who sent a form that was made for this very session. Raises SignedOut and FormElsewhere."""
    if not is_form_of(found, form):
        raise FormElsewhere
    return found


async def asking(
    request: Request,
    found: Annotated[Visitor, Depends(with_own_password)],
    context: Context,
    address: Address,
) -> Asking:
    """What asks the APIs for who is signed in; the page says how old its figures are."""
    # A page that was asked for can be asked for again; what a form asks for is waited for.
    again = request.method == "GET"
    request.state.asking = asks = context.parts.apis.of(found, address, asks_again=again)
    request.state.place = await context.parts.calling.own_place(asks)
    return asks


async def asking_as_anybody(context: Context, address: Address) -> Sending:
    """What asks the APIs for who is not signed in."""
    return context.parts.apis.of_nobody(address)


def with_session(request: Request, answer: Response, secret: str) -> Response:
    """Give the browser the secret of a session: to no script, to no other site, and to this path alone."""
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, secret, path=None, httponly=True, samesite="lax", secure=secure)
    return answer


#: Whoever is signed in, the first password changed.
Signed = Annotated[Visitor, Depends(with_own_password)]
Asks = Annotated[Asking, Depends(asking)]
#: Whoever, signed in or not.
AsksAsAnybody = Annotated[Sending, Depends(asking_as_anybody)]
