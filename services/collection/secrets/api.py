"""Secrets of channels: see which there are, make and take them out, and try a channel."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.cases.schemas import Approval
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import Id, Limit, NumberAfter, number_after
from services.collection.access import ChannelKeeper, Context
from services.collection.problems import CHANNEL_UNKNOWN, COUNTY_UNKNOWN
from services.collection.secrets import schemas, store
from services.collection.secrets.keeping import ask_for_secret, show, take_out
from services.collection.secrets.problems import (
    CHANNEL_HAS_OTHER_KEYS,
    CHANNEL_NOT_TRIED,
    CHANNEL_OF_ANOTHER_COUNTY,
    SECRET_NOT_SHOWN,
    SECRET_RETIRED,
)
from services.collection.secrets.schemas import ChannelSecret, ChannelSecrets, ChannelTried, ShownSecret
from services.collection.secrets.trying import try_channel
from services.collection.tallies.store import Trial, note

router = APIRouter(prefix="/v1", tags=["channels"])

_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.get("/channel-secrets", summary="Which secrets channels may sign by")
async def list_channel_secrets(
    caller: ChannelKeeper,
    context: Context,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ChannelSecrets:
    """List those that were made here, of the own county, never themselves; the settings may have others."""
    async with context.engine.connect() as conn:
        found = await store.page(conn, caller.division, channel, number_after(after), limit)
    more = str(found[-1].secret_id) if len(found) == limit else None
    return ChannelSecrets(items=[ChannelSecret.model_validate(one) for one in found], next_after=more)


@router.post(
    "/channel-secrets",
    status_code=202,
    summary="Give a channel a new secret",
    response_model=Approval,
    responses=problems(
        *(COUNTY_UNKNOWN, OUTSIDE_DIVISION, CHANNEL_HAS_OTHER_KEYS, CHANNEL_OF_ANOTHER_COUNTY),
        *(APPROVAL_WAITING, *_KEYS),
    ),
    openapi_extra=COUNTY,
)
async def make_channel_secret(
    body: schemas.NewSecret, caller: ChannelKeeper, context: Context, key: Key
) -> Response:
    """Ask for it; it is made when a second person agrees under /v1/approvals, and counts within seconds.

    Those before it are believed beside it until they are taken out. A channel that is not there is made.
    """
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        asked = await ask_for_secret(conn, context, body, caller, now)
        return await answer(conn, request, Approval.model_validate(asked), 202)


@router.post(
    "/channel-secrets/{secret_id}/disclosure",
    summary="See a new secret, once",
    response_model=ShownSecret,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, SECRET_NOT_SHOWN, SECRET_RETIRED, *_KEYS),
)
async def show_channel_secret(secret_id: Id, caller: ChannelKeeper, context: Context, key: Key) -> Response:
    """Show it to whoever asked for it, to be given to the sender. Only the same request gets it again."""
    now, request = context.clock.now(), once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        secret = await show(conn, secret_id, caller, now)
        return await answer(conn, request, ShownSecret(secret_id=secret_id, secret=secret), 200)


@router.post(
    "/channel-secrets/{secret_id}/retirement",
    summary="Believe a secret no more",
    response_model=ChannelSecret,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, SECRET_RETIRED, *_KEYS),
)
async def retire_channel_secret(secret_id: Id, caller: ChannelKeeper, context: Context, key: Key) -> Response:
    """Take it out, once its sender has switched, or at once when it is known to others; it is forgotten."""
    now, request = context.clock.now(), once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        retired = await take_out(conn, secret_id, caller, now)
        return await answer(conn, request, ChannelSecret.model_validate(retired), 200)


@router.post(
    "/channels/{channel}/test",
    summary="Try a channel",
    response_model=ChannelTried,
    responses=problems(CHANNEL_UNKNOWN, OUTSIDE_DIVISION, CHANNEL_NOT_TRIED, *_KEYS),
)
async def try_a_channel(
    channel: Annotated[str, Path(max_length=40)], caller: ChannelKeeper, context: Context, key: Key
) -> Response:
    """Send a signed sample that means nothing through our own door, and say what was verified.

    It is signed by the newest secret and stored like every notification. Of a wallet the gateway is asked
    about an order that nobody has: to hear that, our key, its key and the way there have to be right.
    """
    now, request = context.clock.now(), once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        tried = await try_channel(context, channel, caller, now)
        about = f"channel {channel}: {tried.fault or 'ok'}"
        await record_lookup(conn, caller, operation="try_a_channel", at=now, purpose=about)
        trial = Trial(channel, now, caller.subject, list(tried.checked), tried.fault, tried.fingerprint)
        await note(conn, trial)
        return await answer(conn, request, ChannelTried.model_validate(tried), 200)
