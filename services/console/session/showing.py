"""The page to sign in: which ways there are, and what was wrong with the last attempt."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from services.console.assembly import ConsoleContext
from services.console.pages.rendering import page


def sign_in_page(request: Request, context: ConsoleContext, status: int = 200, **values: object) -> Response:
    """Show it. `ended` is an attempt with a password, `refused` one at the provider."""
    given: dict[str, object] = {"then": "", "why": "", "name": "", "ended": None, "refused": None, **values}
    # What a form answered has no address of its own: the page to sign in has.
    given["back_here"] = f"sign-in?then={quote(str(given['then']), safe='')}"
    by_provider = context.parts.provider is not None
    return page(request, "sign-in.html", status, by_provider=by_provider, local=context.parts.local, **given)


def left_page(request: Request, onward: str) -> Response:
    """Show that the session is over, and go on to sign out at the provider.

    Browsers let no form lead to another site (`form-action`); a page may.
    """
    request.state.visitor = None
    answer = page(request, "left.html", onward=onward)
    answer.headers["refresh"] = f"0;url={onward}"
    return answer
