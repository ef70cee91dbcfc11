"""Electronic vouchers: what was paid for whom, and whether a printed one is genuine."""

from fastapi import APIRouter

from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION, TOO_MANY_GUESSES
from libs.common.web.openapi import problems
from services.collection.access import Context, Reader
from services.collection.problems import VOUCHER_MISTYPED
from services.collection.vouchers.rules import state_of
from services.collection.vouchers.schemas import Voucher, VoucherCheck, VoucherVerdict
from services.collection.vouchers.verifying import find, verify

router = APIRouter(prefix="/v1/vouchers", tags=["vouchers"])


@router.get(
    "/{voucher_no}",
    summary="Show a voucher",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION, VOUCHER_MISTYPED),
)
async def get_voucher(voucher_no: str, caller: Reader, context: Context) -> Voucher:
    """Read a voucher with its verification code; the look-up is recorded."""
    found = await find(
        context.engine, context.parts.keys.voucher_keys, caller, voucher_no, context.clock.now()
    )
    names = Voucher.model_fields.keys() - {"code", "state"}
    return Voucher.model_validate(
        {name: getattr(found.voucher, name) for name in names}
        | {"code": found.code, "state": state_of(found.voucher.voided_at)}
    )


@router.post(
    "/verify", summary="Is this voucher genuine?", responses=problems(VOUCHER_MISTYPED, TOO_MANY_GUESSES)
)
async def verify_voucher(
    asked: VoucherCheck, caller: Reader, context: Context, address: Address
) -> VoucherVerdict:
    """Check a number and its code. An unknown number and a wrong code get the same answer."""
    keys = context.parts.keys.voucher_keys
    attempt = Attempt(caller, address, context.settings.guess_limit)
    voucher = await verify(context.engine, keys, attempt, asked.voucher_no, asked.code, context.clock.now())
    if voucher is None:
        return VoucherVerdict(genuine=False, valid=False)
    return VoucherVerdict(
        genuine=True,
        valid=voucher.voided_at is None,
        state=state_of(voucher.voided_at),
        county=voucher.county,
        coverage_year=voucher.coverage_year,
        masked_name=voucher.masked_name,
        amount_fen=voucher.amount_fen,
        paid_at=voucher.paid_at,
    )
