"""The way to the provider and back."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from libs.common.security.guesses import Address
from services.console.access import ONE_SITE, Context, with_session
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import to_page
from services.console.provider.entering import Answer, begin, enter
from services.console.provider.rules import ATTEMPT_COOKIE, ATTEMPT_MINUTES, NotEntered
from services.console.session.rules import COOKIE, page_after
from services.console.session.showing import sign_in_page

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Said = Annotated[str, Query(max_length=4000)]
_STATUSES = {"provider_away": 503, "locked": 429}


@router.get("/sign-in-provider")
async def go_to_provider(
    request: Request, context: Context, address: Address, then: Annotated[str, Query(max_length=1000)] = ""
) -> Response:
    """Send the browser to the provider; it keeps a proof that the attempt is its own."""
    try:
        begun = await begin(context, page_after(then), address)
    except NotEntered as refused:
        return _refused(request, context, refused, page_after(then))
    answer = RedirectResponse(
        begun.address, 303, {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    )
    answer.set_cookie(
        ATTEMPT_COOKIE, begun.secret, max_age=ATTEMPT_MINUTES * 60, path=None, httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@router.get("/sign-in-answer")
async def come_back(
    request: Request,
    context: Context,
    address: Address,
    state: _Said = "",
    code: _Said = "",
    error: _Said = "",
    iss: _Said = "",
) -> Response:
    """End the attempt: a new session, and on to the page that was asked for."""
    said = Answer(request.cookies.get(ATTEMPT_COOKIE, ""), state, code, error, iss)
    try:
        secret, then = await enter(context, said, request.cookies.get(COOKIE, ""), address)
    except NotEntered as refused:
        answer = _refused(request, context, refused, "")
    else:
        answer = with_session(request, to_page(request, then), secret)
    answer.set_cookie(ATTEMPT_COOKIE, "", max_age=0, path=None, httponly=True, samesite="lax")
    return answer


def _refused(request: Request, context: Context, refused: NotEntered, then: str) -> Response:
    return sign_in_page(request, context, _STATUSES.get(refused.outcome, 403), then=then, refused=refused)
