"""Payments looked up by transaction number, order or person, with the place of every part of the money."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.security.caller import Caller
from libs.common.web.catalogue import INVALID_REQUEST, NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.collection.access import Context, Officer
from services.collection.assembly import CollectionContext
from services.collection.payments.finding import Finding, Seen
from services.collection.payments.schemas import Payment, PaymentLine, Payments, PaymentTotal, PaymentTotals
from services.collection.payments.store import PaymentQuery

router = APIRouter(prefix="/v1/payments", tags=["payments"])


@router.get("", summary="Find payments", responses=problems(INVALID_REQUEST))
async def find_payments(
    caller: Officer,
    context: Context,
    transaction_no: Annotated[str | None, Query(max_length=64)] = None,
    channel: Annotated[str | None, Query(max_length=64)] = None,
    order_no: Annotated[str | None, Query(max_length=64)] = None,
    person_id: Annotated[Id | None, Query()] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Payments:
    """Look payments up by transaction number, order or person; the look-up is recorded."""
    if transaction_no is None and order_no is None and person_id is None:
        fault = FieldError(
            "query/transaction_no",
            "Give a transaction_no, an order_no or a person_id.",
            "请提供 transaction_no、order_no 或 person_id 之一。",
        )
        raise INVALID_REQUEST.problem(errors=[fault])
    wanted = PaymentQuery(transaction_no, channel, order_no, person_id, number_after(after))
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


@router.get("/{payment_id}", summary="One payment", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def get_payment(payment_id: Id, caller: Officer, context: Context) -> Payment:
    """Read one payment with its lines; the look-up is recorded."""
    return _shown(await _finding(context, caller).find_one(payment_id))


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
        lines=[PaymentLine.model_validate(line) for line in seen.lines],
    )
