"""What is exchanged with the collector and the bureau: make a batch, fetch its file, take the answer in."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    NOT_FOUND,
    OUTSIDE_DIVISION,
    SCOPE_MISSING,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.notices import without_notice
from libs.common.web.openapi import Responses, problems
from libs.common.web.problems import FieldError
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, CoverageYear, Id, Limit, NumberAfter, number_after
from services.collection.access import Context, ExchangeParty, Exchanger, ExchangeReader
from services.collection.assembly import CollectionContext
from services.collection.exchange import store
from services.collection.exchange.answering import Told, take_answers
from services.collection.exchange.making import Order, make_batch
from services.collection.exchange.naming import Names
from services.collection.exchange.problems import (
    ANSWERS_REFUSED,
    EXCHANGE_PROFILE_UNKNOWN,
    NAMES_UNAVAILABLE,
    NOTHING_CHANGED,
)
from services.collection.exchange.profiles import Profile
from services.collection.exchange.rules import PARTIES, BatchState, Kind, Party, RowState
from services.collection.exchange.schemas import (
    ExchangeBatch,
    ExchangeBatches,
    ExchangeRow,
    ExchangeRows,
    NewExchangeBatch,
    TakenAnswers,
)
from services.collection.exchange.store import Batch, Wanted
from services.collection.exchange.writing import needs_names, write_batch
from services.collection.problems import COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/exchange-batches", tags=["exchange"])

_ANSWER = "# batch_no=2 count=1\nnumber,outcome,code,words\nL0000001042,refused,101,人员编号不存在\n"
_CSV: dict[str, object] = {"schema": {"type": "string"}, "example": _ANSWER}
_XML: dict[str, object] = {
    "schema": {"type": "string"},
    "example": "<package><head><batch_no>2</batch_no><count>1</count></head><rows><row>"
    "<number>L0000001042</number><result>000</result></row></rows></package>",
}
_BODY = {"requestBody": {"required": True, "content": {"text/csv": _CSV, "application/xml": _XML}}}
_FILE: Responses = {
    200: {
        "description": "The file of the batch",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": "# batch_no=2 ...\r\n"}},
    }
}
_REFUSED = ANSWERS_REFUSED.problem(
    errors=[FieldError("#/lines/3", "this row is not in the batch", "该批次中没有这条记录")]
)
_MEDIA = {"table": "text/csv", "xml": "application/xml"}


@router.post(
    "",
    status_code=201,
    summary="Make a batch of whatever a party does not know yet",
    response_model=ExchangeBatch,
    responses=problems(
        *(OUTSIDE_DIVISION, COUNTY_UNKNOWN, EXCHANGE_PROFILE_UNKNOWN, NOTHING_CHANGED),
        *(IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
    openapi_extra=COUNTY,
)
async def create_exchange_batch(
    new: NewExchangeBatch, caller: Exchanger, context: Context, key: Key
) -> Response:
    """Send each thing of which the party does not know what there is to know, under its next number.

    What it refused goes again when it changes, or when an officer says so about its case. Needs a token for
    everywhere or for the whole county.
    """
    division_code = context.parts.divisions.code_of(new.county)
    if division_code is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, new.county)
    check_division(caller, division_code)
    profile = context.parts.exchange_profiles.for_kind(new.profile, new.kind)
    if profile is None:
        raise EXCHANGE_PROFILE_UNKNOWN.problem(known_profiles=context.parts.exchange_profiles.names(new.kind))
    now, request = context.clock.now(), once(caller, key, new)
    order = Order(new.county, division_code, new.coverage_year, new.party, new.kind, profile, caller.subject)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        batch_id = await make_batch(conn, order, now)
        if batch_id is None:
            raise NOTHING_CHANGED.problem()
        about = f"exchange batch {batch_id}"
        await record_lookup(conn, caller, operation="create_exchange_batch", at=now, purpose=about)
        made = await store.one(conn, batch_id)
        return await answer(conn, request, ExchangeBatch.model_validate(made))


@router.get("", summary="Batches to the collector and the bureau")
async def list_exchange_batches(
    caller: ExchangeReader,
    context: Context,
    county: CountyCode | None = None,
    coverage_year: CoverageYear | None = None,
    party: Party | None = None,
    kind: Kind | None = None,
    state: Annotated[BatchState | None, Query(description="whether all of its rows were answered")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ExchangeBatches:
    """List the batches of the own counties; a party's own machine sees those of its party."""
    parties = [one for one in PARTIES if _sees(caller, one) and party in (one, None)]
    wanted = Wanted(caller.division, parties, county, coverage_year, kind, state)
    async with context.engine.connect() as conn:
        found = await store.page(conn, wanted, number_after(after), limit)
    more = str(found[-1].batch_id) if len(found) == limit else None
    return ExchangeBatches(items=[ExchangeBatch.model_validate(one) for one in found], next_after=more)


@router.get("/{batch_id}", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def get_exchange_batch(batch_id: Id, caller: ExchangeReader, context: Context) -> ExchangeBatch:
    """See how many rows of a batch were accepted, refused, and not answered yet."""
    async with context.engine.connect() as conn:
        return ExchangeBatch.model_validate(await _visible(conn, caller, batch_id))


@router.get("/{batch_id}/rows", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def list_exchange_rows(
    batch_id: Id,
    caller: ExchangeReader,
    context: Context,
    state: Annotated[RowState | None, Query(description="sent: not answered yet")] = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ExchangeRows:
    """See what was told row by row, and what the party says of it; the look-up is recorded."""
    async with context.engine.begin() as conn:
        await _visible(conn, caller, batch_id)
        found = await store.rows_page(conn, batch_id, state, number_after(after), limit)
        people = sorted({row.person_id for row in found if row.person_id is not None})
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_exchange_rows", at=now, person_ids=people)
    more = str(found[-1].row_no) if len(found) == limit else None
    return ExchangeRows(items=[ExchangeRow.model_validate(row) for row in found], next_after=more)


@router.get(
    "/{batch_id}/file",
    response_class=StreamingResponse,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, NAMES_UNAVAILABLE) | _FILE,
)
async def get_exchange_file(
    batch_id: Id, request: Request, caller: ExchangeReader, context: Context
) -> StreamingResponse:
    """Fetch the file of a batch, in the layout that it was made for; the same each time. It is recorded.

    A layout with numbers and names needs the scope `identities:read` besides; they are those of now.
    """
    async with context.engine.begin() as conn:
        batch = await _visible(conn, caller, batch_id)
        profile = Profile.model_validate(await store.layout_of(conn, batch_id))
        now, about = context.clock.now(), f"exchange batch {batch_id}"
        await record_lookup(conn, caller, operation="get_exchange_file", at=now, purpose=about)
        first = await store.rows_page(conn, batch_id, None, 0, 1)
    names = None
    if needs_names(profile, batch):
        names = context.parts.naming.by(request.headers["authorization"])
        await names.check([row.person_id for row in first if row.person_id is not None])
    ending = "xml" if profile.form == "xml" else "csv"
    name = f"{batch.county}-{batch.party}-{batch.kind}-{batch.batch_no}.{ending}"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    media = f"{_MEDIA[profile.form]}; charset={profile.encoding}"
    return StreamingResponse(_written(context, profile, batch, names), headers=headers, media_type=media)


@router.post(
    "/{batch_id}/answers",
    summary="Take in what a party says of the rows of a batch",
    openapi_extra=_BODY,
    response_model=TakenAnswers,
    responses=problems(
        *(NOT_FOUND, OUTSIDE_DIVISION, SCOPE_MISSING.problem(required_scope="exchange:bureau")),
        *(_REFUSED, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
)
async def take_exchange_answers(
    batch_id: Id, request: Request, caller: ExchangeParty, context: Context, key: Key
) -> Response:
    """Take an answer in the layout of its batch: all of it or nothing; the same file again does nothing.

    It may be about a part of the rows. The first word about a row stands; another one is a case. Whoever
    answers does so in the name of the party: the collector's scope answers for no bureau.
    """
    content, now = await request.body(), context.clock.now()
    asked = once(caller, key, content)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, asked, now)) is not None:
            return first
        batch = await _visible(conn, caller, batch_id)
        if not caller.may(f"exchange:{batch.party}"):
            raise SCOPE_MISSING.problem(required_scope=f"exchange:{batch.party}")
        about = f"exchange batch {batch_id}"
        await record_lookup(conn, caller, operation="take_exchange_answers", at=now, purpose=about)
        taken = await take_answers(conn, batch, Told(content, caller.subject, now))
        return await answer(conn, asked, taken, 200)


async def _written(
    context: CollectionContext, profile: Profile, batch: Batch, names: Names | None
) -> AsyncIterator[bytes]:
    try:
        async with context.engine.connect() as conn:
            async for piece in write_batch(profile, batch, store.told_rows(conn, batch.batch_id), names):
                yield piece
    finally:
        if names is not None:
            await names.close()


def _sees(caller: Caller, party: Party) -> bool:
    return any(map(caller.may, ("exchange:read", "exchange:write", f"exchange:{party}")))


async def _visible(conn: AsyncConnection, caller: Caller, batch_id: int) -> Batch:
    """The batch, if it is there, of the caller's division, and of a party that it may see. Raises Problem."""
    found = await store.one(conn, batch_id)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division_code)
    if not _sees(caller, found.party):
        raise SCOPE_MISSING.problem(required_scope=f"exchange:{found.party}")
    return found
