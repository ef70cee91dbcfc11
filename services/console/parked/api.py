"""The page of a notification that is parked, and the form that has it tried again."""

from collections.abc import Mapping
from typing import Annotated

import httpx
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.rules import Refused
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page, to_page
from services.console.parked.asking import API, parked_of
from services.console.parked.filling import retrying
from services.console.parked.showing import may_retry, parked_page

router = APIRouter(
    prefix="/parked/{notification_id}", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_Id = Annotated[int, Path(ge=1, lt=2**62)]


@router.get("")
async def show_parked(request: Request, asking: Asks, notification_id: _Id) -> Response:
    """What is known of it, and why it was parked."""
    if not (may(asking.visitor, "ops:read") or may(asking.visitor, "collection:read")):
        raise NotOffered
    lines = await parked_of(asking, notification_id)
    return page(request, "object.html", shown=parked_page(asking.visitor, lines))


def _mends(asking: Asks) -> None:
    if not may_retry(asking.visitor):
        raise NotOffered


@router.get("/retry", dependencies=[Depends(_mends)])
async def show_retry(request: Request, asking: Asks, notification_id: _Id) -> Response:
    """The form that has it tried again."""
    return show(request, retrying(await parked_of(asking, notification_id)))


@router.post("/retry", dependencies=[Depends(by_own_form), Depends(_mends)])
async def retry(request: Request, asking: Asks, notification_id: _Id) -> Response:
    """Have it tried again, once; it leaves the list until it fails anew."""
    try:
        sheet = retrying(await parked_of(asking, notification_id))
    except Refused as refused:
        if refused.status != httpx.codes.NOT_FOUND:
            raise
        # The button was pressed twice, or somebody else was faster.
        return to_page(request, "work/parked?done=not_parked")
    queued: list[int] = []

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "collection", f"{API}/{notification_id}/retry", {}, key)
        queued.append(notification_id)
        return "requeued"

    answered = await answer(request, sheet, send)
    return to_page(request, "work/parked?done=requeued") if queued else answered
