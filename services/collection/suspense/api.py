"""Money in suspense: what lies there, why and for how long; and giving it its place by hand."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.schemas import After, CountyCode, CoverageYear, Id, Limit
from services.collection.access import Context, Maker, Officer
from services.collection.channel_refunds.problems import UNDER_WAY
from services.collection.fitting.rules import Reason
from services.collection.problems import CANNOT_APPLY, LINE_NOT_SUSPENDED
from services.collection.suspense import store
from services.collection.suspense.applying import Assignment, apply_line
from services.collection.suspense.rules import age_days, mark, place_of
from services.collection.suspense.schemas import Applied, Apply, SuspendedLine, Suspense, SuspenseTotal
from services.collection.suspense.store import Position, SuspenseFilter, WaitingLine

router = APIRouter(prefix="/v1/suspense", tags=["suspense"])

LineNo = Annotated[int, Path(ge=1, lt=2**31)]


@router.get("", summary="Money in suspense, with reasons, ageing and totals")
async def list_suspense(
    caller: Officer,
    context: Context,
    reason: Annotated[Reason | None, Query(description="only this reason")] = None,
    county: Annotated[CountyCode | None, Query()] = None,
    coverage_year: Annotated[CoverageYear | None, Query()] = None,
    after: After = None,
    limit: Limit = 100,
) -> Suspense:
    """List what waits, oldest first. Lines of unknown persons show to tokens of the whole county."""
    wanted = SuspenseFilter(caller.division, reason, county, coverage_year)
    now = context.clock.now()
    async with context.engine.begin() as conn:
        totals = await store.totals(conn, wanted)
        lines = await store.page(conn, wanted, _position(after), limit)
        people = sorted({line.person_id for line in lines if line.person_id is not None})
        await record_lookup(conn, caller, operation="list_suspense", at=now, person_ids=people)
    last = lines[-1] if len(lines) == limit else None
    return Suspense(
        items=[_shown(line, now) for line in lines],
        next_after=mark(last.received_at, last.payment_id, last.line_no) if last else None,
        totals=[SuspenseTotal.model_validate(total) for total in totals],
        count=sum(total.count for total in totals),
        amount_fen=sum(total.amount_fen for total in totals),
    )


@router.post(
    "/{payment_id}/{line_no}/apply",
    summary="Apply money from suspense to whom it belongs",
    response_model=Applied,
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        LINE_NOT_SUSPENDED,
        UNDER_WAY.problem(request_no="CR2019112010000000000000000001"),
        CANNOT_APPLY.problem(reason="wrong_amount"),
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
)
async def apply_suspense(
    payment_id: Id, line_no: LineNo, body: Apply, caller: Maker, context: Context, key: Key
) -> Response:
    """Apply a line, if its amount is what this person owed when it was paid. Who did it is kept."""
    now = context.clock.now()
    request = once(caller, key, body)
    assignment = Assignment(payment_id, line_no, body.person_id, body.county, body.coverage_year, body.note)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        line = await apply_line(conn, context.parts.settling, assignment, caller, now)
        await record_lookup(
            conn, caller, operation="apply_suspense", at=now, person_ids=[line.person_id], note=body.note
        )
        return await answer(conn, request, Applied.model_validate(line), status=200)


def _shown(line: WaitingLine, now: datetime) -> SuspendedLine:
    names = SuspendedLine.model_fields.keys() - {"age_days"}
    return SuspendedLine.model_validate(
        {name: getattr(line, name) for name in names} | {"age_days": age_days(line.received_at, now)}
    )


def _position(after: str | None) -> Position:
    if after is None:
        return Position()
    try:
        return Position(*place_of(after))
    except ValueError:
        fault = FieldError(
            "query/after", "Send `next_after` of the page before.", "请使用上一页返回的 next_after。"
        )
        raise INVALID_REQUEST.problem(errors=[fault]) from None
