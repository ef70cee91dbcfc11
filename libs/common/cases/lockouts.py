"""Tells operators who is locked out for guessing: an alert while it lasts, and a number at each scrape."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, alert_case, keep_alerts
from libs.common.cases.kinds import LOCKED_OUT
from libs.common.security.guesses import locked_out
from libs.common.service import AnyContext

#: Whoever guesses from everywhere need not fill the list of alerts: the number at the scrape has all.
_AT_MOST = 50
_COUNTED_AT_MOST = 10_000


async def see_to_lockouts(conn: AsyncConnection, now: datetime, limit: int) -> None:
    """Raise an alert for each lock-out, and resolve those that are over; `limit` is the setting's."""
    found = [
        alert_case(
            LOCKED_OUT,
            f"lockouts/{sha256(one.about.encode()).hexdigest()[:32]}",
            now,
            {"counted": one.counted, "failures": one.failures},
        )
        for one in await locked_out(conn, limit, _AT_MOST)
    ]
    await keep_alerts(conn, (LOCKED_OUT,), Findings(found), now)


def count_lockouts(context: AnyContext) -> None:
    """Show at each scrape who is locked out, by what their failures are counted."""

    async def standing() -> Mapping[str, float]:
        async with context.engine.connect() as conn:
            found = await locked_out(conn, context.settings.guess_limit, _COUNTED_AT_MOST)
        return Counter(one.counted for one in found)

    context.metrics.gauge_from("canbao_locked_out", "Who is locked out for guessing.", "counted", standing)
