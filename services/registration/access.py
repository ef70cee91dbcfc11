"""What every operation of this service needs to know: the context, and who asks with which scope."""

from collections.abc import AsyncIterator, Iterable
from typing import Annotated

import orjson
from fastapi import Depends, Query, Request
from pydantic import Field

from libs.common.divisions import CODE_LENGTH, prefix_of
from libs.common.policy import Notice
from libs.common.security import access
from libs.common.security.access import require, require_any
from libs.common.security.caller import Caller
from libs.common.web.app import context_of
from libs.common.web.catalogue import (
    BODY_TOO_LARGE,
    INVALID_REQUEST,
    MALFORMED_BODY,
    OUTSIDE_DIVISION,
    UNSUPPORTED_MEDIA_TYPE,
)
from libs.common.web.problems import FieldError, Problem
from libs.common.web.schemas import Answer
from services.registration.settings import RegistrationContext

Context = Annotated[RegistrationContext, Depends(context_of)]
#: Whoever has a token, of whatever scopes.
Anybody = Annotated[Caller, require()]
Reader = Annotated[Caller, require("registration:read")]
#: Whoever is given numbers and names for what is exchanged with collector and bureau.
IdentityReader = Annotated[Caller, require("identities:read")]
Writer = Annotated[Caller, require("registration:write")]
NoticeWriter = Annotated[Caller, require("notices:write")]
SurveyReader = Annotated[Caller, require("survey:read")]
SurveyWriter = Annotated[Caller, require("survey:write")]
ScoreWriter = Annotated[Caller, require("scores:write")]
#: A unit's clerk, for the own unit alone.
UnitClerk = Annotated[Caller, require("units:write")]
UnitReader = Annotated[Caller, require_any("units:write", "registration:read")]
#: Whoever is given lists with whole phones.
ReminderHolder = Annotated[Caller, require("survey:write", "pii:read")]
TicketReader = Annotated[Caller, require("tickets:read")]
TicketWriter = Annotated[Caller, require("tickets:write")]
#: Whoever decides for the medical-insurance bureau.
Bureau = Annotated[Caller, require("registration:decide")]
#: Who may say whose real name was checked, and what those people agreed to.
Voucher = Annotated[Caller, require("payers:vouch")]
#: An office may be told, too, that somebody agrees no more.
ConsentKeeper = Annotated[Caller, require_any("payers:vouch", "registration:write")]
#: Backends of mini-programs, and whoever else orders for people.
Payer = Annotated[Caller, require("orders:write")]
ProgressReader = Annotated[Caller, require("progress:read")]
ProgressWriter = Annotated[Caller, require("progress:write")]
BulletinSigner = Annotated[Caller, require("progress:sign")]
AssessCaller = Annotated[Caller, require("assess")]

DivisionQuery = Annotated[
    str,
    Query(
        pattern=r"^[0-9]{0,12}$",
        description="a village, a township, or the beginning of their codes; the own division otherwise",
    ),
]

NDJSON = "application/x-ndjson"


class RejectedRow(Answer):
    """A row that was not registered."""

    index: int = Field(description="place in the batch, from 0")
    problem: dict[str, object] = Field(description="problem details: why, and how to mend it")


def rejected_rows(rejected: Iterable[tuple[int, Problem]]) -> list[RejectedRow]:
    """The rows that were not taken, in the order in which they were sent."""
    return [
        RejectedRow(index=index, problem=problem.to_json())
        for index, problem in sorted(rejected, key=lambda item: item[0])
    ]


def range_of(caller: Caller, division_code: str) -> tuple[str, str]:
    """The villages that are asked for, as far as the caller may see them. Raises Problem."""
    wanted = prefix_of(division_code) if len(division_code) == CODE_LENGTH else division_code
    if wanted.startswith(caller.division):
        return wanted.ljust(12, "0"), wanted.ljust(12, "9")
    if caller.division.startswith(wanted):
        return caller.division_range
    raise OUTSIDE_DIVISION.problem()


def check_place(caller: Caller, notice: Notice) -> None:
    """Refuse whose division has nothing to do with the place of a notice."""
    access.check_place(caller.division, notice.division)


def place_of(after: str | None) -> int:
    """The id after which a page begins; raises the problem for what no page said."""
    if after is None:
        return 0
    if not (after.isascii() and after.isdecimal() and len(after) <= 18):
        fault = FieldError(
            "query/after", "Use `next_after` of the page before.", "请使用上一页的 next_after。"
        )
        raise INVALID_REQUEST.problem(errors=[fault])
    return int(after)


def media_type(request: Request) -> str:
    """The content type of a request without its parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def read_rows(request: Request, limit: int) -> list[object]:
    """Read a JSON array, or NDJSON, of at most `limit` rows; raises problems for the body as a whole."""
    kind = media_type(request)
    if kind not in ("application/json", NDJSON):
        raise UNSUPPORTED_MEDIA_TYPE.problem()
    body = await request.body()
    try:
        rows: object = (
            [orjson.loads(line) for line in body.splitlines() if line.strip()]
            if kind == NDJSON
            else orjson.loads(body)
        )
    except orjson.JSONDecodeError:
        raise MALFORMED_BODY.problem() from None
    if not isinstance(rows, list):
        raise MALFORMED_BODY.problem("The body must be an array of rows.", "请求体须为数组。")
    if len(rows) > limit:
        raise BODY_TOO_LARGE.problem(
            f"At most {limit} rows at once; this request has {len(rows)}.",
            f"每次最多 {limit} 行，本次为 {len(rows)} 行。",
            max_rows=limit,
        )
    return rows


async def read_lines(request: Request) -> AsyncIterator[bytes]:
    """Read NDJSON line by line as it arrives."""
    rest = b""
    async for piece in request.stream():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
    if rest.strip():
        yield rest
