"""Electronic vouchers: what was paid for whom, and whether a printed one is genuine."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from libs.common.events import SubsidyLine
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.service import ServiceContext
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from services.collection.access import Context, Reader
from services.collection.examples import VERDICT, VOUCHER, shown
from services.collection.problems import VOUCHER_MISTYPED
from services.collection.vouchers import store
from services.collection.vouchers.rules import code_matches, verification_code, well_formed

router = APIRouter(prefix="/v1/vouchers", tags=["vouchers"])


class Voucher(BaseModel):
    """The electronic voucher of one applied payment line. `state`: issued or voided."""

    model_config = shown(VOUCHER)

    voucher_no: str
    code: str
    state: str
    county: str
    coverage_year: int
    division_code: str
    person_id: int
    masked_name: str | None
    masked_id: str | None
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    amount_fen: int
    subsidies: list[SubsidyLine]
    channel: str
    transaction_no: str
    payment_id: int
    line_no: int
    paid_at: datetime
    issued_at: datetime
    voided_at: datetime | None
    void_reason: str | None


class VoucherCheck(BaseModel):
    """Number and code as they are printed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"voucher_no": "3504262019112000000017", "code": "K3QD-7RXA"}]},
    )

    voucher_no: str = Field(max_length=40)
    code: str = Field(max_length=20)


class VoucherVerdict(BaseModel):
    """Whether the voucher is genuine and stands; what it says is shown only for the right code."""

    model_config = shown(VERDICT)

    genuine: bool
    valid: bool = Field(description="genuine and not voided")
    state: str | None = None
    county: str | None = None
    coverage_year: int | None = None
    masked_name: str | None = None
    amount_fen: int | None = None
    paid_at: datetime | None = None


@router.get(
    "/{voucher_no}",
    summary="Show a voucher",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, VOUCHER_MISTYPED),
)
async def get_voucher(voucher_no: str, caller: Reader, context: Context) -> Voucher:
    """Read a voucher with its verification code; the look-up is recorded."""
    if not well_formed(voucher_no):
        raise VOUCHER_MISTYPED.problem()
    async with context.engine.begin() as conn:
        row = await store.find(conn, voucher_no)
        if row is None:
            raise NOT_FOUND.problem()
        check_division(caller, row.division_code)
        await record_lookup(
            conn, caller, operation="get_voucher", at=context.clock.now(), person_ids=[row.person_id]
        )
    keys = context.parts.keys.voucher_keys
    key = keys.get(row.key_id)
    code = verification_code(key, voucher_no, row.person_id, _amount(row), row.paid_at) if key else ""
    names = set(Voucher.model_fields) - {"code", "state", "amount_fen"}
    return Voucher(
        **{name: getattr(row, name) for name in names}, code=code, state=_state(row), amount_fen=_amount(row)
    )


@router.post("/verify", summary="Is this voucher genuine?", responses=problems(VOUCHER_MISTYPED))
async def verify_voucher(asked: VoucherCheck, caller: Reader, context: Context) -> VoucherVerdict:
    """Check a number and its code. An unknown number and a wrong code get the same answer."""
    number = asked.voucher_no.replace(" ", "").replace("-", "")
    if not well_formed(number):
        raise VOUCHER_MISTYPED.problem()
    async with context.engine.begin() as conn:
        row = await store.find(conn, number)
        genuine = row is not None and _matches(context, asked.code, number, row)
        seen = [row.person_id] if genuine and row is not None else []
        await record_lookup(conn, caller, operation="verify_voucher", at=context.clock.now(), person_ids=seen)
    if not genuine or row is None:
        return VoucherVerdict(genuine=False, valid=False)
    return VoucherVerdict(
        genuine=True,
        valid=row.voided_at is None,
        state=_state(row),
        county=row.county,
        coverage_year=row.coverage_year,
        masked_name=row.masked_name,
        amount_fen=_amount(row),
        paid_at=row.paid_at,
    )


def _matches(context: ServiceContext, code: str, number: str, row: Any) -> bool:
    keys = context.parts.keys.voucher_keys
    return code_matches(code, keys, row.key_id, number, row.person_id, _amount(row), row.paid_at)


def _state(row: Any) -> str:
    return "issued" if row.voided_at is None else "voided"


def _amount(row: Any) -> int:
    return row.own_fen + row.add_on_fen
