"""Makes a payout batch of everything that is ready, and the bank's file of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from libs.common.web.catalogue import IDEMPOTENCY_KEY_REUSED
from services.subsidy.cards.vault import AccountVault
from services.subsidy.payout_batches import store as batch_store
from services.subsidy.payout_batches.files import FileLine, Profile, write_payout_file
from services.subsidy.payouts import problems, store
from services.subsidy.payouts.rules import payout_no

#: What the account's owner reads in the bank statement.
_REMARKS = {"subsidy": "{year}年度城乡居民医保参保资助", "refund": "{year}年度城乡居民医保退费"}


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """Who wants which payouts sent: those of a county and year within the division of the creator."""

    county: str
    coverage_year: int
    division: str
    division_range: tuple[str, str]
    creator: str
    idempotency_key: str | None


async def make_batch(conn, order: BatchOrder, at: datetime) -> tuple[dict[str, Any], bool]:
    """Give the batch and whether it is new; with a key that was used before, the batch of that time.

    Raises problems for an empty batch and for a key that was used for another county or year.
    """
    if order.idempotency_key is not None:
        earlier = await batch_store.batch_by_key(conn, order.creator, order.idempotency_key)
        if earlier is not None:
            return _same(earlier, order), False
    batch_id = await batch_store.new_batch(
        conn, order.county, order.coverage_year, order.division, order.creator, at, order.idempotency_key
    )
    if batch_id is None:
        assert order.idempotency_key is not None, "only a used key keeps a batch from being opened"
        earlier = await batch_store.batch_by_key(conn, order.creator, order.idempotency_key)
        assert earlier is not None, "the batch that used the key is committed"
        return _same(earlier, order), False
    await store.find_all_cards(conn, order.county, order.coverage_year)
    batch = await batch_store.collect(
        conn, batch_id, order.county, order.coverage_year, order.division, order.division_range, at
    )
    if not batch["declared_count"]:
        raise problems.NOTHING_READY.problem()
    return batch, True


def _same(earlier: dict[str, Any], order: BatchOrder) -> dict[str, Any]:
    if (earlier["county"], earlier["coverage_year"]) != (order.county, order.coverage_year):
        raise IDEMPOTENCY_KEY_REUSED.problem()
    return earlier


async def export_batch(conn, batch_id: int, profile: Profile, vault: AccountVault) -> bytes:
    """Write the bank's file of a batch, with the accounts as they were when it was made."""
    lines = [
        FileLine(
            payout_no=payout_no(row["payout_id"], row["attempt"]),
            account_no=vault.open(row["account_cipher"]),
            holder=row["holder"],
            bank=row["bank"],
            amount_fen=row["amount_fen"],
            remark=_REMARKS[row["kind"]].format(year=row["coverage_year"]),
        )
        for row in await batch_store.file_lines(conn, batch_id)
    ]
    return write_payout_file(profile, batch_id, lines)
