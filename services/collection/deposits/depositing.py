"""Takes deposits in: which receipts a slip brings, and whether it adds up. What does not is a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Draft
from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.events.collection import CashDeposited, CashDepositReversed
from services.collection.cases.rules import DEPOSIT_DIFFERENCE
from services.collection.cash.collectors_store import Collector
from services.collection.cash.rules import cash_channel
from services.collection.deposits import store
from services.collection.deposits.rules import Difference
from services.collection.deposits.store import Covered, Deposit, NewDeposit
from services.collection.problems import (
    DEPOSIT_NOT_CHANGEABLE,
    RECEIPTS_NOT_IN_HAND,
    RECEIPTS_NOT_RELEASED,
    SLIP_REPEATED,
)


@dataclass(frozen=True, slots=True)
class Slip:
    """What a bank's slip says, and what it was to bring.

    `receipt_ids`: these; None: all in hand, of a village batch where `batch_id` names one. `makes_good_id`:
    nothing but what another slip had missed. `released_only`: the notice has money wait for a review.
    """

    coverage_year: int
    amount_fen: int
    slip_no: str
    bank_reference: str | None
    deposited_at: datetime
    receipt_ids: tuple[int, ...] | None
    makes_good_id: int | None
    batch_id: int | None = None
    released_only: bool = False


async def deposit(
    conn: AsyncConnection, collector: Collector, slip: Slip, account: str | None, *, by: str, now: datetime
) -> Deposit:
    """Write a slip of a locked collector, and tell of it. Raises Problem."""
    covered = await _covered(conn, collector, slip)
    new = NewDeposit(
        collector_id=collector.collector_id,
        county=collector.county,
        division_code=collector.division_code,
        coverage_year=slip.coverage_year,
        account=account,
        amount_fen=slip.amount_fen,
        covered_fen=sum(one.left_fen for one in covered),
        slip_no=slip.slip_no,
        bank_reference=slip.bank_reference,
        makes_good_id=slip.makes_good_id,
        deposited_at=slip.deposited_at,
        entered_at=now,
        entered_by=by,
        state="made",
    )
    deposit_id = await store.add(conn, new)
    if deposit_id is None:
        raise SLIP_REPEATED.problem()
    await store.cover(conn, deposit_id, [one.receipt_id for one in covered])
    made = await _known(conn, deposit_id)
    await _tell(conn, _made(made), now)
    if slip.makes_good_id is not None:
        await _make_good(conn, slip.makes_good_id, made.amount_fen, now)
    else:
        await _ask(conn, made, now)
    return made


async def cover_more(
    conn: AsyncConnection,
    collector: Collector,
    deposit_id: int,
    receipt_ids: Sequence[int],
    now: datetime,
    *,
    released_only: bool,
) -> Deposit:
    """Have a slip bring receipts too that were entered after it. Raises Problem."""
    before = await _known(conn, deposit_id, lock=True)
    if before.state != "made" or before.makes_good_id is not None:
        raise DEPOSIT_NOT_CHANGEABLE.problem()
    found = await _named(conn, collector, before.coverage_year, receipt_ids, released_only)
    await store.cover(conn, deposit_id, [one.receipt_id for one in found])
    await store.cover_fen(conn, deposit_id, sum(one.left_fen for one in found))
    after = await _known(conn, deposit_id)
    await _ask(conn, after, now)
    return after


async def withdraw(conn: AsyncConnection, deposit_id: int, now: datetime) -> Deposit:
    """Take back a slip that was entered wrongly: its receipts are in hand again. Raises Problem."""
    before = await _known(conn, deposit_id, lock=True)
    if before.made_good_fen or not await store.withdraw(conn, deposit_id):
        raise DEPOSIT_NOT_CHANGEABLE.problem()
    left_fen = before.amount_fen - before.bounced_fen
    if left_fen:
        await _tell(conn, _withdrawn(before, left_fen, now), now)
    if before.makes_good_id is not None:
        await _make_good(conn, before.makes_good_id, -before.amount_fen, now)
    await cases.close_cases(conn, [_subject(before)], now, "the deposit was withdrawn")
    return await _known(conn, deposit_id)


async def _covered(conn: AsyncConnection, collector: Collector, slip: Slip) -> list[Covered]:
    if slip.makes_good_id is not None:
        other = await store.deposit(conn, slip.makes_good_id, lock=True)
        place = None if other is None else (other.collector_id, other.coverage_year)
        if other is None or place != (collector.collector_id, slip.coverage_year) or other.state != "made":
            raise DEPOSIT_NOT_CHANGEABLE.problem()
        return []
    whose = collector.collector_id, slip.coverage_year
    if slip.batch_id is not None:
        found = await store.lock_batch(conn, *whose, slip.batch_id)
        if not found:
            raise RECEIPTS_NOT_IN_HAND.problem(receipt_ids=[])
        return _released(found) if slip.released_only else found
    if slip.receipt_ids is None:
        found = await store.lock_until(conn, *whose, slip.deposited_at)
        return [one for one in found if one.released or not slip.released_only]
    return await _named(conn, collector, slip.coverage_year, slip.receipt_ids, slip.released_only)


def _released(found: list[Covered]) -> list[Covered]:
    """All of these; raises Problem where the notice has some wait for their review."""
    if waiting := [one.receipt_id for one in found if not one.released]:
        raise RECEIPTS_NOT_RELEASED.problem(receipt_ids=waiting)
    return found


async def _named(
    conn: AsyncConnection,
    collector: Collector,
    coverage_year: int,
    ids: Sequence[int],
    released_only: bool,
) -> list[Covered]:
    """Hold these receipts; raises Problem for those that are not in hand, or may not leave it yet."""
    found = await store.lock_named(conn, collector.collector_id, coverage_year, ids)
    there = {one.receipt_id for one in found if one.state == "passed"}
    if absent := sorted(set(ids) - there):
        raise RECEIPTS_NOT_IN_HAND.problem(receipt_ids=absent)
    return _released(found) if released_only else found


async def _make_good(conn: AsyncConnection, deposit_id: int, amount_fen: int, now: datetime) -> None:
    await store.make_good(conn, deposit_id, amount_fen)
    await _ask(conn, await _known(conn, deposit_id), now)


async def _known(conn: AsyncConnection, deposit_id: int, *, lock: bool = False) -> Deposit:
    found = await store.deposit(conn, deposit_id, lock=lock)
    assert found is not None, "deposits are never deleted"
    return found


async def _ask(conn: AsyncConnection, made: Deposit, now: datetime) -> None:
    """Open a case about a slip that does not add up; close it when it does."""
    difference = Difference(made.amount_fen, made.covered_fen, made.made_good_fen)
    if difference.adds_up:
        await cases.close_cases(conn, [_subject(made)], now, "the deposit adds up")
        return
    new = NewCase(
        kind=DEPOSIT_DIFFERENCE.code,
        subject=_subject(made).subject,
        owner=DEPOSIT_DIFFERENCE.owner,
        proposed=DEPOSIT_DIFFERENCE.steps[0].code,
        opened_at=now,
        evidence={
            "deposit_id": made.deposit_id,
            "collector_id": made.collector_id,
            "slip_no": made.slip_no,
            "slip_fen": made.amount_fen,
            "receipts_fen": made.covered_fen,
            "made_good_fen": made.made_good_fen,
            "missing_fen": difference.missing_fen,
        },
        county=made.county,
        coverage_year=made.coverage_year,
        division_code=made.division_code,
        amount_fen=abs(difference.missing_fen),
    )
    await cases.open_cases(conn, [new])


def _subject(made: Deposit) -> Gone:
    return Gone(DEPOSIT_DIFFERENCE.code, f"cash-deposits/{made.deposit_id}")


async def _tell(conn: AsyncConnection, fact: CashDeposited | CashDepositReversed, now: datetime) -> None:
    await outbox.append(conn, [Draft(fact, fact.channel, now, subject=f"cash-deposits/{fact.deposit_id}")])


def _made(made: Deposit) -> CashDeposited:
    return CashDeposited(
        deposit_id=made.deposit_id,
        collector_id=made.collector_id,
        channel=cash_channel(made.collector_id),
        county=made.county,
        coverage_year=made.coverage_year,
        division_code=made.division_code,
        amount_fen=made.amount_fen,
        slip_no=made.slip_no,
        account=made.account,
        deposited_at=made.deposited_at,
    )


def _withdrawn(made: Deposit, amount_fen: int, now: datetime) -> CashDepositReversed:
    return CashDepositReversed(
        deposit_id=made.deposit_id,
        collector_id=made.collector_id,
        channel=cash_channel(made.collector_id),
        county=made.county,
        coverage_year=made.coverage_year,
        division_code=made.division_code,
        amount_fen=amount_fen,
        reason="withdrawn",
        reversed_at=now,
    )
