"""Who sees and does what about deposits, and which receipts a slip is said to bring."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from services.console.deposits.schemas import Deposit
from services.console.home.rules import may
from services.console.receipts.schemas import Receipt
from services.console.session.rules import Visitor

#: So many photos of a slip are kept.
MOST_PHOTOS = 4
_OF_BATCH = re.compile(r"batch_([0-9]{1,18})")


def sees(visitor: Visitor) -> bool:
    """Whether a role sees deposits at all."""
    return any(may(visitor, scope) for scope in ("cash:write", "cash:review", "collection:read"))


def sees_photos(visitor: Visitor) -> bool:
    """Whether a role sees what slips show: a name, an account."""
    reads = may(visitor, "cash:review") or may(visitor, "collection:read")
    return reads and (may(visitor, "cash:review") or may(visitor, "pii:read"))


def may_withdraw(visitor: Visitor, deposit: Deposit) -> bool:
    """Whether a slip that was entered wrongly can be taken back by this role."""
    return may(visitor, "cash:review") and deposit.state == "made" and not deposit.made_good_fen


def may_be_photographed(visitor: Visitor, deposit: Deposit) -> bool:
    """Whether another photo of the slip can be kept."""
    return may(visitor, "cash:write") and deposit.state == "made" and deposit.photos < MOST_PHOTOS


def is_short(deposit: Deposit) -> bool:
    """Whether money of its receipts is not at the bank yet."""
    return deposit.state == "made" and deposit.makes_good_id is None and deposit.missing_fen > 0


def brings_more(deposit: Deposit) -> bool:
    """Whether it brought more than was recorded."""
    return deposit.state == "made" and deposit.makes_good_id is None and deposit.missing_fen < 0


def in_hand(receipts: Iterable[Receipt], year: int) -> list[Receipt]:
    """Receipts of a year whose money may be brought: what is held waits for its case."""
    return [one for one in receipts if one.coverage_year == year and one.state == "passed"]


def left_fen(receipts: Iterable[Receipt]) -> int:
    """What is to be brought of some receipts."""
    return sum(one.amount_fen - one.returned_fen for one in receipts)


def batch_in(which: str) -> int | None:
    """The batch of an answer like `batch_3`; None for every other one."""
    found = _OF_BATCH.fullmatch(which)
    return int(found[1]) if found else None


def brought(
    typed: Mapping[str, str], at: datetime | None, receipts: Iterable[Receipt], ids: Iterable[int]
) -> list[Receipt]:
    """The receipts in hand that an answer means; all of them: those until the instant on the slip."""
    if typed["which"] == "some":
        return [one for one in receipts if one.receipt_id in set(ids)]
    batch_id = batch_in(typed["which"])
    if batch_id is not None:
        return [one for one in receipts if one.batch_id == batch_id]
    return [one for one in receipts if at is None or one.paid_at <= at]
