"""The pages to sign in and out, to change the password, and to choose the language."""

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import Response

from libs.common.security.guesses import Address
from services.console.access import ONE_SITE, Context, anybody, by_own_form, signed_in
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page, to_page
from services.console.pages.rules import LANGUAGE_COOKIE
from services.console.session.rules import COOKIE, FormElsewhere, Visitor, form_token_of, is_same, page_after
from services.console.session.signing_in import SignIn, change_password, sign_in, sign_out
from services.console.users.rules import SHORTEST_PASSWORD, UserInvalid

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Typed = Annotated[str, Form(max_length=1000)]
_YEAR_SECONDS = 365 * 24 * 3600


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    visitor: Annotated[Visitor | None, Depends(anybody)],
    then: Annotated[str, Query(max_length=1000)] = "",
    why: Literal["", "lost", "out"] = "",
) -> Response:
    """The form; whoever is signed in goes on."""
    if visitor is not None:
        return to_page(request, page_after(then))
    return page(request, "sign-in.html", then=page_after(then), why=why, name="", ended=None)


@router.post("/sign-in")
async def enter(
    request: Request, context: Context, address: Address, name: _Typed, password: _Typed, then: _Typed = ""
) -> Response:
    """Compare the password; what was wrong stands above the form."""
    ended = await sign_in(context, name, password, address)
    if not ended.secret:
        status = 429 if ended.outcome == "locked" else 422
        back_here = f"sign-in?then={quote(page_after(then), safe='')}"
        again = page(
            request, "sign-in.html", status, then=page_after(then), why="", name=name, ended=ended,
            back_here=back_here,
        )  # fmt: skip
        if ended.wait_seconds:
            again.headers["retry-after"] = str(ended.wait_seconds)
        return again
    return _with_session(request, to_page(request, page_after(then)), ended)


@router.post("/sign-out")
async def leave(
    request: Request, context: Context, visitor: Annotated[Visitor, Depends(by_own_form)]
) -> Response:
    """End the session, here and in the browser."""
    await sign_out(context, visitor)
    answer = to_page(request, "sign-in?why=out")
    answer.set_cookie(COOKIE, "", max_age=0, path=None, httponly=True, samesite="lax")
    return answer


@router.get("/password")
async def show_password(request: Request, visitor: Annotated[Visitor, Depends(signed_in)]) -> Response:
    """The form to change the own password."""
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
    return _with_session(request, to_page(request, "?changed=true"), ended)


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


def _with_session(request: Request, answer: Response, ended: SignIn) -> Response:
    """Give the browser the secret of the session: to no script, to no other site, and to this path alone."""
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, ended.secret, path=None, httponly=True, samesite="lax", secure=secure)
    return answer
