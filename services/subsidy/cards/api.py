"""HTTP of cards: lists of social-security cards come in."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from libs.common.clock import business_date
from libs.common.security.access import require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import INVALID_REQUEST, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.subsidy.cards.intake import CardList, Kept, check_rows, keep_cards
from services.subsidy.cards.problems import ACCOUNTS_CLOSED, TOO_MANY_ROWS, TWO_ACCOUNTS
from services.subsidy.requests import Context, Vault

router = APIRouter(tags=["cards"])

MAX_ROWS = 50_000
_NDJSON = "application/x-ndjson"

_ROW = {
    "id_number": "350426198006150025",
    "account_no": "6221550000000000018",
    "bank": "尤溪农商银行",
    "holder": "林小明",
}
_SCHEMA = {
    "type": "object",
    "required": list(_ROW),
    "properties": {
        "id_number": {"type": "string", "description": "Identity number of the card's owner."},
        "account_no": {
            "type": "string",
            "description": "8 to 32 digits; blanks are dropped, the check digit only warns.",
        },
        "bank": {"type": "string", "maxLength": 60},
        "holder": {
            "type": "string",
            "maxLength": 60,
            "description": "Name of the account as the bank has it.",
        },
    },
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": {"type": "array", "items": _SCHEMA}, "example": [_ROW]},
        _NDJSON: {"schema": {"type": "string"}, "example": orjson.dumps(_ROW).decode() + "\n"},
    },
}


class RejectedRow(BaseModel):
    """A row that was not kept, and why (problem details)."""

    index: int
    problem: dict[str, Any]


class CardsAnswer(BaseModel):
    """What became of a list of cards.

    `waiting_for_person` cards are kept until somebody with that number is assessed. `warnings` are rows whose
    account fails the Luhn check: they are kept, for many accounts are not cards.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "accepted": 2,
                    "unchanged": 0,
                    "waiting_for_person": 1,
                    "payouts_ready": 1,
                    "rejected": [],
                    "warnings": [{"index": 1, "warning": "luhn"}],
                }
            ]
        }
    )

    accepted: int
    unchanged: int
    waiting_for_person: int
    payouts_ready: int
    rejected: list[RejectedRow]
    warnings: list[dict[str, Any]]


@router.post(
    "/v1/cards:batch",
    summary="Take in a list of social-security cards",
    description=(
        "A JSON array or NDJSON, at most 50,000 rows. Good rows are kept, each other row is returned with "
        "its problem. A number that nobody knows yet is kept until an assessment names the person. A new"
        " account takes the place of the earlier one and makes the person's blocked payouts ready; sending"
        " the same list again changes nothing."
    ),
    openapi_extra={"requestBody": _BODY},
    responses=problems(
        TOO_MANY_ROWS.problem(max_rows=MAX_ROWS), TWO_ACCOUNTS, ACCOUNTS_CLOSED, UNSUPPORTED_MEDIA_TYPE
    ),
)
async def register_cards(
    request: Request,
    caller: Annotated[Caller, require("subsidy:write")],
    context: Context,
    vault: Vault,
) -> CardsAnswer:
    now = context.clock.now()
    rows = _rows(request.headers.get("content-type", ""), await request.body())
    checked = check_rows(rows, vault, context.digests.document, business_date(now))
    async with context.engine.begin() as conn:
        kept = await keep_cards(conn, checked, caller, now)
        await record_lookup(conn, caller, operation="register_cards", at=now, person_ids=kept.person_ids)
    return _answer(checked, kept)


def _rows(content_type: str, body: bytes) -> Sequence[Any]:
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


def _answer(checked: CardList, kept: Kept) -> CardsAnswer:
    return CardsAnswer(
        accepted=kept.new + kept.unchanged,
        unchanged=kept.unchanged,
        waiting_for_person=kept.waiting_for_person,
        payouts_ready=kept.payouts_ready,
        rejected=[RejectedRow(index=index, problem=problem.to_json()) for index, problem in checked.rejected],
        warnings=[
            {"index": index, "warning": "luhn"} for index in checked.warnings if index in checked.cards
        ],
    )
