"""Compares days of channels with our own payments whenever one side has changed, and keeps their cases."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import open_each
from libs.common.cases.alerts_store import take_watch
from libs.common.cases.kinds import CaseState
from libs.common.cases.store import Gone, NewCase, close_cases
from libs.common.repeating import for_each, repeating
from libs.common.security.masking import mask_identities
from libs.common.service import Worker
from services.collection.assembly import CollectionContext
from services.collection.differences import store
from services.collection.differences.rules import (
    COMPARED,
    KINDS,
    PAYMENTS,
    REFUNDS,
    Day,
    Difference,
    chosen,
    same_difference,
    window,
)
from services.collection.differences.store import DayFile, Own

_GONE = "cause_gone"


def comparer(context: CollectionContext) -> Worker:
    """Make the worker; of several instances one compares a day at a time."""

    async def work() -> None:
        await compare_days(context)

    return repeating("channel_days", work, context.settings.look_seconds)


async def compare_days(context: CollectionContext) -> None:
    """Compare every day of which a side has changed since it was compared last."""
    async with context.engine.connect() as conn:
        days = await store.days(conn, COMPARED)

    async def compare(day: Day) -> None:
        async with context.engine.begin() as conn:
            if await take_watch(conn, day.about):
                await _compare(conn, context, day)
        await asyncio.sleep(0)

    await for_each(days, compare)


async def _compare(conn: AsyncConnection, context: CollectionContext, day: Day) -> None:
    files = await store.files_of(conn, day, COMPARED)
    if not files:
        return
    there = {one.kind: one.file_id for one in files}
    span = window(day.business_on, there)
    own = await store.own(conn, day, COMPARED, span)
    if not _is_due(files, own):
        return
    now, found = context.clock.now(), list[tuple[int, Difference]]()
    paid, back = chosen(there, PAYMENTS), chosen(there, REFUNDS)
    if paid is not None:
        differ = await store.payments_that_differ(conn, day, paid, PAYMENTS, span)
        found += [(paid, one) for one in differ]
    if back is not None:
        differ = await store.refunds_that_differ(conn, day, back, REFUNDS, span)
        found += [(back, one) for one in differ]
    cases = [_case_of(day, file_id, one, now) for file_id, one in found]
    kinds = [kind.code for kind in KINDS.values()]
    standing = await store.standing(conn, kinds, day.about)
    decided = {(one.kind, one.subject): one for one in standing if one.state == CaseState.DECIDED}
    new = {(one.kind, one.subject): one for one in cases}
    gone = [
        Gone(one.kind, one.subject)
        for one in standing
        if one.state == CaseState.OPEN and (one.kind, one.subject) not in new
    ]
    await close_cases(conn, gone, now, _GONE)
    # What somebody has decided is asked again only when it says something else.
    await open_each(
        conn,
        [
            case
            for key, case in new.items()
            if key not in decided or not same_difference(decided[key].evidence, case.evidence)
        ],
    )
    await store.note_compared(conn, [one.file_id for one in files], now, _written(own), len(new))


def _case_of(day: Day, file_id: int, one: Difference, now: datetime) -> NewCase:
    """The case about a difference: what they say beside what we say."""
    kind, number = KINDS[one.kind], mask_identities(one.transaction_no)
    evidence: dict[str, JsonValue] = {
        "channel": day.channel,
        "business_on": day.business_on.isoformat(),
        "entry": one.entry,
        "transaction_no": number,
        "file_id": file_id,
        "line": one.line,
        "theirs_fen": one.theirs_fen,
        "payment_id": one.payment_id,
        "ours_fen": one.ours_fen,
    }
    return NewCase(
        kind=kind.code,
        subject=f"{day.about}{one.entry}/{number}",
        owner=kind.owner,
        proposed=kind.steps[0].code,
        opened_at=now,
        evidence=evidence,
        county=day.county,
        coverage_year=one.coverage_year,
        division_code=day.division_code,
        amount_fen=one.theirs_fen if one.ours_fen is None else one.ours_fen,
    )


def _is_due(files: Sequence[DayFile], own: Own) -> bool:
    """Whether a side has changed: a file, ours of the day; where something differs, whatever is new."""
    before = files[0].compared_with
    if before is None or any(one.compared_with != before for one in files):
        return True
    if not files[0].difference_count:
        return not before.startswith(_of_the_day(own))
    return before != _written(own)


def _of_the_day(own: Own) -> str:
    return f"{own.payment_count} {own.return_count} "


def _written(own: Own) -> str:
    """With what files were compared, as it is kept."""
    return f"{_of_the_day(own)}{own.newest_id} {own.newest_file_id}"
