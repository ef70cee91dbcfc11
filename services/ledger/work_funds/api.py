"""HTTP of work funds: how they stand by unit, what was paid, and taking back what was entered wrongly."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from libs.common.arrivals import ReversalAsked
from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.policy import Notice
from libs.common.web import idempotency
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, NOT_FOUND
from libs.common.web.idempotency import Key
from libs.common.web.openapi import problems
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.ledger.access import Closer, Context, Reader, check_books
from services.ledger.papers.names import township_name
from services.ledger.postings.rules import Season
from services.ledger.problems import CLOSING_BUSY, COUNTY_UNKNOWN
from services.ledger.work_funds import entering, store
from services.ledger.work_funds.problems import (
    WORK_FUNDS_NOT_ASKED,
    WORK_FUNDS_PAYMENT_DIFFERS,
    WORK_FUNDS_PAYMENT_REVERSED,
    WORK_FUNDS_PAYMENT_WAS_REVERSED,
    WORK_FUNDS_UNIT_UNKNOWN,
)
from services.ledger.work_funds.reversing import ask
from services.ledger.work_funds.rules import UnitFunds, clause_of
from services.ledger.work_funds.schemas import (
    NewPayments,
    Payment,
    PaymentPage,
    PaymentReversal,
    PaymentsEntered,
    UnitState,
    WorkFundsState,
)
from services.ledger.work_funds.store import PaymentRow

router = APIRouter(prefix="/v1/work-funds", tags=["work funds"])
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.get(
    "",
    summary="How work funds stand",
    responses=problems(COUNTY_UNKNOWN, WORK_FUNDS_NOT_ASKED),
    openapi_extra=COUNTY,
)
async def get_work_funds(
    context: Context, caller: Reader, county: CountyCode, coverage_year: CoverageYear
) -> WorkFundsState:
    """Give what the signed score sheet owes each unit, and what of it was paid."""
    season = Season(county, coverage_year)
    notice = check_books(context, caller, season)
    clause = _clause(notice)
    async with context.engine.connect() as conn:
        found = await store.by_unit(conn, season)
    return WorkFundsState(
        county=county,
        coverage_year=coverage_year,
        clause=clause,
        settled_fen=sum(one.settled_fen for one in found),
        paid_fen=sum(one.paid_fen for one in found),
        units=[_unit(notice, one) for one in found],
    )


@router.post(
    "/payments",
    summary="Enter work funds that were paid",
    status_code=201,
    response_model=PaymentsEntered,
    responses=problems(
        COUNTY_UNKNOWN,
        WORK_FUNDS_NOT_ASKED,
        WORK_FUNDS_UNIT_UNKNOWN.problem(units=["350426999000"]),
        WORK_FUNDS_PAYMENT_DIFFERS.problem(references=["JF-2020-001"]),
        WORK_FUNDS_PAYMENT_WAS_REVERSED.problem(references=["JF-2020-001"]),
        CLOSING_BUSY,
        *_KEYS,
    ),
    openapi_extra=COUNTY,
)
async def enter_work_fund_payments(
    context: Context, caller: Closer, key: Key, request: NewPayments
) -> Response:
    """Enter what finance paid to townships and villages.

    What stands already under its reference counts once; under another amount or instant nothing is entered.
    """
    once, now = idempotency.once(caller, key, request), context.clock.now()
    notice = check_books(context, caller, Season(request.county, request.coverage_year))
    _clause(notice)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        entered = await entering.enter(conn, notice, request.payments, caller.subject, now)
        answer = PaymentsEntered(
            payments=[_payment(row) for row in entered], repeated=len(request.payments) - len(entered)
        )
        return await idempotency.answer(conn, once, answer)


@router.get(
    "/payments",
    summary="List work funds that were paid",
    responses=problems(COUNTY_UNKNOWN),
    openapi_extra=COUNTY,
)
async def list_work_fund_payments(
    context: Context,
    caller: Reader,
    county: CountyCode,
    coverage_year: CoverageYear,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> PaymentPage:
    """List payments in the order in which they were entered."""
    season = Season(county, coverage_year)
    check_books(context, caller, season)
    async with context.engine.connect() as conn:
        rows = await store.PAYMENTS.page(conn, season, number_after(after), limit)
    more = str(rows[-1].id) if len(rows) == limit else None
    return PaymentPage(items=[_payment(row) for row in rows], next_after=more)


@router.post(
    "/payments/{payment_id}/reversal",
    summary="Take back work funds that were entered wrongly as paid",
    status_code=202,
    response_model=ReversalAsked,
    responses=problems(NOT_FOUND, WORK_FUNDS_PAYMENT_REVERSED, APPROVAL_WAITING, *_KEYS),
    openapi_extra=COUNTY,
)
async def reverse_work_fund_payment(
    context: Context, caller: Closer, key: Key, payment_id: Id, request: PaymentReversal
) -> Response:
    """Ask a second person; until they agree the payment counts.

    Then it is posted back as of that instant, in the month that is open; nothing is deleted, and its
    reference may be entered anew, with the right unit, amount or instant.
    """
    once, now = idempotency.once(caller, key, request), context.clock.now()
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        row = await store.PAYMENTS.one(conn, payment_id)
        if row is None:
            raise NOT_FOUND.problem()
        notice = check_books(context, caller, Season(row.county, row.coverage_year))
        asked = await ask(conn, notice, row, request.reason, caller, now)
        return await idempotency.answer(conn, once, ReversalAsked(approval_id=asked.approval_id), 202)


def _clause(notice: Notice) -> str:
    clause = clause_of(notice)
    if clause is None:
        raise WORK_FUNDS_NOT_ASKED.problem()
    return clause


def _unit(notice: Notice, one: UnitFunds) -> UnitState:
    name = township_name(notice, one.division_code)
    return UnitState(name=name, missing_fen=one.settled_fen - one.paid_fen, **asdict(one))


def _payment(row: PaymentRow) -> Payment:
    return Payment.model_validate({"payment_id": row.id, **asdict(row)})
