"""HTTP of refunds: cases are requested by one person and decided by another."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.access import check_division, require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.service import ServiceContext
from libs.common.web.catalogue import INVALID_REQUEST, NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.subsidy.refunds import store
from services.subsidy.refunds.deciding import Wish, approve_refund, reject_refund, request_refund
from services.subsidy.refunds.problems import (
    ALREADY_DECIDED,
    LINE_UNKNOWN,
    NOT_COVERED,
    OWN_REQUEST,
    UNPLACED,
)
from services.subsidy.refunds.schemas import REFUND, Refund, RefundState
from services.subsidy.requests import After, Context, County, Limit, Year, cause, next_after

router = APIRouter(tags=["refunds"])


class RefundRequest(BaseModel):
    """Which payment line is to be given back, and why.

    Without `amount_fen` all that is left of it. `county` and `coverage_year` place money that nobody could
    place, `payee_id_number` says whose card gets money of an unknown person.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"payment_id": 17, "line_no": 1, "reason": "moved_to_employee_insurance"}]
        },
    )

    payment_id: int = Field(ge=1)
    line_no: int = Field(ge=1)
    reason: str = Field(min_length=1, max_length=200)
    amount_fen: int | None = Field(default=None, gt=0)
    county: str | None = Field(default=None, min_length=1, max_length=40)
    coverage_year: int | None = Field(default=None, ge=2000, le=2100)
    payee_id_number: str | None = Field(default=None, min_length=6, max_length=30)


class RefundPage(BaseModel):
    """A page of refund cases."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [REFUND], "next_after": None}]})

    items: list[Refund]
    next_after: int | None


class RefundDecision(BaseModel):
    """What the deciding person notes for the record."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "两次缴费已核实"}]})

    note: str | None = Field(default=None, max_length=500)


@router.post(
    "/v1/refunds",
    summary="Request a refund of a payment line",
    description=(
        "Capped by the line's money net of earlier refunds and of what was reimbursed to the card. A second "
        "payment of the same year needs no request: its case is opened by itself. Another person decides it."
    ),
    responses=problems(LINE_UNKNOWN, OUTSIDE_DIVISION, NOT_COVERED.problem(left_fen=0)),
    status_code=201,
)
async def create_refund(
    wish: RefundRequest, caller: Annotated[Caller, require("subsidy:write")], context: Context
) -> Refund:
    now = context.clock.now()
    payee = _payee_digest(wish.payee_id_number, context)
    async with context.engine.begin() as conn:
        line = await store.line(conn, (wish.payment_id, wish.line_no))
        if line is None:
            raise LINE_UNKNOWN.problem()
        check_division(caller, line["division_code"])
        asked = Wish(
            payment_id=wish.payment_id,
            line_no=wish.line_no,
            reason=wish.reason,
            amount_fen=wish.amount_fen,
            county=wish.county,
            coverage_year=wish.coverage_year,
            payee_digest=payee,
        )
        refund_id = await request_refund(conn, line, asked, caller.subject, now)
        return await _shown(conn, refund_id, caller, "create_refund", now)


@router.get("/v1/refunds", summary="List refund cases")
async def list_refunds(
    caller: Annotated[Caller, require("subsidy:read")],
    context: Context,
    state: RefundState | None = None,
    county: County = None,
    coverage_year: Year = None,
    after_id: Annotated[After, Query(alias="after")] = 0,
    limit: Limit = 100,
) -> RefundPage:
    async with context.engine.begin() as conn:
        rows = await store.list_refunds(
            conn,
            after=after_id,
            state=state,
            county=county,
            year=coverage_year,
            division=caller.division,
            division_range=caller.division_range,
            limit=limit,
        )
        people = sorted({row["person_id"] for row in rows if row["person_id"] is not None})
        await record_lookup(conn, caller, operation="list_refunds", at=context.clock.now(), person_ids=people)
    return RefundPage(items=[Refund(**row) for row in rows], next_after=next_after(rows, limit, "refund_id"))


@router.get(
    "/v1/refunds/{refund_id}", summary="See a refund case", responses=problems(NOT_FOUND, OUTSIDE_DIVISION)
)
async def get_refund(
    refund_id: int, caller: Annotated[Caller, require("subsidy:read")], context: Context
) -> Refund:
    async with context.engine.begin() as conn:
        return await _shown(conn, refund_id, caller, "get_refund", context.clock.now())


@router.post(
    "/v1/refunds/{refund_id}/approve",
    summary="Approve a refund that somebody else requested",
    description=(
        "Its money goes to the person's social-security card with the next payout batch. When it gives back "
        "all of a contribution, the help that rested on it is taken back."
    ),
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        OWN_REQUEST,
        ALREADY_DECIDED.problem(state="paid"),
        NOT_COVERED.problem(left_fen=8000),
        UNPLACED,
    ),
)
async def approve(
    refund_id: int,
    decision: RefundDecision,
    caller: Annotated[Caller, require("subsidy:approve")],
    context: Context,
) -> Refund:
    now = context.clock.now()
    async with context.engine.begin() as conn:
        case = await _undecided(conn, refund_id, caller)
        await approve_refund(conn, case, caller.subject, now, decision.note, cause())
        return await _shown(conn, refund_id, caller, "approve_refund", now)


@router.post(
    "/v1/refunds/{refund_id}/reject",
    summary="Reject a refund that somebody else requested",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, OWN_REQUEST, ALREADY_DECIDED.problem(state="paid")),
)
async def reject(
    refund_id: int,
    decision: RefundDecision,
    caller: Annotated[Caller, require("subsidy:approve")],
    context: Context,
) -> Refund:
    now = context.clock.now()
    async with context.engine.begin() as conn:
        case = await _undecided(conn, refund_id, caller)
        await reject_refund(conn, case, caller.subject, now, decision.note)
        return await _shown(conn, refund_id, caller, "reject_refund", now)


async def _undecided(conn: Any, refund_id: int, caller: Caller) -> dict[str, Any]:
    case = await store.refund(conn, refund_id)
    if case is None:
        raise NOT_FOUND.problem()
    check_division(caller, case["division_code"])
    if case["requested_by"] == caller.subject:
        raise OWN_REQUEST.problem()
    if case["state"] != RefundState.REQUESTED:
        raise ALREADY_DECIDED.problem(state=case["state"])
    return case


async def _shown(conn: Any, refund_id: int, caller: Caller, operation: str, at: datetime) -> Refund:
    case = await store.refund(conn, refund_id)
    if case is None:
        raise NOT_FOUND.problem()
    check_division(caller, case["division_code"])
    people = [case["person_id"]] if case["person_id"] is not None else []
    await record_lookup(conn, caller, operation=operation, at=at, person_ids=people)
    return Refund(**case)


def _payee_digest(number: str | None, context: ServiceContext) -> str | None:
    if number is None:
        return None
    try:
        return context.digests.document(identify(number, business_date(context.clock.now())))
    except IdentityNumberInvalid as error:
        raise INVALID_REQUEST.problem(
            errors=[FieldError("#/payee_id_number", str(error), error.message_zh)]
        ) from None
