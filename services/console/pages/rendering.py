"""Fills the templates: everything is escaped, no script runs, nothing is kept by browsers or proxies."""

from importlib.resources import files
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.console.pages.rules import LANGUAGE_COOKIE, Words, to_root
from services.console.session.rules import COOKIE, form_token_of, page_of, proven, without_done

STATIC = files("services.console") / "static"

#: The pages as they are filled in.
templates = Environment(
    loader=PackageLoader("services.console", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


def words_of(request: Request) -> Words:
    """The language that the visitor chose; Chinese where none was."""
    return Words(request.cookies.get(LANGUAGE_COOKIE, ""))


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Answer with a page. `visitor` is who is signed in, or absent."""
    path, secret = path_below_root(request), request.cookies.get(COOKIE)
    text = templates.get_template(template).render(
        {
            "visitor": getattr(request.state, "visitor", None),
            "visitor_place": getattr(request.state, "place", None),
            "t": words_of(request),
            "root": to_root(path),
            "here": path.lstrip("/"),
            "back_here": page_of(path, without_done(request.url.query)),
            "done": getattr(request.state, "done", "") if status < 300 else "",
            "age_seconds": asks.age_seconds if (asks := getattr(request.state, "asking", None)) else 0,
            "form_token": form_token_of(secret) if secret else "",
            "again_seconds": None,
            **values,
        }
    )
    return HTMLResponse(text, status, _HEADERS)


def unfinished_page(
    request: Request, template: str, seconds: int, status: int = 200, **values: object
) -> HTMLResponse:
    """Answer with a page that loads itself after some seconds.

    Its visitor may stop that (`still`): who has it read aloud would begin anew each time.
    """
    still = bool(getattr(request.state, "still", False))
    asked = [one for one in request.query_params.multi_items() if one[0] != "still"]
    otherwise = urlencode(asked if still else [*asked, ("still", "true")])
    answer = page(
        request, template, status, again_seconds=seconds, still=still, otherwise=otherwise, **values
    )
    if not still:
        answer.headers["refresh"] = str(seconds)
    return answer


def to_page(request: Request, where: str) -> Response:
    """Have the browser go on to a page of ours, by its path without the leading slash."""
    if secret := request.cookies.get(COOKIE):
        where = proven(where, form_token_of(secret))
    answer = RedirectResponse(to_root(path_below_root(request)) + where, 303)
    answer.headers["cache-control"] = "no-store"
    return answer


def path_below_root(request: Request) -> str:
    """The path of a request, without the prefix that a proxy or the all-in-one put before it."""
    return request.url.path.removeprefix(str(request.scope.get("root_path", ""))) or "/"
