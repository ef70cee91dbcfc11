"""Money that went back outside, where the channel did not say whose: an officer says it."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from services.collection.access import Context, Maker
from services.collection.matching.lease_store import hold_lease
from services.collection.problems import RETURN_NOT_ASSIGNABLE
from services.collection.returns import store
from services.collection.returns.booking import book_on
from services.collection.returns.schemas import Assign, Assigned

router = APIRouter(prefix="/v1/returns", tags=["payments"])


@router.post(
    "/{notification_id}/assign",
    summary="Say which line of a payment went back",
    response_model=Assigned,
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        RETURN_NOT_ASSIGNABLE,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
)
async def assign_return(
    notification_id: Annotated[int, Path(ge=1, lt=2**63)],
    body: Assign,
    caller: Maker,
    context: Context,
    key: Key,
) -> Response:
    """Book a return that the channel did not assign; its case closes."""
    now = context.clock.now()
    request = once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        await hold_lease(conn)
        told = await store.one(conn, notification_id)
        if told is None:
            raise NOT_FOUND.problem()
        if told.state != "open" or told.status != "done" or told.payment_id is None:
            raise RETURN_NOT_ASSIGNABLE.problem()
        lines = [
            line
            for line in (await store.lines(conn, [told.payment_id]))[told.payment_id]
            if line.line_no == body.line_no
        ]
        for line in lines:
            check_division(caller, line.division_code)
        people = [line.person_id for line in lines if line.person_id is not None]
        await record_lookup(conn, caller, operation="assign_return", at=now, person_ids=people)
        if not await book_on(conn, told, body.line_no, now):
            raise RETURN_NOT_ASSIGNABLE.problem()
        assigned = await store.one(conn, notification_id)
        return await answer(conn, request, Assigned.model_validate(assigned), status=200)
