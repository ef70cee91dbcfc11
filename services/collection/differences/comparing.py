"""Compares days of channels with our own payments whenever one side has changed, and keeps their cases."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import differences_store
from libs.common.cases.alerts_store import take_watch
from libs.common.cases.differences_store import Asked
from libs.common.cases.differing import keep_differences
from libs.common.cases.store import NewCase, bring_up_to_date
from libs.common.db.isolation import apply_by_halves
from libs.common.repeating import for_each, repeating
from libs.common.security.masking import mask_identities
from libs.common.service import Worker
from libs.common.setbacks import setback
from services.collection.assembly import CollectionContext
from services.collection.days.closing import open_again
from services.collection.differences import beside_store, store
from services.collection.differences.rules import (
    BESIDE,
    COMPARED,
    KINDS,
    Account,
    Compared,
    Day,
    Difference,
    FeeTerms,
    RestsOn,
    Terms,
    by_day,
    days_of,
    fingerprint,
    proposed,
    together,
)

#: What a case says, wherever it stands in whichever version of the file.
_SAYS = ("theirs_fen", "ours_fen", "payment_id", *BESIDE)


def comparer(context: CollectionContext) -> Worker:
    """Make the worker; of several instances one compares the days of an account at a time."""

    async def work() -> None:
        await compare_days(context)

    return repeating("channel_days", work, context.settings.look_seconds)


async def compare_days(context: CollectionContext) -> None:
    """Compare every day of which a side has changed since it was compared last."""
    async with context.engine.connect() as conn:
        accounts = await store.accounts(conn, COMPARED)

    async def compare(account: Account) -> None:
        async with context.engine.begin() as conn:
            if await take_watch(conn, account.about):
                await _compare(conn, account, _terms(context, account), context.clock.now())

    await for_each(accounts, compare, lambda account: account.about)


def _terms(context: CollectionContext, account: Account) -> Terms:
    channel = context.parts.keys.channels.get(account.channel)
    return Terms(
        context.parts.fees.get(account.county, {}).get(account.channel),
        askable=channel is not None and channel.gateway is not None,
    )


async def _compare(conn: AsyncConnection, account: Account, terms: Terms, now: datetime) -> None:
    days = days_of(await store.files_of(conn, account, COMPARED))
    back = by_day(await store.refunds_that_differ(conn, account, days))
    rests_on = await _rests_on(conn, account, days, back, terms.fee)
    due = [day for day in days if day.compared_with != {rests_on[day.business_on].of(day.difference_count)}]
    if due:
        await _compare_days(conn, account, due, back, rests_on, terms, now)
    await open_again(conn, account.county, account.channel, [day.business_on for day in due], now)


async def _compare_days(
    conn: AsyncConnection,
    account: Account,
    due: Sequence[Day],
    back: Mapping[date, Sequence[Difference]],
    rests_on: Mapping[date, RestsOn],
    terms: Terms,
    now: datetime,
) -> None:
    """Compare these days, keep the cases about them, and note with what they were compared."""
    asked = await differences_store.asked(conn, [kind.code for kind in KINDS.values()], account.about)

    async def compare(some: Sequence[Day]) -> None:
        paid = by_day(
            await store.payments_that_differ(conn, account, some)
            + await beside_store.named_otherwise(conn, account, some)
            + (await beside_store.fees_that_differ(conn, some, terms.fee) if terms.fee else [])
        )
        found = {day: [*paid.get(day.business_on, ()), *back.get(day.business_on, ())] for day in some}
        await _keep_cases(conn, found, asked, terms.askable, now)
        compared = [
            Compared(file_id, rests_on[day.business_on].of(len(differ)), len(differ))
            for day, differ in found.items()
            for file_id in day.file_ids
        ]
        await store.note_compared(conn, compared, now)

    for some in together(due):
        for day, error in (await apply_by_halves(conn, some, compare, most_defects=None)).refused:
            setback(day.about, error)


async def _rests_on(
    conn: AsyncConnection,
    account: Account,
    days: Sequence[Day],
    back: Mapping[date, Sequence[Difference]],
    agreed: FeeTerms | None,
) -> Mapping[date, RestsOn]:
    known, taken = await store.known(conn, account, days), await store.taken(conn, account.channel)
    return {
        day.business_on: RestsOn(
            known[day.business_on], fingerprint(back.get(day.business_on, ())), taken, agreed
        )
        for day in days
    }


async def _keep_cases(
    conn: AsyncConnection,
    found: Mapping[Day, Sequence[Difference]],
    asked: Sequence[Asked],
    askable: bool,
    now: datetime,
) -> None:
    """Open the cases of what differs, close those of what differs no more."""
    cases = [_case_of(day, one, askable, now) for day, differ in found.items() for one in differ]
    abouts = tuple(day.about for day in found)
    of_days = [one for one in asked if one.subject.startswith(abouts)]
    open_now = await keep_differences(conn, cases, of_days, _SAYS, now)
    # Which year money is for may have been found since.
    await bring_up_to_date(conn, open_now)


def _case_of(day: Day, one: Difference, askable: bool, now: datetime) -> NewCase:
    """The case about a difference: what they say beside what we say."""
    kind, number = KINDS[one.kind], mask_identities(one.transaction_no)
    evidence: dict[str, JsonValue] = {
        "channel": day.channel,
        "business_on": day.business_on.isoformat(),
        "entry": one.entry,
        "transaction_no": number,
        "file_id": one.file_id,
        "line": one.line,
        "theirs_fen": one.theirs_fen,
        "payment_id": one.payment_id,
        "ours_fen": one.ours_fen,
        **one.told_apart,
    }
    return NewCase(
        kind=kind.code,
        subject=f"{day.about}{one.entry}/{number}",
        owner=kind.owner,
        proposed=proposed(one, askable),
        opened_at=now,
        evidence=evidence,
        county=day.county,
        coverage_year=one.coverage_year,
        division_code=day.division_code,
        amount_fen=one.theirs_fen if one.ours_fen is None else one.ours_fen,
    )
