"""Compares what collection tells of days of channels with what is posted, until both say the same."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Findings, Season, alert_case, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.divisions import CODE_LENGTH
from libs.common.events.channel_days import ChannelDayTotalled
from libs.common.policy import Notice, Notices
from services.ledger.cases.rules import CHANNEL_DAY_LEDGER
from services.ledger.daytotals import store
from services.ledger.daytotals.rules import LOOKS, Beside, NewTotal


async def take_in(conn: AsyncConnection, told: Sequence[ChannelDayTotalled]) -> None:
    """Keep what collection told of days."""
    await store.keep(conn, [NewTotal(**dict(one)) for one in told])


async def see_to_day_totals(conn: AsyncConnection, now: datetime, notices: Notices) -> Collection[Season]:
    """Look at days that were not equal yet: one that differs at every look has an alert until it agrees."""
    looked = await store.beside(conn, await store.not_equal(conn))
    await store.note(conn, looked)
    by_county = {one.county: one for one in sorted(notices.values(), key=lambda one: one.year)}
    found = [
        _alert(one, by_county.get(one.told.county), now)
        for one in looked
        if not one.agrees and one.looks >= LOOKS
    ]
    return await keep_alerts(conn, [CHANNEL_DAY_LEDGER], Findings(found), now)


def _alert(one: Beside, notice: Notice | None, now: datetime) -> NewCase:
    told, posted = one.told, one.posted
    label = notice.channel_label(told.channel) if notice else None
    return alert_case(
        CHANNEL_DAY_LEDGER,
        f"channel-days/{told.county}/{told.channel}/{told.business_on.isoformat()}",
        now,
        {
            "channel": told.channel,
            "channel_en": label.en if label else told.channel,
            "channel_zh": label.zh if label else told.channel,
            "business_on": told.business_on.isoformat(),
            "taken_fen": told.taken_fen,
            "posted_taken_fen": posted.taken_fen,
            "returned_fen": told.returned_fen,
            "posted_returned_fen": posted.returned_fen,
            "revision": told.revision,
        },
        county=told.county,
        division_code=notice.division.ljust(CODE_LENGTH, "0") if notice else None,
        amount_fen=one.differs_fen,
    )
