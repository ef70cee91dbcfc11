"""Sends a test message, signed as all others, so that a receiver sees whether it can verify it."""

import time
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import SystemClock
from libs.common.security.webhooks import WebhookKeyRing
from libs.common.web.attempts import attempt
from libs.common.web.schemas import shanghai
from services.webhooks.assembly import WebhooksContext
from services.webhooks.deliveries import store
from services.webhooks.deliveries.rules import webhook_id
from services.webhooks.subscriptions.schemas import Tried
from services.webhooks.subscriptions.store import Subscription

#: The type of the message; it tells of nothing.
TEST = "canbao.webhook.test"


async def send_test(
    conn: AsyncConnection, context: WebhooksContext, subscription: Subscription, now: datetime
) -> Tried:
    """Send it, also where the subscription is paused; what comes of it changes nothing."""
    number = subscription.subscription_id
    keys = await store.keys(conn, number, SystemClock().now())
    message_id = webhook_id(number, "test", str(time.time_ns()))
    said = {"type": TEST, "timestamp": shanghai(now), "data": {"subscription_id": number}}
    made = await attempt(
        context.parts.outbound, subscription.url, WebhookKeyRing(keys), message_id, orjson.dumps(said)
    )
    return Tried(taken=made.taken, answer=made.answer, webhook_id=message_id)
