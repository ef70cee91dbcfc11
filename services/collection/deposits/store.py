"""SQL of deposits: what each slip brought, and the receipts that it covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    all_but,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    statement,
)
from services.collection.tables import cash_deposits, cash_receipts


@dataclass(frozen=True, slots=True)
class NewDeposit:
    """A slip to write."""

    collector_id: int
    county: str
    division_code: str
    coverage_year: int
    account: str | None
    amount_fen: int
    covered_fen: int
    slip_no: str
    bank_reference: str | None
    makes_good_id: int | None
    deposited_at: datetime
    entered_at: datetime
    entered_by: str
    state: str


@dataclass(frozen=True, slots=True)
class Deposit(NewDeposit):
    """One that is on record. `late_fen` came to the bank after its day."""

    deposit_id: int
    made_good_fen: int
    bounced_fen: int
    receipts: int
    late_fen: int
    photos: int


@dataclass(frozen=True, slots=True)
class Covered:
    """A receipt that may be deposited."""

    receipt_id: int
    left_fen: int
    due_on: date | None
    state: str
    released: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """What slips of one collector and year did not bring (negative: brought too much)."""

    collector_id: int
    coverage_year: int
    missing_fen: int


_NEW = Records(cash_deposits, *NewDeposit.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO cash_deposits ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, slip_no) WHERE state = 'made' DO NOTHING RETURNING deposit_id
""")
_HAND = """
    collector_id = :collector_id AND coverage_year = :coverage_year AND deposit_id IS NULL
    AND instrument IN ('cash', 'cheque') AND state <> 'refused' AND returned_fen < amount_fen
"""
_LEFT = """
    receipt_id, amount_fen - returned_fen AS left_fen, due_on, state,
    EXISTS (SELECT FROM village_batches b
            WHERE b.batch_id = cash_receipts.batch_id AND b.released_at IS NOT NULL) AS released
"""
_NAMED = statement(f"""
    SELECT {_LEFT} FROM cash_receipts
    WHERE {_HAND} AND receipt_id {any_of(cash_receipts.c.receipt_id, "ids")} ORDER BY receipt_id FOR UPDATE
""")
_UNTIL = statement(f"""
    SELECT {_LEFT} FROM cash_receipts
    WHERE {_HAND} AND state = 'passed' AND paid_at <= :until ORDER BY receipt_id FOR UPDATE
""")
_OF_BATCH = statement(f"""
    SELECT {_LEFT} FROM cash_receipts
    WHERE {_HAND} AND state = 'passed' AND batch_id = :batch_id ORDER BY receipt_id FOR UPDATE
""")
_COVER = statement(f"""
    UPDATE cash_receipts SET deposit_id = :deposit_id
    WHERE receipt_id {any_of(cash_receipts.c.receipt_id, "ids")}
""")
_COVER_FEN = statement("""
    UPDATE cash_deposits SET covered_fen = covered_fen + :amount_fen WHERE deposit_id = :deposit_id
""")
_UNCOVER = statement("UPDATE cash_receipts SET deposit_id = NULL WHERE deposit_id = :deposit_id")
_DEPOSIT = f"""
    SELECT {", ".join(f"d.{name}" for name in all_but(cash_deposits))},
           coalesce(r.receipts, 0) AS receipts, coalesce(r.late_fen, 0) AS late_fen,
           (SELECT count(*) FROM deposit_photos p WHERE p.deposit_id = d.deposit_id)::integer AS photos
    FROM cash_deposits d, LATERAL (
        SELECT count(*)::integer AS receipts,
               sum(amount_fen) FILTER (
                   WHERE due_on < (d.deposited_at AT TIME ZONE 'Asia/Shanghai')::date)::bigint AS late_fen
        FROM cash_receipts WHERE deposit_id = d.deposit_id
    ) AS r
"""
_ONE = statement(f"{_DEPOSIT} WHERE d.deposit_id = :deposit_id")
_LOCK = statement("SELECT deposit_id FROM cash_deposits WHERE deposit_id = :deposit_id FOR UPDATE")
_PAGE = statement(f"""
    {_DEPOSIT}
    WHERE d.deposit_id > :after AND d.division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:collector_id AS bigint) IS NULL OR d.collector_id = :collector_id)
      AND (CAST(:coverage_year AS integer) IS NULL OR d.coverage_year = :coverage_year)
    ORDER BY d.deposit_id LIMIT :limit
""")
_MAKE_GOOD = statement("""
    UPDATE cash_deposits SET made_good_fen = made_good_fen + :amount_fen WHERE deposit_id = :deposit_id
""")
_BOUNCE = statement("""
    UPDATE cash_deposits SET bounced_fen = bounced_fen + :amount_fen WHERE deposit_id = :deposit_id
""")
_WITHDRAW = statement("""
    UPDATE cash_deposits SET state = 'withdrawn' WHERE deposit_id = :deposit_id AND state = 'made'
""")
_MISSING = statement("""
    SELECT collector_id, coverage_year, sum(covered_fen - amount_fen - made_good_fen)::bigint AS missing_fen
    FROM cash_deposits
    WHERE state = 'made' AND makes_good_id IS NULL AND covered_fen - amount_fen <> made_good_fen
      AND division_code LIKE CAST(:division AS text) || '%'
    GROUP BY 1, 2 ORDER BY 1, 2
""")


async def add(conn: AsyncConnection, new: NewDeposit) -> int | None:
    """Write a slip; None when its number stands in the county already."""
    return await fetch_value(conn, int, _ADD, rows=[new])


async def lock_named(
    conn: AsyncConnection, collector_id: int, coverage_year: int, ids: Sequence[int]
) -> list[Covered]:
    """Hold those of some receipts that are in the collector's hands."""
    asked = {"collector_id": collector_id, "coverage_year": coverage_year, "ids": list(ids)}
    return await fetch_as(conn, Covered, _NAMED, **asked)


async def lock_until(
    conn: AsyncConnection, collector_id: int, coverage_year: int, until: datetime
) -> list[Covered]:
    """Hold everything in the collector's hands that was taken until an instant and may be deposited."""
    asked = {"collector_id": collector_id, "coverage_year": coverage_year, "until": until}
    return await fetch_as(conn, Covered, _UNTIL, **asked)


async def lock_batch(
    conn: AsyncConnection, collector_id: int, coverage_year: int, batch_id: int
) -> list[Covered]:
    """Hold everything of a village batch that is in the collector's hands."""
    asked = {"collector_id": collector_id, "coverage_year": coverage_year, "batch_id": batch_id}
    return await fetch_as(conn, Covered, _OF_BATCH, **asked)


async def cover(conn: AsyncConnection, deposit_id: int, ids: Sequence[int]) -> None:
    """Note which receipts a slip brings."""
    await execute(conn, _COVER, deposit_id=deposit_id, ids=list(ids))


async def cover_fen(conn: AsyncConnection, deposit_id: int, amount_fen: int) -> None:
    """Note that a slip was to bring more."""
    await execute(conn, _COVER_FEN, deposit_id=deposit_id, amount_fen=amount_fen)


async def withdraw(conn: AsyncConnection, deposit_id: int) -> bool:
    """Take a slip back and have its receipts in hand again; False when it was already."""
    if not await execute(conn, _WITHDRAW, deposit_id=deposit_id):
        return False
    await execute(conn, _UNCOVER, deposit_id=deposit_id)
    return True


async def deposit(conn: AsyncConnection, deposit_id: int, *, lock: bool = False) -> Deposit | None:
    """Look a deposit up."""
    if lock:
        await fetch_value(conn, int, _LOCK, deposit_id=deposit_id)
    return await fetch_one_as(conn, Deposit, _ONE, deposit_id=deposit_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deposits to list; None is all."""

    division: str
    collector_id: int | None = None
    coverage_year: int | None = None


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Deposit]:
    """Deposits in the order in which they were entered."""
    asked = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return await fetch_as(conn, Deposit, _PAGE, after=after, limit=limit, **asked)


async def make_good(conn: AsyncConnection, deposit_id: int, amount_fen: int) -> None:
    """Note what was brought later of what a slip had missed; negative: that was withdrawn."""
    await execute(conn, _MAKE_GOOD, deposit_id=deposit_id, amount_fen=amount_fen)


async def bounce(conn: AsyncConnection, deposit_id: int, amount_fen: int) -> None:
    """Note what the bank took back."""
    await execute(conn, _BOUNCE, deposit_id=deposit_id, amount_fen=amount_fen)


async def missing(conn: AsyncConnection, division: str) -> list[Missing]:
    """What slips did not bring, by collector and year."""
    return await fetch_as(conn, Missing, _MISSING, division=division)
