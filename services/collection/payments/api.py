"""Payments looked up by transaction number, order or person, with the place of every part of the money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.service import ServiceContext
from libs.common.web.catalogue import INVALID_REQUEST, NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.collection.access import Context, Officer
from services.collection.examples import PAYMENT, TOTALS, shown
from services.collection.payments import store
from services.collection.payments.store import PaymentQuery

router = APIRouter(prefix="/v1/payments", tags=["payments"])


class PaymentLine(BaseModel):
    """One insured person's part of a payment. `state`: applied, suspended (with `reason`) or refunded."""

    line_no: int
    amount_fen: int
    state: str
    reason: str | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    enrollment_id: int | None
    voucher_no: str | None
    applied_at: datetime | None
    applied_by: str | None
    note: str | None
    refund_id: int | None
    refund_outcome: str | None
    refunded_at: datetime | None


class Payment(BaseModel):
    """Money that a channel told of. `state`: received (stored, its place is being found) or matched."""

    model_config = shown(PAYMENT)

    payment_id: int
    state: str
    channel: str
    transaction_no: str
    order_no: str | None
    county: str | None
    coverage_year: int | None
    amount_fen: int | None
    paid_at: datetime | None
    received_at: datetime
    lines: list[PaymentLine]


class PaymentList(BaseModel):
    """Payments, oldest first."""

    model_config = shown({"items": [PAYMENT]})

    items: list[Payment]


class PaymentTotal(BaseModel):
    """Count and money of payment lines of one state (and reason)."""

    county: str | None
    coverage_year: int | None
    state: str
    reason: str | None
    count: int
    amount_fen: int


class PaymentTotals(BaseModel):
    """Where the money stands."""

    model_config = shown(TOTALS)

    items: list[PaymentTotal]


@router.get("", summary="Find payments", responses=problems(INVALID_REQUEST))
async def find_payments(
    caller: Officer,
    context: Context,
    transaction_no: Annotated[str | None, Query(max_length=64)] = None,
    channel: Annotated[str | None, Query(max_length=64)] = None,
    order_no: Annotated[str | None, Query(max_length=64)] = None,
    person_id: int | None = None,
) -> PaymentList:
    """Look payments up by transaction number, order or person; the look-up is recorded."""
    if transaction_no is None and order_no is None and person_id is None:
        fault = FieldError(
            "query/transaction_no",
            "Give a transaction_no, an order_no or a person_id.",
            "请提供 transaction_no、order_no 或 person_id 之一。",
        )
        raise INVALID_REQUEST.problem(errors=[fault])
    wanted = PaymentQuery(transaction_no, channel, order_no, person_id)
    async with context.engine.begin() as conn:
        found = await store.find(conn, wanted)
        shown = await _shown(conn, found, caller, context, "find_payments")
    return PaymentList(items=shown)


@router.get("/totals", summary="Count and money of payment lines by state and reason")
async def payment_totals(
    caller: Officer, context: Context, county: str | None = None, coverage_year: int | None = None
) -> PaymentTotals:
    """Sum all payment lines; nothing about single persons. Needs a token for everywhere or for one county."""
    async with context.engine.connect() as conn:
        rows = await store.totals(conn, county, coverage_year)
    return PaymentTotals(
        items=[
            PaymentTotal.model_validate(row, from_attributes=True)
            for row in rows
            if caller.sees(county_code(context, row.county))
        ]
    )


@router.get("/{payment_id}", summary="One payment", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def get_payment(
    payment_id: Annotated[int, Field(ge=1, lt=2**63)], caller: Officer, context: Context
) -> Payment:
    """Read one payment with its lines; the look-up is recorded."""
    async with context.engine.begin() as conn:
        found = await store.one(conn, payment_id)
        shown = await _shown(conn, [found] if found else [], caller, context, "get_payment")
    if found is None:
        raise NOT_FOUND.problem()
    if not shown:
        raise OUTSIDE_DIVISION.problem()
    return shown[0]


def county_code(context: ServiceContext, county: str | None) -> str | None:
    """The 12-digit division code of a county by its name in the notices."""
    return context.parts.settling.division_of(county)


async def _shown(
    conn: Any, found: Sequence[Any], caller: Caller, context: ServiceContext, operation: str
) -> list[Payment]:
    """Show of each payment the lines that the caller may see; record who was seen."""
    lines = await store.lines(conn, [payment.payment_id for payment in found])
    shown, people = [], set()
    for payment in found:
        seen = [line for line in lines.get(payment.payment_id, ()) if caller.sees(line.division_code)]
        if not seen and not (not payment.matched and caller.sees(county_code(context, payment.county))):
            continue
        people |= {line.person_id for line in seen if line.person_id is not None}
        shown.append(_payment(payment, seen))
    await record_lookup(conn, caller, operation=operation, at=context.clock.now(), person_ids=sorted(people))
    return shown


def _payment(payment: Any, lines: Sequence[Any]) -> Payment:
    names = [name for name in Payment.model_fields if name not in ("state", "lines")]
    return Payment(
        **{name: getattr(payment, name) for name in names},
        state="matched" if payment.matched else "received",
        lines=[PaymentLine.model_validate(line, from_attributes=True) for line in lines],
    )
