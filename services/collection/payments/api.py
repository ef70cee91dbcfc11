"""Payments looked up by their numbers, persons or days, and given out, with the place of all the money."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from libs.common.clock import SHANGHAI
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import INVALID_REQUEST, NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.files import MEDIA, file_responses, headers_of
from libs.common.web.notices import without_notice
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import CountyCode, CoverageYear, GivenDay, Id, Limit, NumberAfter, number_after
from services.collection.access import Context, Officer
from services.collection.assembly import CollectionContext
from services.collection.payments import printing
from services.collection.payments.finding import Finding, Seen
from services.collection.payments.schemas import (
    Confirmation,
    Payment,
    PaymentLine,
    Payments,
    PaymentTotal,
    PaymentTotals,
)
from services.collection.payments.store import Exported, FoundLine, PaymentQuery
from services.collection.problems import COUNTY_UNKNOWN
from services.collection.suspense.rules import WHY

router = APIRouter(prefix="/v1/payments", tags=["payments"])

_BY_WHAT = FieldError(
    "query/transaction_no",
    "Give a transaction_no, an order_no, a voucher_no, a person_id or paid_on.",
    "请提供 transaction_no、order_no、voucher_no、person_id 或 paid_on 之一。",
)
_BACKWARDS = FieldError("query/paid_to", "Lies before paid_from.", "早于 paid_from。")


@router.get("", summary="Find payments", responses=problems(INVALID_REQUEST))
async def find_payments(
    caller: Officer,
    context: Context,
    transaction_no: Annotated[str | None, Query(max_length=64)] = None,
    channel: Annotated[str | None, Query(max_length=64)] = None,
    order_no: Annotated[str | None, Query(max_length=64)] = None,
    person_id: Annotated[Id | None, Query()] = None,
    voucher_no: Annotated[str | None, Query(max_length=64)] = None,
    paid_on: Annotated[GivenDay | None, Query(description="the day in China on which it was paid")] = None,
    amount_fen: Annotated[int | None, Query(gt=0, le=10**12, description="of the whole payment")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Payments:
    """Look payments up by transaction, order, voucher, person or day; the look-up is recorded.

    Of those that fit, `channel` and `amount_fen` leave the ones of a channel and an amount: what a bank asks
    about is found by day and amount.
    """
    if all(one is None for one in (transaction_no, order_no, person_id, voucher_no, paid_on)):
        raise INVALID_REQUEST.problem(errors=[_BY_WHAT])
    paid_from, paid_until = _days(paid_on, paid_on) if paid_on is not None else (None, None)
    wanted = PaymentQuery(
        transaction_no,
        channel,
        order_no,
        person_id,
        voucher_no,
        paid_from,
        paid_until,
        amount_fen,
        number_after(after),
    )
    found = await _finding(context, caller).find(wanted, limit)
    next_after = str(found.next_after) if found.next_after is not None else None
    return Payments(items=[_shown(seen) for seen in found.seen], next_after=next_after)


@router.get("/totals", summary="Count and money of payment lines by state and reason")
async def payment_totals(
    caller: Officer,
    context: Context,
    county: Annotated[CountyCode | None, Query()] = None,
    coverage_year: Annotated[CoverageYear | None, Query()] = None,
) -> PaymentTotals:
    """Sum all payment lines; nothing about single persons. Needs a token for everywhere or for one county."""
    totals = await _finding(context, caller).add_up(county, coverage_year)
    return PaymentTotals(items=[PaymentTotal.model_validate(total) for total in totals])


@router.get(
    "/file",
    summary="Payments of days as a table",
    response_class=StreamingResponse,
    responses=file_responses("Payments, a line for each person's part", ("csv", "xlsx"), printing.HEADER)
    | problems(INVALID_REQUEST, COUNTY_UNKNOWN),
)
async def get_payments_file(
    caller: Officer,
    context: Context,
    county: CountyCode,
    paid_from: Annotated[GivenDay, Query(description="the first day in China")],
    paid_to: Annotated[GivenDay, Query(description="the last day")],
    channel: Annotated[str | None, Query(max_length=64)] = None,
    format: Annotated[printing.Form, Query(description="of the table")] = "xlsx",
) -> StreamingResponse:
    """Give out what was paid on these days, through one channel or all, masked, amounts in yuan.

    It is streamed, however much it is. Money of the own division; of whom it is not known yet, with the whole
    county only. The look-up is recorded.
    """
    code = context.parts.divisions.code_of(county)
    if code is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, county)
    if paid_to < paid_from:
        raise INVALID_REQUEST.problem(errors=[_BACKWARDS])
    wanted = Exported(county, code, caller.division, channel, *_days(paid_from, paid_to))
    days = (f"{paid_from:%Y%m%d}", f"{paid_to:%Y%m%d}")
    name = "-".join(["缴费明细", county, *([channel] if channel else []), *days])
    async with context.engine.begin() as conn:
        now = context.clock.now()
        await record_lookup(conn, caller, operation="get_payments_file", at=now, purpose=name)
    parts = printing.pieces(context.engine, wanted, format, _why)
    return StreamingResponse(parts, headers=headers_of(format, name), media_type=MEDIA[format])


@router.get("/{payment_id}", summary="One payment", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def get_payment(payment_id: Id, caller: Officer, context: Context) -> Payment:
    """Read one payment with its lines; the look-up is recorded."""
    return _shown(await _finding(context, caller).find_one(payment_id))


def _days(first: date, last: date) -> tuple[datetime, datetime]:
    """From when until when these days last in China."""
    return datetime.combine(first, time(), SHANGHAI), datetime.combine(
        last + timedelta(days=1), time(), SHANGHAI
    )


def _why(reason: str) -> str:
    return WHY[reason][1]


def _finding(context: CollectionContext, caller: Caller) -> Finding:
    return Finding(context.engine, context.parts.divisions, caller, context.clock.now())


def _shown(seen: Seen) -> Payment:
    payment = seen.payment
    return Payment(
        payment_id=payment.payment_id,
        state="matched" if payment.matched else "received",
        channel=payment.channel,
        transaction_no=payment.transaction_no,
        order_no=payment.order_no,
        county=payment.county,
        coverage_year=payment.coverage_year,
        amount_fen=payment.amount_fen,
        paid_at=payment.paid_at,
        received_at=payment.received_at,
        employee_fund=payment.employee_fund,
        lines=[_shown_line(line, seen) for line in seen.lines],
    )


def _shown_line(line: FoundLine, seen: Seen) -> PaymentLine:
    told = seen.confirmations.get((line.payment_id, line.line_no))
    confirmation = None if told is None else Confirmation.model_validate(told)
    return PaymentLine.model_validate(line).model_copy(update={"confirmation": confirmation})
