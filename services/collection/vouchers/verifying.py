"""Shows vouchers with their codes, and verifies printed ones; every look-up is recorded."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.catalogue import NOT_FOUND
from services.collection.assembly import CollectionContext
from services.collection.problems import VOUCHER_MISTYPED
from services.collection.vouchers import store
from services.collection.vouchers.rules import code_matches, plain_number, verification_code, well_formed
from services.collection.vouchers.store import FoundVoucher


@dataclass(frozen=True, slots=True)
class Coded:
    """A voucher with its verification code; the code is empty when its key is gone."""

    voucher: FoundVoucher
    code: str


async def find(context: CollectionContext, caller: Caller, voucher_no: str) -> Coded:
    """Find a voucher. Raises Problem 422, 404 or 403."""
    if not well_formed(voucher_no):
        raise VOUCHER_MISTYPED.problem()
    now = context.clock.now()
    async with context.engine.begin() as conn:
        voucher = await store.find(conn, voucher_no)
        if voucher is None:
            raise NOT_FOUND.problem()
        check_division(caller, voucher.division_code)
        await record_lookup(conn, caller, operation="get_voucher", at=now, person_ids=[voucher.person_id])
    key = context.parts.keys.voucher_keys.get(voucher.key_id)
    return Coded(voucher, verification_code(key, *_content(voucher)) if key else "")


async def verify(context: CollectionContext, caller: Caller, number: str, code: str) -> FoundVoucher | None:
    """Give the voucher if number and code belong together; an unknown number is like a wrong code."""
    number = plain_number(number)
    if not well_formed(number):
        raise VOUCHER_MISTYPED.problem()
    now = context.clock.now()
    async with context.engine.begin() as conn:
        voucher = await store.find(conn, number)
        if voucher is not None and not _matches(context, voucher, code):
            voucher = None
        seen = [voucher.person_id] if voucher is not None else []
        await record_lookup(conn, caller, operation="verify_voucher", at=now, person_ids=seen)
    return voucher


def _matches(context: CollectionContext, voucher: FoundVoucher, code: str) -> bool:
    return code_matches(code, context.parts.keys.voucher_keys, voucher.key_id, *_content(voucher))


def _content(voucher: FoundVoucher) -> tuple[str, int, int, datetime]:
    """What a code is made of."""
    return voucher.voucher_no, voucher.person_id, voucher.amount_fen, voucher.paid_at
