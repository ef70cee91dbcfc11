"""The page of a subscription with its log, and the forms that test, resume or tell it again."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi import Query as Parameter
from starlette.responses import Response

from services.console.access import ONE_SITE, Asks, Context, by_own_form
from services.console.apis.asking import Asking
from services.console.forms.answering import Foresees, answer, show
from services.console.forms.rules import Sheet
from services.console.home.rules import may
from services.console.pages.failing import NotOffered, PageRoute
from services.console.pages.rendering import page
from services.console.receipts.rules import written
from services.console.subscriptions.asking import API, deliveries_of, subscription_at
from services.console.subscriptions.filling import (
    replay_body,
    replaying,
    replays_will,
    resumes_will,
    resuming,
    testing,
)
from services.console.subscriptions.schemas import Replayed, Resumed, Subscription, Tried
from services.console.subscriptions.showing import (
    replayed_says,
    resumed_says,
    subscription_page,
    tried_says,
)

router = APIRouter(
    prefix="/subscriptions/{subscription_id}", route_class=PageRoute, dependencies=[ONE_SITE],
    include_in_schema=False,
)  # fmt: skip

_Id = Annotated[int, Path(ge=1, lt=2**62)]
_State = Literal["", "waiting", "taken", "given_up"]
_After = Annotated[str, Parameter(max_length=18, pattern=r"^[0-9]*$")]
_OWN_FORM = Depends(by_own_form)
#: Has it done under a key, with what was typed; gives what came of it, in both languages.
_Sends = Callable[[str, Mapping[str, str]], Awaitable[tuple[str, str]]]


async def _changes(asking: Asks, subscription_id: _Id) -> Subscription:
    """The subscription, for who may do something about it. Raises NotOffered, ServiceAway and Refused."""
    if not may(asking.visitor, "webhooks:write"):
        raise NotOffered
    return await subscription_at(asking, subscription_id)


_One = Annotated[Subscription, Depends(_changes)]


@router.get("")
async def show_subscription(
    request: Request, asking: Asks, subscription_id: _Id, part: _State = "", after: _After = ""
) -> Response:
    """How its address answers, what it was told, and what waits."""
    if not may(asking.visitor, "webhooks:read"):
        raise NotOffered
    one = await subscription_at(asking, subscription_id)
    log = await deliveries_of(asking, subscription_id, part, after)
    return page(request, "object.html", shown=subscription_page(asking.visitor, one, log, part))


@router.get("/test")
async def show_test(request: Request, one: _One) -> Response:
    """The form that sends a test message."""
    return show(request, testing(one))


@router.post("/test", dependencies=[_OWN_FORM])
async def test(request: Request, asking: Asks, one: _One) -> Response:
    """Send it, and say what was answered."""

    async def send(key: str, _: Mapping[str, str]) -> tuple[str, str]:
        path = f"{API}/{one.subscription_id}/test"
        return tried_says(await asking.change(Tried, "webhooks", path, {}, key))

    return await _done(request, asking, testing(one), send)


@router.get("/resume")
async def show_resume(request: Request, one: _One) -> Response:
    """The form that has a paused address told again."""
    return show(request, resuming(one))


@router.post("/resume", dependencies=[_OWN_FORM])
async def resume(request: Request, asking: Asks, one: _One) -> Response:
    """Have it told again, after a look at what that does."""

    async def send(key: str, _: Mapping[str, str]) -> tuple[str, str]:
        path = f"{API}/{one.subscription_id}/resume"
        return resumed_says(await asking.change(Resumed, "webhooks", path, {}, key))

    return await _done(request, asking, resuming(one), send, lambda _: resumes_will(one))


@router.get("/replay")
async def show_replay(request: Request, context: Context, one: _One) -> Response:
    """The form that tells facts of a time again."""
    return show(request, replaying(one), {"until_at": written(context.clock.now())})


@router.post("/replay", dependencies=[_OWN_FORM])
async def replay(request: Request, asking: Asks, one: _One) -> Response:
    """Tell them again, after a look at what that does."""

    async def send(key: str, typed: Mapping[str, str]) -> tuple[str, str]:
        path = f"{API}/{one.subscription_id}/replay"
        return replayed_says(await asking.change(Replayed, "webhooks", path, replay_body(typed), key))

    return await _done(request, asking, replaying(one), send, replays_will)


async def _done(
    request: Request, asking: Asking, sheet: Sheet, send: _Sends, foresees: Foresees | None = None
) -> Response:
    """Answer the form; once it is done, the page of the subscription with what came of it."""
    came: list[tuple[str, str]] = []

    async def does(typed: Mapping[str, str], key: str) -> str:
        came.append(await send(key, typed))
        return ""

    answered = await answer(request, sheet, does, foresees)
    if not came:
        return answered
    subscription_id = int(request.path_params["subscription_id"])
    one = await subscription_at(asking, subscription_id)
    log = await deliveries_of(asking, subscription_id, "", "")
    shown = subscription_page(asking.visitor, one, log, said=came[0])
    return page(request, "object.html", shown=shown)
