"""Files of channels: send one, follow how it is read, see its rows or what is wrong, get it as it came."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    NOT_FOUND,
    OUTSIDE_DIVISION,
)
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.notices import without_notice
from libs.common.web.openapi import Responses, problems
from libs.common.web.problems import FieldError
from libs.common.web.reach import COUNTY
from libs.common.web.schemas import CountyCode, GivenDay, Id, Limit, NumberAfter, number_after
from services.collection.access import Clear, Context, Maker, Officer
from services.collection.assembly import CollectionContext
from services.collection.files import schemas, store
from services.collection.files.keeping import inspect, keep
from services.collection.files.problems import (
    CHANNEL_FILE_EMPTY,
    CHANNEL_FILE_ERASED,
    CHANNEL_FILE_OF_NO_ACCOUNT,
    CHANNEL_FILE_PROFILE_UNKNOWN,
)
from services.collection.files.rules import BY_PROFILE, OF_ACCOUNTS, Fault, FileState
from services.collection.files.schemas import ChannelFiles, FileFault, FileFaults, FileForm, FileRow, FileRows
from services.collection.files.store import ChannelFile, NewFile, Wanted
from services.collection.problems import CHANNEL_UNKNOWN, COUNTY_UNKNOWN

router = APIRouter(prefix="/v1/channel-files", tags=["files"])

_FUTURE = FieldError("#/business_on", "Is not over yet.", "该日尚未结束。")
_AS_IT_CAME: Responses = {
    200: {
        "description": "The file as it came",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "",
    status_code=202,
    summary="Send a file of a channel about one day",
    response_model=schemas.ChannelFile,
    responses=problems(
        *(OUTSIDE_DIVISION, COUNTY_UNKNOWN, CHANNEL_UNKNOWN, CHANNEL_FILE_EMPTY, CHANNEL_FILE_OF_NO_ACCOUNT),
        *(CHANNEL_FILE_PROFILE_UNKNOWN, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    ),
    openapi_extra=COUNTY,
)
async def upload_channel_file(
    caller: Maker,
    context: Context,
    key: Key,
    form: Annotated[FileForm, Form(media_type="multipart/form-data")],
) -> Response:
    """Keep a file as it came, sealed, with its hash; it is read in the background, whole or not at all.

    The same file about the same day again changes nothing and gets the one there is (200). Another one is the
    next version once it was read without a fault; those before it are kept. One that was refused may be sent
    again.
    """
    division_code = context.parts.divisions.code_of(form.county)
    if division_code is None:
        raise without_notice(COUNTY_UNKNOWN, context.notices, form.county)
    check_division(caller, division_code)
    _check_channel(context, form)
    _check_profile(context, form)
    now = context.clock.now()
    if form.business_on >= business_date(now):
        raise INVALID_REQUEST.problem(errors=[_FUTURE])
    sha256, size = await inspect(form.file)
    new = NewFile(
        **{name: getattr(form, name) for name in ("county", "channel", "kind", "business_on", "profile")},
        division_code=division_code,
        sha256=sha256,
        size_bytes=size,
        uploaded_at=now,
        uploaded_by=caller.subject,
    )
    request = once(caller, key, form.values() | {"sha256": sha256.hex()})
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        kept, is_new = await keep(conn, new, form.file)
        about = f"channel file {kept.file_id}"
        await record_lookup(conn, caller, operation="upload_channel_file", at=now, purpose=about)
        return await answer(conn, request, _shown(kept), 202 if is_new else 200)


@router.get("", summary="Files of channels")
async def list_channel_files(
    caller: Officer,
    context: Context,
    county: CountyCode | None = None,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    business_on: GivenDay | None = None,
    state: FileState | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ChannelFiles:
    """List the files of the own division; `state=refused` shows which have to be mended."""
    wanted = Wanted(caller.division, county, channel, business_on, state)
    async with context.engine.connect() as conn:
        found = await store.page(conn, wanted, number_after(after), limit)
    more = str(found[-1].file_id) if len(found) == limit else None
    return ChannelFiles(items=[_shown(one) for one in found], next_after=more)


@router.get("/{file_id}", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def get_channel_file(file_id: Id, caller: Officer, context: Context) -> schemas.ChannelFile:
    """Follow a file: how many rows were read, which version it is, or how many faults it has."""
    async with context.engine.connect() as conn:
        return _shown(await _visible(conn, caller, file_id))


@router.get("/{file_id}/rows", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def list_channel_file_rows(
    file_id: Id, caller: Officer, context: Context, after: NumberAfter = None, limit: Limit = 100
) -> FileRows:
    """See what a file says, row by row, in the form of all channels; of replaced versions, too."""
    async with context.engine.connect() as conn:
        await _visible(conn, caller, file_id)
        found = await store.rows_of(conn, file_id, number_after(after), limit)
    more = str(found[-1].line) if len(found) == limit else None
    return FileRows(items=[FileRow.model_validate(one) for one in found], next_after=more)


@router.get("/{file_id}/faults", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def list_channel_file_faults(
    file_id: Id, caller: Officer, context: Context, after: NumberAfter = None, limit: Limit = 100
) -> FileFaults:
    """See why a file was refused, line by line, the first thousand."""
    async with context.engine.connect() as conn:
        await _visible(conn, caller, file_id)
        found = await store.faults_of(conn, file_id, number_after(after), limit)
    more = str(found[-1].fault_no) if len(found) == limit else None
    return FileFaults(items=[_shown_fault(one) for one in found], next_after=more)


@router.get(
    "/{file_id}/file",
    response_class=StreamingResponse,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, CHANNEL_FILE_ERASED) | _AS_IT_CAME,
)
async def get_channel_file_original(file_id: Id, caller: Clear, context: Context) -> StreamingResponse:
    """Get a file as it came: it names payers as the channel does. It is recorded."""
    async with context.engine.begin() as conn:
        await _visible(conn, caller, file_id)
        if not await store.has_pieces(conn, file_id):
            raise CHANNEL_FILE_ERASED.problem()
        now, about = context.clock.now(), f"channel file {file_id}"
        await record_lookup(conn, caller, operation="get_channel_file_original", at=now, purpose=about)
    headers = {
        "content-disposition": f'attachment; filename="channel-file-{file_id}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return StreamingResponse(
        _pieces(context, file_id), headers=headers, media_type="application/octet-stream"
    )


def _check_channel(context: CollectionContext, form: FileForm) -> None:
    """Raises Problem for a channel that is not configured, or an account of no notice."""
    if form.kind not in OF_ACCOUNTS:
        debiting = context.parts.debits.get(form.county, {})
        if form.channel not in context.parts.keys.channels and form.channel not in debiting:
            raise CHANNEL_UNKNOWN.problem()
        return
    known = {
        account.code
        for (county, _), notice in context.notices.items()
        for account in notice.document.accounts
        if county == form.county
    }
    if form.channel not in known:
        raise CHANNEL_FILE_OF_NO_ACCOUNT.problem(known_accounts=sorted(known))


def _check_profile(context: CollectionContext, form: FileForm) -> None:
    """Raises Problem for a table without a profile of its kind, or another file with one."""
    known = sorted(one.name for one in context.parts.profiles.values() if one.kind == form.kind)
    if form.profile not in (known if form.kind in BY_PROFILE else ("",)):
        raise CHANNEL_FILE_PROFILE_UNKNOWN.problem(known_profiles=known)


async def _pieces(context: CollectionContext, file_id: int) -> AsyncIterator[bytes]:
    async with context.engine.connect() as conn:
        async for piece in store.pieces(conn, file_id):
            yield piece


async def _visible(conn: AsyncConnection, caller: Caller, file_id: int) -> ChannelFile:
    """The file, if it is there and of the caller's division. Raises Problem."""
    found = await store.one(conn, file_id)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division_code)
    return found


def _shown(file: ChannelFile) -> schemas.ChannelFile:
    facts = {name: getattr(file, name) for name in schemas.ChannelFile.model_fields}
    return schemas.ChannelFile.model_validate(
        facts | {"sha256": file.sha256.hex(), "profile": file.profile or None}
    )


def _shown_fault(one: store.KeptFault) -> FileFault:
    fault = Fault(one.line, one.kind, one.about)
    return FileFault(
        fault_no=one.fault_no,
        line=one.line,
        kind=one.kind,
        detail=fault.detail,
        detail_zh=fault.detail_zh,
    )
