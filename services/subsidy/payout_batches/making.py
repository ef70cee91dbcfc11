"""Makes a payout batch of all that is ready, for another person to agree to, and the bank's file of it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.writing import write_file
from libs.common.cases.deciding import ask_second
from libs.common.cases.store import NewApproval
from libs.common.divisions import CODE_LENGTH
from libs.common.web.problems import Problem
from services.subsidy.cards.vault import AccountVault
from services.subsidy.payout_batches import store, waiting_store
from services.subsidy.payout_batches.problems import BATCH_REFUSED, NOT_APPROVED, NOTHING_READY
from services.subsidy.payout_batches.profiles import Profile
from services.subsidy.payout_batches.rules import OPERATION, FileLine, payout_no, subject_of
from services.subsidy.payout_batches.store import BatchOrder, BatchRow
from services.subsidy.payouts import cards_store as cards_of_payouts
from services.subsidy.payouts.rules import PayoutState
from services.subsidy.verifications import store as verifications

#: So many held payouts are named; the list of payouts has all.
_HELD_SHOWN = 20
#: What the account's owner reads in the bank statement.
_REMARKS = {"subsidy": "{year}年度城乡居民医保参保资助", "refund": "{year}年度城乡居民医保退费"}


async def make_batch(conn: AsyncConnection, order: BatchOrder, at: datetime) -> BatchRow:
    """Make a batch of every ready payout that the order names; another person has to agree to it.

    Raises a problem when nothing is ready.
    """
    await verifications.take_turn(conn, order.county, order.coverage_year)
    batch_id = await store.new_batch(conn, order, at)
    await cards_of_payouts.find_all_cards(conn, order.county, order.coverage_year)
    batch = await store.collect(conn, batch_id, order, at)
    if not batch.declared_count:
        raise await _nothing_ready(conn, order)
    asked = await ask_second(conn, _approval(batch, order, at))
    return await store.note_approval(conn, batch_id, asked.approval_id)


async def _nothing_ready(conn: AsyncConnection, order: BatchOrder) -> Problem:
    """Say what waits for an account, and which cases hold the rest."""
    counts = await waiting_store.waiting(conn, order)
    held = [
        {
            "payout_id": one.payout_id,
            "amount_fen": one.amount_fen,
            "subject": f"enrollments/{one.enrollment_id}",
        }
        for one in await waiting_store.held(conn, order, _HELD_SHOWN)
    ]
    return NOTHING_READY.problem(
        waiting_card=counts.get(PayoutState.WAITING_CARD, 0),
        needs_card=counts.get(PayoutState.NEEDS_CARD, 0),
        unverified=counts.get(PayoutState.READY, 0),
        held_count=counts.get(PayoutState.HELD, 0),
        held=held,
    )


def _approval(batch: BatchRow, order: BatchOrder, at: datetime) -> NewApproval:
    return NewApproval(
        operation=OPERATION,
        subject=subject_of(batch.batch_id),
        payload={"count": batch.declared_count, "total_fen": batch.declared_total_fen},
        reason="payout",
        asked_by=order.creator,
        asked_at=at,
        county=batch.county,
        coverage_year=batch.coverage_year,
        # Whole, as lists of approvals look for it: by a shorter one nobody of the county would find it.
        division_code=batch.division_prefix.ljust(CODE_LENGTH, "0"),
    )


def check_approved(batch: BatchRow) -> None:
    """Raise a problem where nobody agreed to a batch: nothing of it leaves, and no answer can be right."""
    if batch.refused_at is not None:
        raise BATCH_REFUSED.problem()
    if batch.approved_at is None:
        raise NOT_APPROVED.problem(approval_id=batch.approval_id)


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
    return write_file(profile, batch_id, lines)
