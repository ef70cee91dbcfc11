"""HTTP of mandates: a mini-program backend or an officer registers, shows and ends them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from libs.common.security.access import require_any
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import CountyCode, Id, Limit, NumberAfter, number_after
from services.collection.access import Context
from services.collection.debits.declaring import terms_of
from services.collection.debits.lines_store import free_mandates
from services.collection.mandates import store
from services.collection.mandates.problems import CHANNEL_NO_DEBIT, MANDATE_EXISTS
from services.collection.mandates.registering import end, find, register
from services.collection.mandates.schemas import EndOfMandate, Mandate, Mandates, NewMandate
from services.collection.problems import OUTSIDE_AREA, PERSON_NOT_FOUND

router = APIRouter(prefix="/v1/debit-mandates", tags=["debits"])

#: A backend that has checked who signed, or an officer who has the paper.
Registrar = Annotated[Caller, require_any("payers:vouch", "collection:write")]
_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.post(
    "",
    status_code=201,
    summary="Register that a bank may debit an account for people",
    response_model=Mandate,
    responses=problems(
        *(CHANNEL_NO_DEBIT.problem(channels=["debit-rcb"]), MANDATE_EXISTS, PERSON_NOT_FOUND),
        *(OUTSIDE_AREA, *_KEYS),
    ),
)
async def create_debit_mandate(asked: NewMandate, caller: Registrar, context: Context, key: Key) -> Response:
    """Nobody is paid for by two mandates of a county. The account is shown masked ever after."""
    terms_of(context, asked.county, asked.channel)
    now, request = context.clock.now(), once(caller, key, asked)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        made = await register(conn, asked, caller, now)
        people = made.person_ids
        await record_lookup(conn, caller, operation="create_debit_mandate", at=now, person_ids=people)
        return await answer(conn, request, Mandate.model_validate(made))


@router.get("", summary="List mandates")
async def list_debit_mandates(
    caller: Registrar,
    context: Context,
    county: CountyCode,
    person_id: Annotated[Id | None, Query(description="those that pay, or paid, for this person")] = None,
    active: Annotated[bool | None, Query(description="only those that are in force, or that ended")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> Mandates:
    """Mandates of the own division, in the order in which they were registered."""
    async with context.engine.begin() as conn:
        found = await store.page(conn, caller.division, county, person_id, active, number_after(after), limit)
        people = sorted({person for one in found for person in one.person_ids})
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_debit_mandates", at=now, person_ids=people)
    more = str(found[-1].mandate_id) if len(found) == limit else None
    return Mandates(items=[Mandate.model_validate(one) for one in found], next_after=more)


@router.get("/{mandate_id}", summary="See one mandate", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def get_debit_mandate(mandate_id: Id, caller: Registrar, context: Context) -> Mandate:
    """Whom it pays for, and whether it is in force."""
    async with context.engine.begin() as conn:
        found = await find(conn, caller, mandate_id)
        now, people = context.clock.now(), found.person_ids
        await record_lookup(conn, caller, operation="get_debit_mandate", at=now, person_ids=people)
    return Mandate.model_validate(found)


@router.post(
    "/{mandate_id}/end",
    summary="End a mandate",
    response_model=Mandate,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, *_KEYS),
)
async def end_debit_mandate(
    mandate_id: Id, asked: EndOfMandate, caller: Registrar, context: Context, key: Key
) -> Response:
    """Nothing is debited by it any more. What the bank has been given already it may still debit.

    Ended again, it stays as it ended first.
    """
    now, request = context.clock.now(), once(caller, key, asked)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        ended = await end(conn, caller, mandate_id, now)
        await free_mandates(conn, [mandate_id], now)
        await record_lookup(
            conn,
            caller,
            operation="end_debit_mandate",
            at=now,
            person_ids=ended.person_ids,
            note=asked.note,
        )
        return await answer(conn, request, Mandate.model_validate(ended), 200)
