"""HTTP of payout batches: making one, the bank's file of it, and the bank's results."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from libs.common.security.access import require
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import IDEMPOTENCY_KEY_REUSED, NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from libs.common.web.problems import FieldError
from services.subsidy.cards.problems import ACCOUNTS_CLOSED
from services.subsidy.payout_batches import store as batch_store
from services.subsidy.payout_batches.files import ProfileUnknown, load_profile, profile_names
from services.subsidy.payout_batches.making import BatchOrder, export_batch, make_batch
from services.subsidy.payout_batches.settling import take_results
from services.subsidy.payouts.problems import NOTHING_READY, PROFILE_UNKNOWN, RESULTS_REFUSED
from services.subsidy.requests import After, Context, County, Limit, Vault, Year, cause, next_after

router = APIRouter(tags=["payouts"])

_BATCH = {
    "batch_id": 1,
    "county": "huining",
    "coverage_year": 2021,
    "declared_count": 3,
    "declared_total_fen": 60000,
    "created_by": "township-office",
    "created_at": "2020-12-20T09:00:00+08:00",
}
_PROGRESS = {"paid": {"count": 2, "amount_fen": 40000}, "failed": {"count": 1, "amount_fen": 20000}}


class NewBatch(BaseModel):
    """For which county and coverage year everything that is ready is to be paid out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"county": "huining", "coverage_year": 2021}]})

    county: str = Field(min_length=1, max_length=40)
    coverage_year: int = Field(ge=2000, le=2100)


class Batch(BaseModel):
    """A payout batch with what it declares to the bank."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH]})

    batch_id: int
    county: str
    coverage_year: int
    declared_count: int
    declared_total_fen: int
    created_by: str
    created_at: datetime


class BatchState(Batch):
    """A batch and what the bank answered so far; `sent` is without an answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATCH | {"progress": _PROGRESS}]})

    progress: dict[str, dict[str, int]]


class BatchPage(BaseModel):
    """A page of batches."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_BATCH], "next_after": None}]})

    items: list[Batch]
    next_after: int | None


class ResultsAnswer(BaseModel):
    """What a result file settled. `repeated` when the same file had been taken in before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"batch_id": 1, **_PROGRESS, "returned": {"count": 0, "amount_fen": 0}, "repeated": False}
            ]
        }
    )

    batch_id: int
    paid: dict[str, int]
    failed: dict[str, int]
    returned: dict[str, int]
    repeated: bool = False


@router.post(
    "/v1/payout-batches",
    summary="Make a batch of every payout that is ready",
    description=(
        "Takes all payouts and refunds of the county and year within the caller's division, in the order of "
        "their ids, and declares their number and sum. With an Idempotency-Key the same request can be "
        "repeated and gives the same batch."
    ),
    responses=problems(NOTHING_READY, IDEMPOTENCY_KEY_REUSED),
    status_code=201,
)
async def create_payout_batch(
    order: NewBatch,
    response: Response,
    caller: Annotated[Caller, require("subsidy:write")],
    context: Context,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> Batch:
    wanted = BatchOrder(
        county=order.county,
        coverage_year=order.coverage_year,
        division=caller.division,
        division_range=caller.division_range,
        creator=caller.subject,
        idempotency_key=idempotency_key.strip('"') if idempotency_key else None,
    )
    async with context.engine.begin() as conn:
        batch, new = await make_batch(conn, wanted, context.clock.now())
    if not new:
        response.status_code = 200
    return Batch(**batch)


@router.get("/v1/payout-batches", summary="List batches")
async def list_payout_batches(
    caller: Annotated[Caller, require("subsidy:read")],
    context: Context,
    county: County = None,
    coverage_year: Year = None,
    after_id: Annotated[After, Query(alias="after")] = 0,
    limit: Limit = 100,
) -> BatchPage:
    async with context.engine.begin() as conn:
        rows = await batch_store.list_batches(conn, after_id, county, coverage_year, caller.division, limit)
    return BatchPage(items=[Batch(**row) for row in rows], next_after=next_after(rows, limit, "batch_id"))


@router.get(
    "/v1/payout-batches/{batch_id}",
    summary="See a batch and what the bank answered",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_payout_batch(
    batch_id: int, caller: Annotated[Caller, require("subsidy:read")], context: Context
) -> BatchState:
    async with context.engine.begin() as conn:
        batch = await _batch(conn, batch_id, caller)
        progress = await batch_store.progress(conn, batch_id)
    counts = {row["outcome"]: {"count": row["number"], "amount_fen": row["amount_fen"]} for row in progress}
    return BatchState(**batch, progress=counts)


@router.get(
    "/v1/payout-batches/{batch_id}/file",
    summary="Fetch the bank's file of a batch",
    description=(
        "The layout is a profile: `generic` is CSV in UTF-8 with two comment lines, the second of them "
        "`# count=N total_fen=M`, and a heading. The file is the same each time, with the accounts as they "
        "were when the batch was made, in the clear: hence the scope pii:read, and every fetch is recorded."
    ),
    response_class=Response,
    responses=problems(
        NOT_FOUND, OUTSIDE_DIVISION, ACCOUNTS_CLOSED, PROFILE_UNKNOWN.problem(profiles=["generic"])
    )
    | {
        200: {
            "description": "The file",
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "# canbao payout batch_id=1\r\n# count=1 total_fen=20000\r\n"
                    "payout_no,account_no,holder,bank,amount_fen,remark\r\n"
                    "P0000000001-01,6221550000000000018,林小明,尤溪农商银行,20000,2021年度城乡居民医保参保资助\r\n",
                }
            },
        }
    },
)
async def get_payout_file(
    batch_id: int,
    caller: Annotated[Caller, require("subsidy:write", "pii:read")],
    context: Context,
    vault: Vault,
    profile: Annotated[str | None, Query(description="Another layout than the configured one.")] = None,
) -> Response:
    try:
        layout = load_profile(profile or context.settings.bank_profile)
    except ProfileUnknown:
        raise PROFILE_UNKNOWN.problem(profiles=profile_names()) from None
    async with context.engine.begin() as conn:
        await _batch(conn, batch_id, caller)
        content = await export_batch(conn, batch_id, layout, vault)
        await record_lookup(
            conn, caller, operation="get_payout_file", at=context.clock.now(), purpose=f"batch {batch_id}"
        )
    disposition = {"content-disposition": f'attachment; filename="payout-batch-{batch_id}.csv"'}
    return Response(content, headers=disposition, media_type=f"text/csv; charset={layout.encoding}")


_RESULTS = (
    "# count=2 total_fen=40000\npayout_no,outcome,amount_fen,reason\n"
    "P0000000001-01,paid,20000,\nP0000000002-01,failed,20000,户名不符\n"
)


@router.post(
    "/v1/payout-batches/{batch_id}/results",
    summary="Take in the bank's result file",
    description=(
        "CSV: `# count=N total_fen=M`, the heading `payout_no,outcome,amount_fen,reason`, and lines whose "
        "outcome is paid, failed or returned. A file may cover a part of the batch; what it does not name "
        "stays sent and is never sent again on suspicion. All of the file counts or nothing of it. The same "
        "file again gets the same answer and does nothing. After paid only returned is possible; a line that "
        "is returned without having been reported paid counts as paid and returned."
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": _RESULTS}},
        }
    },
    responses=problems(
        NOT_FOUND,
        OUTSIDE_DIVISION,
        RESULTS_REFUSED.problem(
            errors=[FieldError("#/lines/3", "this payout is not in the batch", "该批次中没有这笔发放")]
        ),
    ),
)
async def take_payout_results(
    batch_id: int,
    request: Request,
    caller: Annotated[Caller, require("subsidy:write")],
    context: Context,
) -> ResultsAnswer:
    content = await request.body()
    async with context.engine.begin() as conn:
        await _batch(conn, batch_id, caller)
        answer, new = await take_results(
            conn, batch_id, content, caller.subject, context.clock.now(), cause()
        )
    return ResultsAnswer(**answer, repeated=not new)


async def _batch(conn: Any, batch_id: int, caller: Caller) -> dict[str, Any]:
    batch = await batch_store.batch(conn, batch_id)
    if batch is None:
        raise NOT_FOUND.problem()
    if not batch["division_prefix"].startswith(caller.division):
        raise OUTSIDE_DIVISION.problem()
    return batch
