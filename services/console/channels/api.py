"""The page of a channel, and the forms that try it or take a secret out. No secret is ever shown."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, by_own_form
from services.console.apis.asking import Asking
from services.console.apis.rules import absent
from services.console.channels.asking import channels_of, secrets_of
from services.console.channels.filling import retires_will, retiring, trying
from services.console.channels.schemas import Channel, Key
from services.console.channels.showing import channel_page
from services.console.decisions.schemas import Done
from services.console.forms.answering import answer, show
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page

router = APIRouter(
    prefix="/channels/{channel}", route_class=PageRoute, dependencies=[ONE_SITE], include_in_schema=False
)

_Channel = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_Id = Annotated[int, Path(ge=1, lt=2**62)]
_OWN_FORM = [Depends(by_own_form)]


@router.get("")
async def show_channel(request: Request, asking: Asks, channel: _Channel) -> Response:
    """How it signs, its secrets by their fingerprints, what it sent of late, and whether it works."""
    one = await _channel(asking, channel)
    return page(request, "object.html", shown=channel_page(one, await secrets_of(asking, channel)))


@router.get("/test")
async def show_trying(request: Request, asking: Asks, channel: _Channel) -> Response:
    """The form that tries it."""
    return show(request, trying(await _channel(asking, channel)))


@router.post("/test", dependencies=_OWN_FORM)
async def try_it(request: Request, asking: Asks, channel: _Channel) -> Response:
    """Try it; the page of the channel says what came of it."""
    sheet = trying(await _channel(asking, channel))

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "collection", f"/v1/channels/{channel}/test", {}, key)
        return "tried"

    return await answer(request, sheet, send)


@router.get("/secrets/{secret_id}/retirement")
async def show_retiring(request: Request, asking: Asks, channel: _Channel, secret_id: _Id) -> Response:
    """The form that takes a secret out."""
    return show(request, retiring(*await _key(asking, channel, secret_id)))


@router.post("/secrets/{secret_id}/retirement", dependencies=_OWN_FORM)
async def retire(request: Request, asking: Asks, channel: _Channel, secret_id: _Id) -> Response:
    """Take it out, after a look at what that does."""
    one, its = await _key(asking, channel, secret_id)

    async def send(typed: Mapping[str, str], key: str) -> str:
        await asking.change(Done, "collection", f"/v1/channel-secrets/{secret_id}/retirement", {}, key)
        return "retired"

    return await answer(request, retiring(one, its), send, lambda _: retires_will(one, its))


async def _channel(asking: Asking, channel: str) -> Channel:
    """Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "channels:write"):
        raise NotOffered
    found = next((one for one in await channels_of(asking) if one.channel == channel), None)
    if found is None:
        raise absent("collection")
    return found


async def _key(asking: Asking, channel: str, secret_id: int) -> tuple[Channel, Key]:
    one = await _channel(asking, channel)
    key = next((key for key in one.keys if key.secret_id == secret_id), None)
    if key is None:
        raise absent("collection")
    return one, key
