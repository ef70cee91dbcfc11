"""Money in suspense: what lies there, why and for how long; and giving it its place by hand."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import business_date
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import INVALID_REQUEST, NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.collection.access import Context, Maker, Officer
from services.collection.examples import APPLIED, SUSPENSE, shown
from services.collection.matching.rules import Reason
from services.collection.problems import CANNOT_APPLY, LINE_NOT_SUSPENDED
from services.collection.suspense import store
from services.collection.suspense.applying import Assignment, apply_line
from services.collection.suspense.store import SuspenseFilter

router = APIRouter(prefix="/v1/suspense", tags=["suspense"])


class SuspendedLine(BaseModel):
    """Part of a payment whose place is not found. `age_days`: business days of waiting, from its arrival."""

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    order_no: str | None
    amount_fen: int
    reason: str
    county: str | None
    coverage_year: int | None
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    paid_at: datetime
    received_at: datetime
    age_days: int


class SuspenseTotal(BaseModel):
    """Count and money of one reason, with the oldest."""

    reason: str
    count: int
    amount_fen: int
    oldest_received_at: datetime


class Suspense(BaseModel):
    """A page of lines, oldest first, and the totals of everything that fits the filters.

    `next` is to be sent as `after` for the following page; null on the last one.
    """

    model_config = shown(SUSPENSE)

    items: list[SuspendedLine]
    next: str | None
    totals: list[SuspenseTotal]
    count: int
    amount_fen: int


class Apply(BaseModel):
    """Whose money it is. Without `person_id` the line is only judged again as it stands."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"person_id": 101, "coverage_year": 2020, "note": "Name misspelled by the bank"}]
        },
    )

    person_id: int | None = Field(default=None, ge=1)
    county: str | None = Field(default=None, max_length=40)
    coverage_year: int | None = Field(default=None, ge=2000, le=2100)
    note: str | None = Field(default=None, max_length=500)


class Applied(BaseModel):
    """The line as it stands now."""

    model_config = shown(APPLIED)

    payment_id: int
    line_no: int
    state: str
    person_id: int
    coverage_year: int
    amount_fen: int
    voucher_no: str
    applied_at: datetime
    applied_by: str


@router.get("", summary="Money in suspense, with reasons, ageing and totals")
async def list_suspense(
    caller: Officer,
    context: Context,
    reason: Annotated[Reason | None, Query(description="only this reason")] = None,
    county: Annotated[str | None, Query(max_length=40)] = None,
    coverage_year: int | None = None,
    after: Annotated[str | None, Query(max_length=80, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Suspense:
    """List what waits, oldest first. Lines of unknown persons show to tokens of the whole county."""
    wanted = SuspenseFilter(caller.division, reason, county, coverage_year)
    now = context.clock.now()
    async with context.engine.begin() as conn:
        totals = await store.totals(conn, wanted)
        rows = await store.page(conn, wanted, _position(after), limit)
        people = sorted({row.person_id for row in rows if row.person_id is not None})
        await record_lookup(conn, caller, operation="list_suspense", at=now, person_ids=people)
    return Suspense(
        items=[_line(row, now) for row in rows],
        next=_mark(rows[-1]) if len(rows) == limit else None,
        totals=[SuspenseTotal.model_validate(row, from_attributes=True) for row in totals],
        count=sum(row.count for row in totals),
        amount_fen=sum(row.amount_fen for row in totals),
    )


@router.post(
    "/{payment_id}/{line_no}/apply",
    summary="Apply money from suspense to whom it belongs",
    responses=problems(
        NOT_FOUND, OUTSIDE_DIVISION, LINE_NOT_SUSPENDED, CANNOT_APPLY.problem(reason="wrong_amount")
    ),
)
async def apply_suspense(
    payment_id: Annotated[int, Field(ge=1, lt=2**63)],
    line_no: Annotated[int, Field(ge=1, lt=2**31)],
    body: Apply,
    caller: Maker,
    context: Context,
) -> Applied:
    """Apply a line, if its amount is what this person owed when it was paid. Who did it is kept."""
    now = context.clock.now()
    assignment = Assignment(payment_id, line_no, body.person_id, body.county, body.coverage_year, body.note)
    async with context.engine.begin() as conn:
        await apply_line(conn, context, assignment, caller, now)
        row = await store.line(conn, payment_id, line_no)
        assert row is not None
        await record_lookup(
            conn, caller, operation="apply_suspense", at=now, person_ids=[row.person_id], purpose=body.note
        )
    return Applied.model_validate(row, from_attributes=True)


def _line(row: Any, now: datetime) -> SuspendedLine:
    age: timedelta = business_date(now) - business_date(row.received_at)
    fields = {name: getattr(row, name) for name in SuspendedLine.model_fields if name != "age_days"}
    return SuspendedLine(**fields, age_days=age.days)


def _mark(row: Any) -> str:
    # Z, because + means a blank in a query.
    at = row.received_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{at}Z_{row.payment_id}_{row.line_no}"


def _position(mark: str | None) -> tuple[datetime, int, int] | None:
    if mark is None:
        return None
    try:
        at, payment, line = mark.rsplit("_", 2)
        return datetime.fromisoformat(at), int(payment), int(line)
    except ValueError:
        fault = FieldError("query/after", "Send `next` of the page before.", "请使用上一页返回的 next。")
        raise INVALID_REQUEST.problem(errors=[fault]) from None
