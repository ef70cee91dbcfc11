"""Sees to debit batches as time passes: asks for results, holds people until then, ends what is late."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.clock import SHANGHAI, business_date
from libs.common.workdays import add_workdays
from services.collection.cases.debits import DEBIT_UNANSWERED
from services.collection.debits import alarms_store, lines_store, store
from services.collection.debits.alarms_store import OpenBatch
from services.collection.debits.rules import OPERATION, DebitTerms, subject_of

#: Orders stand so much longer than now while their batch has no answer: a look a minute moves it on.
_AHEAD = timedelta(days=2)
_DEFAULT = DebitTerms()


async def see_to_debits(
    conn: AsyncConnection, now: datetime, terms: Mapping[str, Mapping[str, DebitTerms]]
) -> Collection[Season]:
    """Raise and resolve alerts about batches without results; keep their people, and free those of others."""
    await _end_missed(conn, now)
    await alarms_store.hold_on(conn, now + timedelta(days=1), now + _AHEAD)
    open_ones = defaultdict[Season, list[OpenBatch]](list)
    for batch in await alarms_store.unanswered(conn, now):
        open_ones[batch.county, batch.coverage_year].append(batch)

    async def find(season: Season) -> list[NewCase]:
        return [_alert(one, now) for one in open_ones[season] if _is_late(one, now, terms)]

    found = await find_in_each(conn, ((one, one) for one in sorted(open_ones)), find)
    return await keep_alerts(conn, (DEBIT_UNANSWERED,), found, now)


async def _end_missed(conn: AsyncConnection, now: datetime) -> None:
    """What no bank was given on its day is debited by nobody: its file does not leave any more."""
    missed = await alarms_store.missed(conn, datetime.combine(business_date(now), time(), SHANGHAI))
    for batch_id in missed:
        await lines_store.end_batch(conn, batch_id, "taken_out", "not_given_out", now)
        await store.miss(conn, batch_id)
    await cases.lapse(conn, OPERATION, [subject_of(one) for one in missed], now)


def _is_late(one: OpenBatch, now: datetime, terms: Mapping[str, Mapping[str, DebitTerms]]) -> bool:
    days = terms.get(one.county, {}).get(one.channel, _DEFAULT).alert_after_workdays
    return business_date(now) > add_workdays(business_date(one.debit_at), days)


def _alert(one: OpenBatch, now: datetime) -> NewCase:
    return alert_case(
        DEBIT_UNANSWERED,
        subject_of(one.batch_id),
        now,
        {
            "batch_id": one.batch_id,
            "channel": one.channel,
            "count": one.count,
            "debit_on": business_date(one.debit_at).isoformat(),
        },
        county=one.county,
        coverage_year=one.coverage_year,
        division_code=one.division_code,
        amount_fen=one.amount_fen,
    )
