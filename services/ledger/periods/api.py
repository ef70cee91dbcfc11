"""Accounting months of a county: what each is like, and locking, closing and reopening them."""

import json
from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.cases.schemas import Approval
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED
from libs.common.web.figures import COUNTED_LATER, MayBeOld
from libs.common.web.idempotency import Key
from libs.common.web.openapi import Responses, problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode
from services.ledger.access import Closer, Context, LedgerContext, Reader, check_county
from services.ledger.paths.rules import titles
from services.ledger.periods import closing, store
from services.ledger.periods.checking import Examined, examine
from services.ledger.periods.closing import Wish
from services.ledger.periods.rules import Month, State
from services.ledger.periods.schemas import (
    FLAW,
    AccountTurnover,
    CloseMonthRequest,
    Examination,
    Flaw,
    MonthPath,
    Period,
    PeriodPage,
    ReopenRequest,
    StepTaken,
    TrialBalance,
)
from services.ledger.periods.store import ClosingRow, StepRow
from services.ledger.problems import (
    CLOSING_BUSY,
    COUNTY_UNKNOWN,
    EARLIER_MONTH_FIRST,
    MONTH_NOT_OVER,
    MONTH_NOT_SOUND,
    MONTH_STANDS_OTHERWISE,
    MONTH_UNKNOWN,
)

router = APIRouter(prefix="/v1/periods", tags=["periods"])

_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_REFUSALS = (
    *(COUNTY_UNKNOWN, MONTH_UNKNOWN, *_KEYS),
    EARLIER_MONTH_FIRST.problem(month="2019-11"),
    MONTH_STANDS_OTHERWISE.problem(state="closed"),
)
_LOCKED_BEFORE: Responses = {200: {"description": "It was locked before", "model": Period}}


@router.get(
    "", summary="Accounting months of a county", responses=problems(COUNTY_UNKNOWN), openapi_extra=COUNTY
)
async def list_periods(context: Context, caller: Reader, county: CountyCode) -> PeriodPage:
    """List the months from the first in which anything is booked; they hold for all coverage years together.

    What happens is booked in its own month; once that is locked, in the first one that is open.
    """
    check_county(context, caller, county)
    async with context.engine.connect() as conn:
        all_months = await closing.calendar(conn, county, context.clock.now())
        steps, frozen = await store.steps(conn, county), await store.closings(conn, county)
    return PeriodPage(items=[_period(county, one, steps, frozen) for one in all_months])


@router.get(
    "/{county}/{month}/balance",
    summary="The trial balance of a month",
    responses=COUNTED_LATER | problems(COUNTY_UNKNOWN, MONTH_UNKNOWN),
    openapi_extra=COUNTY,
)
async def get_period_balance(
    context: Context, caller: Reader, kept: MayBeOld, county: CountyCode, month: MonthPath
) -> TrialBalance:
    """Give opening balance, turnover and closing balance of each account: as frozen, or as they are now."""
    check_county(context, caller, county)
    async with context.engine.connect() as conn:
        standing = await _standing(conn, context, county, month)
        frozen = {one.month: one for one in await store.closings(conn, county)}.get(month)

    async def count() -> ClosingRow:
        async with context.engine.connect() as conn:
            return await closing.frozen(conn, county, month)

    row = frozen
    if row is None:
        row = await kept.of(count, "month", county, month, standing.state)
    return _balance(context, standing, row, closed=frozen is not None)


@router.get(
    "/{county}/{month}/examination",
    summary="What closing a month would be refused for",
    responses=COUNTED_LATER | problems(COUNTY_UNKNOWN, MONTH_UNKNOWN),
    openapi_extra=COUNTY,
)
async def examine_period(
    context: Context, caller: Reader, kept: MayBeOld, county: CountyCode, month: MonthPath
) -> Examination:
    """Look a month through as closing does, at any time: what is open in it, each with how to mend it."""
    check_county(context, caller, county)
    async with context.engine.connect() as conn:
        standing = await _standing(conn, context, county, month)

    async def look() -> Examined:
        async with context.engine.begin() as conn:
            return await examine(conn, context.notices, county, month)

    found = await kept.of(look, "examination", county, month, standing.state)
    return Examination(items=[Flaw.model_validate(closing.flaw_members(one)) for one in found.flaws])


@router.post(
    "/{county}/{month}/lock",
    summary="Lock an accounting month",
    status_code=201,
    response_model=Period,
    responses=_LOCKED_BEFORE | problems(*_REFUSALS, MONTH_NOT_OVER, CLOSING_BUSY),
    openapi_extra=COUNTY,
)
async def lock_period(
    context: Context, caller: Closer, key: Key, county: CountyCode, month: MonthPath
) -> Response:
    """Book nothing more in a month that is over; what comes for it later is booked in the next one."""
    wish = _wish(context, caller, county, month)
    once = idempotency.once(caller, key, None)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, wish.now)) is not None:
            return before
        new = await closing.lock(conn, wish)
        locked = _period(county, Month(month, State.LOCKED), await store.steps(conn, county), [])
        return await idempotency.answer(conn, once, locked, 201 if new else 200)


@router.post(
    "/{county}/{month}/close",
    summary="Ask for a locked month to be closed",
    status_code=202,
    response_model=Approval,
    responses=problems(*_REFUSALS, MONTH_NOT_SOUND.problem(count=1, items=[FLAW]), APPROVAL_WAITING),
    openapi_extra=COUNTY,
)
async def close_period(
    context: Context,
    caller: Closer,
    key: Key,
    county: CountyCode,
    month: MonthPath,
    request: CloseMonthRequest | None = None,
) -> Response:
    """Look the month through, and have a second person close it for good under /v1/approvals.

    Refused with everything that is wrong; it is looked through again when the second person agrees. Then its
    totals are frozen and its journal has its numbers.
    """
    request = request or CloseMonthRequest()
    wish = _wish(context, caller, county, month, request.note)
    once = idempotency.once(caller, key, request)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, wish.now)) is not None:
            return before
        asked = await closing.ask_to_close(conn, context.notices, wish)
        return await idempotency.answer(conn, once, Approval.model_validate(asked), 202)


@router.post(
    "/{county}/{month}/reopen",
    summary="Ask for a locked month to be opened again",
    status_code=202,
    response_model=Approval,
    responses=problems(*_REFUSALS, APPROVAL_WAITING),
    openapi_extra=COUNTY,
)
async def reopen_period(
    context: Context,
    caller: Closer,
    key: Key,
    county: CountyCode,
    month: MonthPath,
    request: ReopenRequest,
) -> Response:
    """Have a second person open the last locked month again under /v1/approvals; a closed one never is."""
    wish = _wish(context, caller, county, month, request.reason)
    once = idempotency.once(caller, key, request)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, wish.now)) is not None:
            return before
        asked = await closing.ask_to_reopen(conn, wish)
        return await idempotency.answer(conn, once, Approval.model_validate(asked), 202)


def _wish(
    context: LedgerContext, caller: Caller, county: str, month: date, reason: str | None = None
) -> Wish:
    division = check_county(context, caller, county)
    return Wish(county, month, caller.subject, context.clock.now(), division, reason)


async def _standing(conn: AsyncConnection, context: LedgerContext, county: str, month: date) -> Month:
    for one in await closing.calendar(conn, county, context.clock.now()):
        if one.month == month:
            return one
    raise MONTH_UNKNOWN.problem()


def _period(county: str, one: Month, steps: Sequence[StepRow], frozen: Sequence[ClosingRow]) -> Period:
    return Period(
        county=county,
        month=one.month,
        state=one.state,
        sha256=next((row.sha256 for row in frozen if row.month == one.month), None),
        steps=[StepTaken.model_validate(step) for step in steps if step.month == one.month],
    )


def _balance(context: LedgerContext, standing: Month, row: ClosingRow, *, closed: bool) -> TrialBalance:
    document = json.loads(row.document)
    accounts = []
    for one in document["accounts"]:
        notice = context.notices.get((row.county, one["coverage_year"]))
        title, title_zh = titles(notice, one["account"])
        accounts.append(AccountTurnover(title=title, title_zh=title_zh, **one))
    return TrialBalance(
        county=row.county,
        month=row.month,
        state=standing.state,
        provisional=not closed,
        accounts=accounts,
        sha256=row.sha256 if closed else None,
        previous_sha256=row.previous_sha256,
        **{name: document[name] for name in ("entries", "debit_fen", "credit_fen")},
    )
