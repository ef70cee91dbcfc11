"""HTTP of cards: lists of social-security cards come in, row by row or as a file."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web import idempotency
from libs.common.web.catalogue import (
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INVALID_REQUEST,
    MALFORMED_BODY,
    OUTSIDE_DIVISION,
    UNSUPPORTED_MEDIA_TYPE,
)
from libs.common.web.files import file_responses, table_body, workbook_answer
from libs.common.web.idempotency import Key
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from libs.common.web.reach import ANY, COUNTY
from libs.common.web.schemas import CountyCode
from services.subsidy.assembly import SubsidyContext
from services.subsidy.cards import store
from services.subsidy.cards.problems import (
    ACCOUNTS_CLOSED,
    CARDS_FILE_REFUSED,
    TOO_MANY_ROWS,
    TWO_ACCOUNTS,
)
from services.subsidy.cards.reading import read_file, template
from services.subsidy.cards.registering import keep_cards, unit_list
from services.subsidy.cards.schemas import (
    ROW,
    CardRow,
    CardsAnswer,
    DryRun,
    UnitAccount,
    UnitAccountKept,
    UnitAccounts,
    UnitAccountShown,
    UnitCode,
)
from services.subsidy.cards.taking import take_in
from services.subsidy.requests import CardWriter, Context, cause

router = APIRouter(tags=["cards"])

MAX_ROWS = 50_000
_NDJSON = "application/x-ndjson"
_FILE = "".join(f"{','.join(str(cell) for cell in line)}\n" for line in (ROW, ROW.values()))

#: A part of an OpenAPI document, as FastAPI takes it.
_OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": CardRow.model_json_schema()},
                "example": [ROW],
            },
            _NDJSON: {"schema": {"type": "string"}, "example": orjson.dumps(ROW).decode() + "\n"},
        },
    }
}


@router.post(
    "/v1/cards:batch",
    summary="Take in a list of social-security cards",
    description=(
        "A JSON array or NDJSON, at most 50,000 rows. Good rows are kept, each other row is returned with "
        "its problem. A number that nobody knows yet is kept until an assessment names the person. A new"
        " account takes the place of the earlier one and makes the person's blocked payouts ready; sending"
        " the same list again changes nothing. A card whose holder is neither the person nor a minor's"
        " guardian is kept, but no money goes there until two persons accept it (the case `holder_differs`)."
    ),
    openapi_extra=_OPENAPI,
    responses=problems(
        TOO_MANY_ROWS.problem(max_rows=MAX_ROWS),
        TWO_ACCOUNTS,
        ACCOUNTS_CLOSED,
        UNSUPPORTED_MEDIA_TYPE,
        IDEMPOTENCY_KEY_MISSING,
        IDEMPOTENCY_KEY_REUSED,
    ),
    response_model=CardsAnswer,
)
async def register_cards(
    request: Request, caller: CardWriter, key: Key, context: Context, dry_run: DryRun = False
) -> Response:
    content = await request.body()
    rows = _rows(request.headers.get("content-type", ""), content)
    once = idempotency.once(caller, key, content)
    return await take_in(context, caller, once, list(enumerate(rows)), cause(), dry_run=dry_run)


@router.get(
    "/v1/cards/template",
    summary="The template of a file of social-security cards",
    description="A workbook whose columns say what may stand in them.",
    response_class=Response,
    responses=file_responses("The template", ("xlsx",)),
    openapi_extra=ANY,
)
async def get_cards_template(caller: CardWriter) -> Response:
    return workbook_answer(await asyncio.to_thread(template), "社保卡登记模板")


@router.post(
    "/v1/cards/file",
    summary="Take in social-security cards as a file",
    description=(
        "xlsx, or CSV in UTF-8 or GB 18030, at most 5,000 rows; the first line names the columns 证件号码, "
        "社保卡账号, 开户银行 and 户名. As in a list, good rows are kept, and each other one is returned "
        "with its problem; `index` is the line of the file."
    ),
    openapi_extra=table_body(_FILE),
    responses=problems(CARDS_FILE_REFUSED, ACCOUNTS_CLOSED, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    response_model=CardsAnswer,
)
async def read_cards(
    request: Request, caller: CardWriter, key: Key, context: Context, dry_run: DryRun = False
) -> Response:
    content = await request.body()
    once = idempotency.once(caller, key, content)
    rows = await asyncio.to_thread(read_file, content)
    return await take_in(context, caller, once, rows, cause(), dry_run=dry_run)


@router.post(
    "/v1/unit-accounts",
    summary="Record the account of a unit that pays for its people",
    responses=problems(OUTSIDE_DIVISION, ACCOUNTS_CLOSED, IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED),
    response_model=UnitAccountKept,
    openapi_extra=COUNTY,
)
async def record_unit_account(
    account: UnitAccount, caller: CardWriter, key: Key, context: Context
) -> Response:
    """What a unit paid and gets back goes there, and help with it; never to a card of the people."""
    now, once = context.clock.now(), idempotency.once(caller, key, account)
    _check_county(account.county, caller, context)
    listed = unit_list(account, context.parts.vault, context.digests)
    async with context.engine.begin() as conn:
        if (before := await idempotency.answered(conn, once, now)) is not None:
            return before
        kept = await keep_cards(conn, listed, caller, now)
        about, done = f"unit {account.unit_code}", "record_unit_account"
        await record_lookup(conn, caller, operation=done, at=now, purpose=about)
        answer = UnitAccountKept(new=bool(kept.new), payouts_ready=kept.payouts_ready)
        return await idempotency.answer(conn, once, answer, 200)


@router.get(
    "/v1/unit-accounts",
    summary="See the account of a unit on record",
    description="Before another takes its place: which one what the unit paid goes back to, masked.",
    responses=problems(OUTSIDE_DIVISION),
    openapi_extra=COUNTY,
)
async def get_unit_account(
    caller: CardWriter,
    context: Context,
    county: Annotated[CountyCode, Query(examples=["songming"])],
    unit_code: Annotated[UnitCode, Query()],
) -> UnitAccounts:
    _check_county(county, caller, context)
    async with context.engine.begin() as conn:
        found = await store.unit_card(conn, context.digests.unit(county, unit_code))
        done, about = "get_unit_account", f"unit {unit_code}"
        await record_lookup(conn, caller, operation=done, at=context.clock.now(), purpose=about)
    return UnitAccounts(items=[UnitAccountShown.model_validate(found)] if found else [], next_after=None)


def _check_county(county: str, caller: Caller, context: SubsidyContext) -> None:
    """Raises a problem unless a caller is of the whole county."""
    places = [notice.division for notice in context.notices.values() if notice.county == county]
    if not any(caller.sees(division) for division in places):
        raise OUTSIDE_DIVISION.problem()


def _rows(content_type: str, body: bytes) -> Sequence[object]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in ("application/json", _NDJSON):
        raise UNSUPPORTED_MEDIA_TYPE.problem()
    try:
        if media_type == _NDJSON:
            rows = [orjson.loads(line) for line in body.splitlines() if line.strip()]
        else:
            rows = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MALFORMED_BODY.problem() from None
    if not isinstance(rows, list):
        raise INVALID_REQUEST.problem(errors=[FieldError("#", "Send an array of rows.", "请提交行的数组。")])
    if len(rows) > MAX_ROWS:
        raise TOO_MANY_ROWS.problem(max_rows=MAX_ROWS)
    return rows
