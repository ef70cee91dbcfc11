"""Electronic vouchers: what was paid for whom, and whether a printed one is genuine."""

from fastapi import APIRouter

from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import NOT_FOUND, OUTSIDE_DIVISION, TOO_MANY_GUESSES
from libs.common.web.openapi import problems
from libs.common.web.reach import ANY
from services.collection.access import Context, Reader
from services.collection.assembly import CollectionContext
from services.collection.problems import CHECKS_TOO_FAST, VOUCHER_MISTYPED
from services.collection.vouchers.rules import state_of
from services.collection.vouchers.schemas import Voucher, VoucherCheck, VoucherVerdict
from services.collection.vouchers.store import FoundVoucher
from services.collection.vouchers.verifying import Anybody, find, verify

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
    "/verify",
    summary="Is this voucher genuine?",
    openapi_extra=ANY,
    responses=problems(VOUCHER_MISTYPED, TOO_MANY_GUESSES),
)
async def verify_voucher(
    asked: VoucherCheck, caller: Reader, context: Context, address: Address
) -> VoucherVerdict:
    """Check a number and its code. An unknown number and a wrong code get the same answer."""
    keys = context.parts.keys.voucher_keys
    attempt = Attempt(caller, address, context.settings.guess_limit)
    voucher = await verify(context.engine, keys, attempt, asked.voucher_no, asked.code, context.clock.now())
    return _verdict(voucher, context)


@router.post(
    "/check",
    summary="Is this voucher genuine? For anybody who holds it",
    responses=problems(VOUCHER_MISTYPED, TOO_MANY_GUESSES, CHECKS_TOO_FAST),
)
async def check_voucher(asked: VoucherCheck, context: Context, address: Address) -> VoucherVerdict:
    """Check number and code, without a token. An unknown number and a wrong code get the same answer."""
    context.parts.checking.slow_down(address)
    keys, limit = context.parts.keys.voucher_keys, context.settings.guess_limit
    anybody = Anybody(address, limit)
    now = context.clock.now()
    return _verdict(await verify(context.engine, keys, anybody, asked.voucher_no, asked.code, now), context)


def _verdict(voucher: FoundVoucher | None, context: CollectionContext) -> VoucherVerdict:
    if voucher is None:
        return VoucherVerdict(genuine=False, valid=False)
    notice = context.notices.get((voucher.county, voucher.coverage_year))
    place = notice.document.notice.place if notice is not None else None
    return VoucherVerdict(
        genuine=True,
        valid=voucher.voided_at is None,
        state=state_of(voucher.voided_at),
        county=voucher.county,
        place=place.en if place else None,
        place_zh=place.zh if place else None,
        coverage_year=voucher.coverage_year,
        masked_name=voucher.masked_name,
        amount_fen=voucher.amount_fen,
        paid_at=voucher.paid_at,
    )
