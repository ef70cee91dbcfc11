"""The page on which anybody who holds a voucher checks it; nobody signs in for it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, AsksAsAnybody
from services.console.apis.rules import Refused
from services.console.checks.schemas import Verdict
from services.console.forms.rules import Fault, Field, faults_of
from services.console.pages.failing import PageRoute
from services.console.pages.rendering import page

router = APIRouter(route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False)

_Typed = Annotated[str, Form(max_length=100)]
_FIELDS = (
    Field("number", "凭证号", "Number", most=40),
    Field("code", "验证码", "Code", most=20),
)
#: What collection says of what was typed, and the holder can mend.
_MENDED_HERE = (422, 429)


@router.get("/check")
async def show_check(request: Request, no: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The form; a link may bring the number along, never the code."""
    return _page(request, {"number": no}, [])


@router.post("/check")
async def check(request: Request, asking: AsksAsAnybody, number: _Typed = "", code: _Typed = "") -> Response:
    """What the voucher says, above the form; a wrong code is like a number that nobody knows."""
    typed = {"number": number.strip(), "code": code.strip()}
    if faults := faults_of(_FIELDS, typed):
        return _page(request, typed, faults)
    body = {"voucher_no": typed["number"], "code": typed["code"]}
    try:
        found = await asking.post(Verdict, "collection", "/v1/vouchers/check", body)
    except Refused as refused:
        if refused.status not in _MENDED_HERE:
            raise
        said = Fault("number", refused.detail_zh or refused.title_zh, refused.detail or refused.title)
        return _page(request, typed, [said], refused.status)
    return _page(request, typed, [], 200, found)


def _page(
    request: Request, typed: dict[str, str], faults: list[Fault], status: int = 422,
    found: Verdict | None = None,
) -> Response:  # fmt: skip
    status = status if faults else 200
    return page(request, "check.html", status, typed=typed, fields=_FIELDS, faults=faults, found=found)
