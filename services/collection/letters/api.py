"""HTTP of letters to banks and channels: which were sent, what one says, and the paper."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.files import MEDIA, headers_of
from libs.common.web.openapi import Responses, problems
from libs.common.web.schemas import CountyCode, Id, Limit, NumberAfter, number_after
from services.collection.access import Context, Officer
from services.collection.letters import store
from services.collection.letters.printing import as_pdf, number_of
from services.collection.letters.rules import Content
from services.collection.letters.schemas import ChannelLetter, ChannelLetters, WholeLetter
from services.collection.letters.store import Letter, Wanted

router = APIRouter(prefix="/v1/channel-letters", tags=["files"])

_PDF: Responses = {
    200: {
        "description": "The letter, to sign, stamp and send",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("", summary="Letters to banks and channels")
async def list_channel_letters(
    caller: Officer,
    context: Context,
    county: CountyCode | None = None,
    channel: Annotated[str | None, Query(max_length=40)] = None,
    case_id: Id | None = None,
    after: NumberAfter = None,
    limit: Limit = 100,
) -> ChannelLetters:
    """List letters of the own division; the step `write_to_bank` of a case under /v1/cases writes one."""
    wanted = Wanted(caller.division, county, channel, case_id)
    async with context.engine.connect() as conn:
        found = await store.page(conn, wanted, number_after(after), limit)
    more = str(found[-1].letter_id) if len(found) == limit else None
    return ChannelLetters(items=[ChannelLetter(**_facts(one)) for one in found], next_after=more)


@router.get("/{letter_id}", responses=problems(NOT_FOUND, OUTSIDE_DIVISION))
async def get_channel_letter(letter_id: Id, caller: Officer, context: Context) -> WholeLetter:
    """Give a letter as it was sent: what the channel owes, what came, and the hashes of the files of both."""
    async with context.engine.connect() as conn:
        letter = await _visible(conn, caller, letter_id)
    return WholeLetter(content=Content.model_validate_json(letter.content), **_facts(letter))


@router.get(
    "/{letter_id}/file",
    response_class=Response,
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION) | _PDF,
)
async def get_channel_letter_file(letter_id: Id, caller: Officer, context: Context) -> Response:
    """Print a letter as PDF; it comes out again as it was sent."""
    async with context.engine.connect() as conn:
        letter = await _visible(conn, caller, letter_id)
    made = await as_pdf(letter, context.settings.fonts_dir)
    return Response(made, 200, headers_of("pdf", f"letter-{number_of(letter)}"), MEDIA["pdf"])


async def _visible(conn: AsyncConnection, caller: Caller, letter_id: int) -> Letter:
    """The letter, if it is there and of the caller's division. Raises Problem."""
    found = await store.one(conn, letter_id)
    if found is None:
        raise NOT_FOUND.problem()
    check_division(caller, found.division_code)
    return found


def _facts(letter: Letter) -> dict[str, object]:
    names = (name for name in ChannelLetter.model_fields if name != "letter_no")
    return {name: getattr(letter, name) for name in names} | {"letter_no": number_of(letter)}
