"""The pages to sign in and out, to change the password, and to choose the language."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.responses import Response

from libs.common.security.guesses import Address
from services.console.access import ONE_SITE, Context, anybody, by_own_form, signed_in, with_session
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page, to_page
from services.console.pages.rules import LANGUAGE_COOKIE
from services.console.provider.entering import way_out
from services.console.session.rules import COOKIE, FormElsewhere, Visitor, form_token_of, is_same, page_after
from services.console.session.showing import left_page, sign_in_page
from services.console.session.signing_in import change_password, sign_in, sign_out
from services.console.users.rules import SHORTEST_PASSWORD, UserInvalid

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Typed = Annotated[str, Form(max_length=1000)]
_YEAR_SECONDS = 365 * 24 * 3600


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    context: Context,
    visitor: Annotated[Visitor | None, Depends(anybody)],
    then: Annotated[str, Query(max_length=1000)] = "",
    why: Literal["", "lost", "out"] = "",
) -> Response:
    """The form; whoever is signed in goes on."""
    if visitor is not None:
        return to_page(request, page_after(then))
    return sign_in_page(request, context, then=page_after(then), why=why)


@router.post("/sign-in")
async def enter(
    request: Request, context: Context, address: Address, name: _Typed, password: _Typed, then: _Typed = ""
) -> Response:
    """Compare the password; what was wrong stands above the form."""
    if not context.parts.local:
        raise FormElsewhere
    ended = await sign_in(context, name, password, address)
    if not ended.secret:
        status = 429 if ended.outcome == "locked" else 422
        again = sign_in_page(request, context, status, then=page_after(then), name=name, ended=ended)
        if ended.wait_seconds:
            again.headers["retry-after"] = str(ended.wait_seconds)
        return again
    return with_session(request, to_page(request, page_after(then)), ended.secret)


@router.post("/sign-out")
async def leave(
    request: Request, context: Context, visitor: Annotated[Visitor, Depends(by_own_form)]
) -> Response:
    """End the session, here and in the browser, and at the provider where there is one."""
    await sign_out(context, visitor)
    onward = "" if visitor.local else await way_out(context)
    answer = left_page(request, onward) if onward else to_page(request, "sign-in?why=out")
    answer.set_cookie(COOKIE, "", max_age=0, path=None, httponly=True, samesite="lax")
    return answer


@router.get("/password")
async def show_password(request: Request, visitor: Annotated[Visitor, Depends(signed_in)]) -> Response:
    """The form to change the own password; who signs in at the provider has none here."""
    if not visitor.local:
        raise HTTPException(404)
    return page(request, "password.html", fault=None, shortest=SHORTEST_PASSWORD)


@router.post("/password")
async def set_password(
    request: Request,
    context: Context,
    address: Address,
    visitor: Annotated[Visitor, Depends(by_own_form)],
    former: _Typed,
    new: _Typed,
    again: _Typed,
) -> Response:
    """Change it; every other session of the same user ends."""
    if not visitor.local:
        raise HTTPException(404)
    try:
        if new != again:
            raise UserInvalid("The new password was typed differently twice.", "两次输入的新密码不一致。")
        ended = await change_password(context, visitor, former, new, address)
        if not ended.secret:
            raise UserInvalid(
                f"Too many wrong attempts. Try again in {ended.wait_seconds // 60 + 1} minutes.",
                f"错误次数过多，请在 {ended.wait_seconds // 60 + 1} 分钟后再试。",
            )
    except UserInvalid as fault:
        return page(request, "password.html", 422, fault=fault, shortest=SHORTEST_PASSWORD)
    return with_session(request, to_page(request, "?changed=true"), ended.secret)


@router.post("/language")
async def choose_language(
    request: Request, language: Annotated[Literal["zh", "en"], Form()], then: _Typed = "", form: _Typed = ""
) -> Response:
    """Keep the language in the browser, and go back to the page."""
    secret = request.cookies.get(COOKIE)
    if secret and not is_same(form_token_of(secret), form):
        raise FormElsewhere
    answer = to_page(request, page_after(then))
    answer.set_cookie(
        LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, path=None, httponly=True, samesite="lax"
    )
    return answer
