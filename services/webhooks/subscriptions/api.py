"""HTTP for subscriptions: make, see, change and end them; secrets, tests, resuming, telling again."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Response

from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, Id, Limit, NumberAfter, number_after
from services.webhooks.access import Context, Reader, Writer
from services.webhooks.deliveries import store as deliveries_store
from services.webhooks.deliveries.alarming import end_pause
from services.webhooks.problems import ADDRESS_REFUSED, COUNTY_WITHOUT_NOTICE, SUBSCRIPTION_NOT_PAUSED
from services.webhooks.subscriptions import schemas, store
from services.webhooks.subscriptions.rules import SubscriptionState
from services.webhooks.subscriptions.schemas import (
    Replayed,
    Resumed,
    SecretShown,
    Subscription,
    Subscriptions,
    Tried,
)
from services.webhooks.subscriptions.subscribing import (
    change,
    change_secret,
    check_address,
    held,
    subscribe,
)
from services.webhooks.subscriptions.trying import send_test

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1", tags=["subscriptions"])

_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_ONE = (NOT_FOUND, OUTSIDE_DIVISION)


@router.post(
    "/subscriptions",
    status_code=201,
    summary="Have an address told of facts",
    response_model=SecretShown,
    responses=problems(COUNTY_WITHOUT_NOTICE, ADDRESS_REFUSED, OUTSIDE_DIVISION, *_KEYS),
)
async def create_subscription(
    body: schemas.NewSubscription, caller: Writer, context: Context, key: Key
) -> Response:
    """Tell it of what happens from now on. The secret is shown this once: give it to the receiver."""
    now, request = context.clock.now(), once(caller, key, body)
    await check_address(context.parts.outbound, body.url)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        made, secret = await subscribe(conn, context, body, caller, now)
        return await answer(conn, request, _shown(secret, made))


@router.get("/subscriptions", summary="Which addresses are told of what")
async def list_subscriptions(
    caller: Reader,
    context: Context,
    county: Annotated[CountyCode | None, Query()] = None,
    state: Annotated[SubscriptionState | None, Query()] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Subscriptions:
    """List those within the own division, how their addresses answer, and how much waits."""
    async with context.engine.connect() as conn:
        found = await store.page(conn, caller.division, county, state, number_after(after), limit)
    more = str(found[-1].subscription_id) if len(found) == limit else None
    return Subscriptions(items=[Subscription.model_validate(one) for one in found], next_after=more)


@router.get("/subscriptions/{subscription_id}", summary="One subscription", responses=problems(*_ONE))
async def get_subscription(subscription_id: Id, caller: Reader, context: Context) -> Subscription:
    """Show what it is told of, how its address answers, and how much waits."""
    async with context.engine.connect() as conn:
        return Subscription.model_validate(await held(conn, subscription_id, caller, hold=False))


@router.patch(
    "/subscriptions/{subscription_id}",
    summary="Change an address, or what it is told of",
    responses=problems(*_ONE, ADDRESS_REFUSED),
)
async def change_subscription(
    subscription_id: Id, body: schemas.SubscriptionChange, caller: Writer, context: Context
) -> Subscription:
    """Change it from now on: what waits goes to the new address, kinds count for what comes."""
    if body.url:
        await check_address(context.parts.outbound, body.url)
    async with context.engine.begin() as conn:
        return Subscription.model_validate(await change(conn, subscription_id, body, caller))


@router.delete(
    "/subscriptions/{subscription_id}",
    status_code=204,
    summary="Tell an address no more",
    responses=problems(*_ONE),
)
async def end_subscription(subscription_id: Id, caller: Writer, context: Context) -> None:
    """End it: secrets, log and what waits are gone."""
    async with context.engine.begin() as conn:
        await held(conn, subscription_id, caller)
        await store.remove(conn, subscription_id)
        await end_pause(conn, subscription_id, context.clock.now())
    log.info("webhook_ended", subscription_id=subscription_id, by=caller.subject)


@router.post(
    "/subscriptions/{subscription_id}/secret",
    status_code=201,
    summary="Give a subscription a new secret",
    response_model=SecretShown,
    responses=problems(*_ONE, *_KEYS),
)
async def change_subscription_secret(
    subscription_id: Id, body: schemas.SecretChange, caller: Writer, context: Context, key: Key
) -> Response:
    """Sign by it from now on, for hours by the old one beside it. It is shown this once.

    With `old_hours` 0 the old one signs no more: it is known to others.
    """
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        found, secret = await change_secret(conn, subscription_id, body.old_hours, caller, now)
        return await answer(conn, request, _shown(secret, found))


@router.post(
    "/subscriptions/{subscription_id}/test",
    summary="Send a test message",
    response_model=Tried,
    responses=problems(*_ONE, *_KEYS),
)
async def test_subscription(subscription_id: Id, caller: Writer, context: Context, key: Key) -> Response:
    """Send `canbao.webhook.test`, signed as all others, and say what was answered."""
    now, request = context.clock.now(), once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        found = await held(conn, subscription_id, caller, hold=False)
        log.info("webhook_tested", subscription_id=subscription_id, by=caller.subject)
        return await answer(conn, request, await send_test(conn, context, found, now), 200)


@router.post(
    "/subscriptions/{subscription_id}/resume",
    summary="Tell a paused address again",
    response_model=Resumed,
    responses=problems(*_ONE, SUBSCRIPTION_NOT_PAUSED, *_KEYS),
)
async def resume_subscription(subscription_id: Id, caller: Writer, context: Context, key: Key) -> Response:
    """Tell it what waited, in order, and what comes."""
    now, request = context.clock.now(), once(caller, key, None)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        found = await held(conn, subscription_id, caller)
        if found.state != SubscriptionState.PAUSED:
            raise SUBSCRIPTION_NOT_PAUSED.problem()
        await store.resume(conn, subscription_id)
        await end_pause(conn, subscription_id, now)
        waiting = await deliveries_store.begin_again(conn, subscription_id)
        log.info("webhook_resumed", subscription_id=subscription_id, by=caller.subject)
        resumed = Subscription.model_validate(await held(conn, subscription_id, caller))
        return await answer(conn, request, Resumed(waiting=waiting, subscription=resumed), 200)


@router.post(
    "/subscriptions/{subscription_id}/replay",
    summary="Tell again what happened in a time",
    response_model=Replayed,
    responses=problems(*_ONE, *_KEYS),
)
async def replay_subscription(
    subscription_id: Id, body: schemas.Replay, caller: Writer, context: Context, key: Key
) -> Response:
    """Tell facts again that are kept, under the same `webhook-id`; also those from before it was made."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await held(conn, subscription_id, caller)
        facts = await deliveries_store.replay(conn, subscription_id, body.from_at, body.until_at)
        log.info("webhook_replayed", subscription_id=subscription_id, by=caller.subject, facts=facts)
        return await answer(conn, request, Replayed(facts=facts), 200)


def _shown(secret: str, row: store.Subscription) -> SecretShown:
    return SecretShown(secret=secret, subscription=Subscription.model_validate(row))
