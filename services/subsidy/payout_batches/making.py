"""Makes a payout batch of everything that is ready, and the bank's file of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.subsidy.cards.vault import AccountVault
from services.subsidy.payout_batches import store
from services.subsidy.payout_batches.files import FileLine, Profile, write_payout_file
from services.subsidy.payout_batches.problems import NOTHING_READY
from services.subsidy.payout_batches.rules import payout_no
from services.subsidy.payout_batches.store import BatchOrder, BatchRow
from services.subsidy.payouts import store as payouts_store

#: What the account's owner reads in the bank statement.
_REMARKS = {"subsidy": "{year}年度城乡居民医保参保资助", "refund": "{year}年度城乡居民医保退费"}


async def make_batch(conn: AsyncConnection, order: BatchOrder, at: datetime) -> BatchRow:
    """Make a batch of every ready payout that the order names; raise a problem when there is none."""
    batch_id = await store.new_batch(conn, order, at)
    await payouts_store.find_all_cards(conn, order.county, order.coverage_year)
    batch = await store.collect(conn, batch_id, order, at)
    if not batch.declared_count:
        raise NOTHING_READY.problem()
    return batch


async def export_batch(conn: AsyncConnection, batch_id: int, profile: Profile, vault: AccountVault) -> bytes:
    """Write the bank's file of a batch, with the accounts as they were when it was made."""
    lines = [
        FileLine(
            payout_no=payout_no(line.payout_id, line.attempt),
            account_no=vault.open(line.account_cipher),
            holder=line.holder,
            bank=line.bank,
            amount_fen=line.amount_fen,
            remark=_REMARKS[line.kind].format(year=line.coverage_year),
        )
        for line in await store.file_lines(conn, batch_id)
    ]
    return write_payout_file(profile, batch_id, lines)
