"""HTTP of debit batches and banks: the file that a bank is given, its results, and giving a batch up."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from libs.common.bank_files.layouts import ResultLayout
from libs.common.cases.problems import APPROVAL_WAITING
from libs.common.cases.schemas import Approval
from libs.common.security.access import require
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
from libs.common.web.problems import FieldError
from libs.common.web.schemas import CountyCode, Id
from services.collection.access import Context, Maker
from services.collection.assembly import CollectionContext
from services.collection.debit_files.giving import give_out, hold
from services.collection.debit_files.profiles import Profile
from services.collection.debit_files.settling import Told, take_results, take_results_of_county
from services.collection.debits.approving import ask_to_give_up
from services.collection.debits.problems import (
    BATCH_NOT_READY,
    DEBIT_DAY_OVER,
    DEBIT_PROFILE_UNKNOWN,
    DEBIT_RESULTS_REFUSED,
)
from services.collection.debits.rules import DebitTerms
from services.collection.debits.schemas import DebitResults, GivingUp, ResultsOfDebitBatches
from services.collection.debits.showing import find
from services.collection.debits.store import BatchRow

router = APIRouter(prefix="/v1", tags=["debits"])

_KEYS = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)
_READY = BATCH_NOT_READY.problem(state="waiting", approval_id=4)
_PROFILE = DEBIT_PROFILE_UNKNOWN.problem(profiles=["generic"])
#: How lists of what went back are laid out, unless they say otherwise.
_RETURNS = "debit-returns"
AnotherProfile = Annotated[str | None, Query(description="Another layout than the channel's.")]
_SENT = (
    "# canbao debit batch_id=1\r\n# count=1 total_fen=25000\r\n"
    "debit_no,account_no,holder,agreement_no,amount_fen,remark\r\n"
    "D000000000001,6221550000000000018,林小明,DK20190001,25000,2020年度城乡居民医保费\r\n"
)
_RESULTS = (
    "# count=1 total_fen=25000\ndebit_no,outcome,amount_fen,reason,paid_at\n"
    "D000000000001,paid,25000,,2019-11-25 16:42:00\n"
)


@router.get(
    "/debit-batches/{batch_id}/file",
    summary="Fetch the bank's file of a batch",
    response_class=Response,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, _READY, DEBIT_DAY_OVER, _PROFILE)
    | {
        200: {
            "description": "The file",
            "content": {"text/csv": {"schema": {"type": "string"}, "example": _SENT}},
        }
    },
)
async def get_debit_file(
    batch_id: Id,
    caller: Annotated[Caller, require("collection:write", "pii:read")],
    context: Context,
    profile: AnotherProfile = None,
) -> Response:
    """Give out the file; whoever paid meanwhile is taken out the first time, and then it stays the same.

    Accounts stand in it in the clear: hence the scope pii:read, and every fetch is recorded.
    """
    now = context.clock.now()
    async with context.engine.begin() as conn:
        await hold(conn)
        batch = await find(conn, batch_id, caller, lock=True)
        layout = _sent(context, batch, profile)
        content = await give_out(conn, batch, layout, now)
        about = f"batch {batch_id}"
        await record_lookup(conn, caller, operation="get_debit_file", at=now, purpose=about)
    disposition = {"content-disposition": f'attachment; filename="debit-batch-{batch_id}.csv"'}
    return Response(content, headers=disposition, media_type=f"text/csv; charset={layout.encoding}")


_REFUSED = DEBIT_RESULTS_REFUSED.problem(
    errors=[
        FieldError(
            "#/lines/3", "this debit is not in the file of the batch", "该批次的代扣文件中没有这笔扣款"
        )
    ]
)
_CSV: dict[str, object] = {"schema": {"type": "string"}, "example": _RESULTS}
_BODY = {"requestBody": {"required": True, "content": {"text/csv": _CSV}}}


@router.post(
    "/debit-batches/{batch_id}/results",
    summary="Take in the bank's result file",
    openapi_extra=_BODY,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, _READY, _PROFILE, _REFUSED, *_KEYS),
    response_model=DebitResults,
)
async def take_debit_results(
    batch_id: Id,
    request: Request,
    caller: Maker,
    key: Key,
    context: Context,
    profile: AnotherProfile = None,
) -> Response:
    """What was paid becomes a payment of the channel, judged like all others; what failed frees its people.

    A file may cover a part of the batch. All of it counts or nothing; the same file again does nothing. After
    paid only returned is possible, also days later: it is booked as a return of the channel. An account that
    is no more ends its mandate.
    """
    content, now = await request.body(), context.clock.now()
    asked = once(caller, key, content)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, asked, now)) is not None:
            return first
        batch = await find(conn, batch_id, caller, lock=True)
        name = profile or _terms(context, batch).answered_by
        told = Told(content, name, _answered(context, name), caller.subject, now)
        about = f"batch {batch_id}"
        await record_lookup(conn, caller, operation="take_debit_results", at=now, purpose=about)
        return await answer(conn, asked, await take_results(conn, batch, told), 200)


@router.post(
    "/debit-results",
    summary="Take in a bank's list about several batches",
    openapi_extra=_BODY,
    responses=problems(_PROFILE, _REFUSED, *_KEYS),
    response_model=ResultsOfDebitBatches,
)
async def take_results_of_debit_batches(
    request: Request,
    caller: Maker,
    key: Key,
    context: Context,
    county: Annotated[CountyCode, Query(description="whose batches they are")],
    profile: Annotated[str, Query(description="How the list is laid out.")] = _RETURNS,
) -> Response:
    """Such as what went back of debits of days ago: each line goes to the batch in which it was given out.

    All of it counts or nothing, and only once.
    """
    content, now = await request.body(), context.clock.now()
    asked = once(caller, key, content)
    told = Told(content, profile, _answered(context, profile), caller.subject, now)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, asked, now)) is not None:
            return first
        about = f"county {county}"
        await record_lookup(conn, caller, operation="take_results_of_debit_batches", at=now, purpose=about)
        taken = await take_results_of_county(conn, county, caller.division, told)
        return await answer(conn, asked, ResultsOfDebitBatches(batches=taken), 200)


@router.post(
    "/debit-batches/{batch_id}/give-up",
    status_code=202,
    summary="Say that the bank debited nobody of whom it told nothing",
    response_model=Approval,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, _READY, APPROVAL_WAITING, *_KEYS),
)
async def give_up_debit_batch(
    batch_id: Id, asked: GivingUp, caller: Maker, context: Context, key: Key
) -> Response:
    """Ask for a second person; when that agrees, whoever has no answer is free to pay otherwise.

    A result that comes all the same still counts: its money is judged like all other.
    """
    now, request = context.clock.now(), once(caller, key, asked)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        batch = await find(conn, batch_id, caller, lock=True)
        wish = await ask_to_give_up(conn, batch, asked.reason, caller.subject, now)
        about = f"batch {batch_id}"
        await record_lookup(
            conn, caller, operation="give_up_debit_batch", at=now, purpose=about, note=asked.reason
        )
        return await answer(conn, request, Approval.model_validate(wish), 202)


def _terms(context: CollectionContext, batch: BatchRow) -> DebitTerms:
    """How the channel of a batch debits; of one that the settings have no more, by our own layout."""
    return context.parts.debits.get(batch.county, {}).get(batch.channel, DebitTerms())


def _answered(context: CollectionContext, name: str) -> ResultLayout:
    found = context.parts.debit_profiles.answering(name)
    if found is None:
        raise DEBIT_PROFILE_UNKNOWN.problem(profiles=context.parts.debit_profiles.answered)
    return found


def _sent(context: CollectionContext, batch: BatchRow, profile: str | None) -> Profile:
    found = context.parts.debit_profiles.sending(profile or _terms(context, batch).profile)
    if found is None:
        raise DEBIT_PROFILE_UNKNOWN.problem(profiles=context.parts.debit_profiles.sent)
    return found
