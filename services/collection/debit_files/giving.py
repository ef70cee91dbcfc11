"""Gives out the bank's file of a debit batch: without who paid meanwhile, and then the same each time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.writing import write_file
from libs.common.clock import business_date
from services.collection.debit_files.profiles import Profile
from services.collection.debits import lines_store, store
from services.collection.debits.problems import BATCH_NOT_READY, DEBIT_DAY_OVER
from services.collection.debits.rules import FileLine, debit_no
from services.collection.debits.store import BatchRow
from services.collection.matching.lease_store import hold_lease

#: What the account's owner reads in the bank statement.
_REMARK = "{year}年度城乡居民医保费"


async def give_out(conn: AsyncConnection, batch: BatchRow, layout: Profile, now: datetime) -> bytes:
    """Write the file of a batch that is held. Raises Problem 409."""
    if batch.state == "approved":
        await _leave(conn, batch, now)
    elif batch.given_at is None:
        raise BATCH_NOT_READY.problem(state=batch.state, approval_id=batch.approval_id)
    lines = [
        FileLine(
            debit_no=debit_no(one.debit_id),
            account_no=one.account_no,
            holder=one.holder,
            agreement_no=one.agreement_no,
            amount_fen=one.amount_fen,
            remark=_REMARK.format(year=batch.coverage_year),
        )
        for one in await lines_store.file_lines(conn, batch.batch_id)
    ]
    return write_file(layout, batch.batch_id, lines)


async def _leave(conn: AsyncConnection, batch: BatchRow, now: datetime) -> None:
    """Take out whoever cannot be debited any more; from now on the bank may debit the others.

    The caller holds the lease: nobody is paid for between this look and the end of the transaction.
    """
    if business_date(now) > batch.debit_on:
        raise DEBIT_DAY_OVER.problem()
    taken = await lines_store.take_out(conn, batch.batch_id, now)
    if taken == batch.declared_count:
        raise DEBIT_DAY_OVER.problem()
    await store.give_out(conn, batch.batch_id, now)


async def hold(conn: AsyncConnection) -> None:
    """Hold what has to be held before the batch: who pays meanwhile is decided before or after it."""
    await hold_lease(conn)
