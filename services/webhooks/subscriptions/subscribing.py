"""Makes, changes and finds subscriptions, and gives them secrets."""

from datetime import datetime, timedelta

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import SystemClock
from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.security.webhooks import fingerprint, generate_secret
from libs.common.web.catalogue import NOT_FOUND
from libs.common.web.outbound import NotSent, Outbound
from services.webhooks.assembly import WebhooksContext
from services.webhooks.problems import ADDRESS_REFUSED
from services.webhooks.subscriptions import schemas, store
from services.webhooks.subscriptions.rules import SubscriptionState, division_of
from services.webhooks.subscriptions.store import NewSecret, NewSubscription, Subscription

log = structlog.get_logger(__name__)


async def check_address(outbound: Outbound, url: str) -> None:
    """Refuse an address to which nothing may be sent. Raises Problem 422."""
    try:
        target = httpx.URL(url)
        if target.userinfo:
            raise NotSent("not_an_address")
        await outbound.allowed(target)
    except httpx.InvalidURL:
        raise ADDRESS_REFUSED.problem(why="not_an_address") from None
    except NotSent as error:
        raise ADDRESS_REFUSED.problem(why=str(error)) from None


async def subscribe(
    conn: AsyncConnection,
    context: WebhooksContext,
    wanted: schemas.NewSubscription,
    caller: Caller,
    now: datetime,
) -> tuple[Subscription, str]:
    """Keep a subscription; give it with its secret. Raises Problem 403 or 422."""
    division = division_of(context.notices, caller, wanted.county, wanted.division_code)
    new = NewSubscription(
        url=wanted.url,
        note=wanted.note,
        kinds=wanted.kinds,
        county=wanted.county,
        division=division,
        state=SubscriptionState.ACTIVE,
        made_at=now,
        made_by=caller.subject,
    )
    number = await store.add(conn, new)
    secret = await _give_secret(conn, number, caller, now)
    log.info("webhook_subscribed", subscription_id=number, by=caller.subject)
    return await held(conn, number, caller), secret


async def change(
    conn: AsyncConnection, subscription_id: int, wanted: schemas.SubscriptionChange, caller: Caller
) -> Subscription:
    """Change address, note or kinds. Raises Problem 403 or 404."""
    known = await held(conn, subscription_id, caller)
    given = wanted.changed()
    await store.change(conn, known, given)
    log.info("webhook_changed", subscription_id=subscription_id, by=caller.subject, members=sorted(given))
    return await held(conn, subscription_id, caller)


async def change_secret(
    conn: AsyncConnection, subscription_id: int, old_hours: int, caller: Caller, now: datetime
) -> tuple[Subscription, str]:
    """Give a subscription a new secret; those before sign beside it for hours. Raises Problem 403 or 404."""
    await held(conn, subscription_id, caller)
    until = SystemClock().now() + timedelta(hours=old_hours)
    await store.retire_secrets(conn, subscription_id, until)
    secret = await _give_secret(conn, subscription_id, caller, now)
    log.info("webhook_secret_changed", subscription_id=subscription_id, by=caller.subject)
    return await held(conn, subscription_id, caller), secret


async def held(
    conn: AsyncConnection, subscription_id: int, caller: Caller, *, hold: bool = True
) -> Subscription:
    """Look a subscription up that the caller may see, and hold it. Raises Problem 403 or 404."""
    found = await store.find(conn, subscription_id, hold=hold)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division)
    return found


async def _give_secret(conn: AsyncConnection, number: int, caller: Caller, now: datetime) -> str:
    secret = generate_secret()
    await store.add_secret(
        conn,
        NewSecret(
            subscription_id=number,
            key=secret,
            fingerprint=fingerprint(secret),
            made_at=now,
            made_by=caller.subject,
        ),
    )
    return secret
