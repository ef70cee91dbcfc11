"""Raises an alert where an address is paused, and resolves it where it is resumed or ended."""

from datetime import datetime

import httpx
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store
from libs.common.cases.alerting import alert_case
from libs.common.cases.store import Gone
from libs.common.divisions import CODE_LENGTH
from services.webhooks.cases.rules import ADDRESS_PAUSED, RESUMED, subject_of
from services.webhooks.deliveries.rules import Health, PauseReason
from services.webhooks.deliveries.store import Target

_GONE = ("it answered 410", "接收方应答 410")


async def tell_pause(
    conn: AsyncConnection, subscription_id: int, target: Target, health: Health, now: datetime
) -> None:
    """Raise the alert, in the transaction of the pause. Of the address it says the host alone."""
    failed = (f"{health.failures} attempts in a row failed", f"连续 {health.failures} 次未能送达")
    why, why_zh = _GONE if health.pause_reason == PauseReason.GONE else failed
    evidence: dict[str, JsonValue] = {
        "subscription_id": subscription_id,
        "address": httpx.URL(target.url).host,
        "why": why,
        "why_zh": why_zh,
    }
    place = target.division.ljust(CODE_LENGTH, "0") if target.division else None
    case = alert_case(
        ADDRESS_PAUSED,
        subject_of(subscription_id),
        now,
        evidence,
        county=target.county,
        division_code=place,
    )
    await store.open_cases(conn, [case])


async def end_pause(conn: AsyncConnection, subscription_id: int, now: datetime) -> None:
    """Resolve the alert, in the transaction in which its cause goes."""
    await store.close_cases(conn, [Gone(ADDRESS_PAUSED.code, subject_of(subscription_id))], now, RESUMED)
