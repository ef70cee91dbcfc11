"""Makes a payout batch of everything that is ready, and the bank's file of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.subsidy.cards.vault import AccountVault
from services.subsidy.payout_batches import store as batch_store
from services.subsidy.payout_batches.files import FileLine, Profile, write_payout_file
from services.subsidy.payout_batches.rules import payout_no
from services.subsidy.payout_batches.store import BatchOrder, BatchRow
from services.subsidy.payouts import problems, store
from services.subsidy.payouts.rules import PayoutKind

#: What the account's owner reads in the bank statement.
_REMARKS = {
    PayoutKind.SUBSIDY: "{year}年度城乡居民医保参保资助",
    PayoutKind.REFUND: "{year}年度城乡居民医保退费",
}


async def make_batch(conn: AsyncConnection, order: BatchOrder, at: datetime) -> BatchRow:
    """Send everything that is ready with a new batch. Raises a problem when nothing is."""
    batch_id = await batch_store.new_batch(conn, order, at)
    await store.find_all_cards(conn, order.county, order.coverage_year)
    batch = await batch_store.collect(conn, batch_id, order, at)
    if not batch.declared_count:
        raise problems.NOTHING_READY.problem()
    return batch


async def export_batch(conn: AsyncConnection, batch_id: int, profile: Profile, vault: AccountVault) -> bytes:
    """Write the bank's file of a batch, with the accounts as they were when it was made."""
    lines = [
        FileLine(
            payout_no=payout_no(row.payout_id, row.attempt),
            account_no=vault.open(row.account_cipher),
            holder=row.holder,
            bank=row.bank,
            amount_fen=row.amount_fen,
            remark=_REMARKS[PayoutKind(row.kind)].format(year=row.coverage_year),
        )
        for row in await batch_store.file_lines(conn, batch_id)
    ]
    return write_payout_file(profile, batch_id, lines)
