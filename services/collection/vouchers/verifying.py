"""Shows vouchers with their codes, and verifies printed ones; every look-up is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.security import guesses
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.guesses import Attempt, PublicGuess
from libs.common.web.catalogue import NOT_FOUND
from services.collection.certificates.verifying import ANYBODY
from services.collection.problems import VOUCHER_MISTYPED
from services.collection.vouchers import store
from services.collection.vouchers.rules import code_matches, plain_number, verification_code, well_formed
from services.collection.vouchers.store import FoundVoucher


@dataclass(frozen=True, slots=True)
class Coded:
    """A voucher with its verification code; the code is empty when its key is gone."""

    voucher: FoundVoucher
    code: str


@dataclass(frozen=True, slots=True)
class Anybody:
    """Who has a paper and no token; of them only the address is known."""

    address: str
    limit: int

    @property
    def caller(self) -> Caller:
        """In whose name it is recorded that a voucher was shown."""
        return ANYBODY

    def at(self, tried: str) -> PublicGuess:
        """What is tried."""
        return PublicGuess(self.address, self.limit, tried)


#: The keys of verification codes, by key id.
_Keys = Mapping[str, bytes]


async def find(engine: AsyncEngine, keys: _Keys, caller: Caller, voucher_no: str, now: datetime) -> Coded:
    """Find a voucher. Raises Problem 422, 404 or 403."""
    if not well_formed(voucher_no):
        raise VOUCHER_MISTYPED.problem()
    async with engine.begin() as conn:
        voucher = await store.find(conn, voucher_no)
        if voucher is None:
            raise NOT_FOUND.problem()
        check_division(caller, voucher.division_code)
        await record_lookup(conn, caller, operation="get_voucher", at=now, person_ids=[voucher.person_id])
    key = keys.get(voucher.key_id)
    return Coded(voucher, verification_code(key, *_content(voucher)) if key else "")


async def verify(
    engine: AsyncEngine, keys: _Keys, attempt: Attempt | Anybody, number: str, code: str, now: datetime
) -> FoundVoucher | None:
    """Give the voucher if number and code belong together; an unknown number is like a wrong code.

    The look-up is recorded; of who has no token, only that a voucher was shown. Raises Problem 422 for what
    is no number of ours, and 429 for whoever failed too often.
    """
    number = plain_number(number)
    if not well_formed(number):
        raise VOUCHER_MISTYPED.problem()
    guess = attempt.at(f"voucher {number}")
    async with engine.begin() as conn:
        refused = await guesses.refusal(conn, guess)
        voucher = None if refused else await store.find(conn, number)
        if voucher is not None and not _matches(keys, voucher, code):
            voucher = None
        if voucher is None and refused is None:
            await guesses.failed(conn, guess)
        seen = [voucher.person_id] if voucher is not None else []
        operation = "verify_voucher_refused" if refused else "verify_voucher"
        if seen or attempt.caller is not ANYBODY:
            await record_lookup(conn, attempt.caller, operation=operation, at=now, person_ids=seen)
    if refused is not None:
        raise refused
    return voucher


def _matches(keys: _Keys, voucher: FoundVoucher, code: str) -> bool:
    return code_matches(code, keys, voucher.key_id, *_content(voucher))


def _content(voucher: FoundVoucher) -> tuple[str, int, int, datetime]:
    """What a code is made of."""
    return voucher.voucher_no, voucher.person_id, voucher.amount_fen, voucher.paid_at
