"""What may be done to a deposit as it stands, and which receipts in hand a slip brings."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.console.deposits.rules import MOST_PHOTOS, batch_in
from services.console.deposits.schemas import Deposit
from services.console.home.rules import may
from services.console.receipts.schemas import Receipt
from services.console.session.rules import Visitor


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


def in_hand(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Receipts whose money may be brought: what is held waits for its case."""
    return [one for one in receipts if one.state == "passed"]


def left_fen(receipts: Iterable[Receipt]) -> int:
    """What is to be brought of some receipts."""
    return sum(one.amount_fen - one.returned_fen for one in receipts)


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
