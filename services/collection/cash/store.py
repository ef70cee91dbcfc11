"""SQL of money taken by hand: receipts, the payments that they are, and the numbers of paper on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.ids import next_ids
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
from services.collection.cash.rules import Instrument
from services.collection.tables import (
    cash_receipts,
    due_identities,
    paper_vouchers,
)


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt to write, with its payment."""

    receipt_id: int
    collector_id: int
    county: str
    division_code: str
    coverage_year: int
    instrument: Instrument
    reference: str | None
    people: int
    amount_fen: int
    paid_at: datetime
    due_on: date | None
    due_year_unknown: int | None
    entered_at: datetime
    entered_by: str
    state: str
    held_for: str | None
    payment_id: int
    order_no: str | None


@dataclass(frozen=True, slots=True)
class Receipt(NewReceipt):
    """One that is on record."""

    returned_fen: int
    deposit_id: int | None
    batch_id: int | None
    batch_line_no: int | None
    voucher_nos: list[str]


@dataclass(frozen=True, slots=True)
class UsedVoucher:
    """A number of paper on a receipt; line 0 is the whole of it."""

    county: str
    voucher: str
    voucher_no: str
    receipt_id: int
    line_no: int


@dataclass(frozen=True, slots=True)
class Named:
    """Whose document a digest is, and where they are enrolled."""

    digest: str
    person_id: int
    division_code: str


_RECEIPTS = Records(cash_receipts, *NewReceipt.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO cash_receipts ({_RECEIPTS.names}) SELECT {_RECEIPTS.names} FROM {_RECEIPTS}
    ORDER BY receipt_id
""")
_VOUCHERS = Records(paper_vouchers, *UsedVoucher.__dataclass_fields__)
_USE = statement(f"""
    INSERT INTO paper_vouchers ({_VOUCHERS.names}) SELECT {_VOUCHERS.names} FROM {_VOUCHERS}
    ORDER BY county, voucher, voucher_no
    ON CONFLICT (county, voucher, voucher_no) DO NOTHING RETURNING {_VOUCHERS.names}
""")
_NAMED = statement(f"""
    SELECT i.digest, d.person_id, d.division_code FROM due_identities i JOIN dues d USING (enrollment_id)
    WHERE i.digest {any_of(due_identities.c.digest, "digests")}
      AND i.county = :county AND i.coverage_year = :coverage_year
""")
_RECEIPT = f"""
    SELECT {", ".join(f"r.{name}" for name in all_but(cash_receipts))},
           ARRAY(SELECT v.voucher_no FROM paper_vouchers v
                 WHERE v.receipt_id = r.receipt_id ORDER BY v.line_no) AS voucher_nos
    FROM cash_receipts r
"""
_PAGE = statement(f"""
    {_RECEIPT}
    WHERE r.receipt_id > :after AND r.division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:collector_id AS bigint) IS NULL OR r.collector_id = :collector_id)
      AND (CAST(:coverage_year AS integer) IS NULL OR r.coverage_year = :coverage_year)
      AND (CAST(:deposit_id AS bigint) IS NULL OR r.deposit_id = :deposit_id)
      AND (CAST(:in_batch AS boolean) IS NULL OR :in_batch = (r.batch_id IS NOT NULL))
      AND (CAST(:in_hand AS boolean) IS NULL
           OR :in_hand = (r.deposit_id IS NULL AND r.instrument IN ('cash', 'cheque') AND r.state <> 'refused'
                          AND r.returned_fen < r.amount_fen))
    ORDER BY r.receipt_id LIMIT :limit
""")
_WHOSE = statement("SELECT collector_id FROM cash_receipts WHERE receipt_id = :receipt_id")
_LOCK_RECEIPT = statement(f"{_RECEIPT} WHERE r.receipt_id = :receipt_id FOR UPDATE OF r")
_PASS = statement(f"""
    WITH passed AS (
        UPDATE cash_receipts SET state = 'passed'
        WHERE receipt_id {any_of(cash_receipts.c.receipt_id, "ids")} AND state = 'held' RETURNING payment_id
    ), told AS (
        UPDATE notifications SET kind = 'payment' FROM passed
        WHERE id = payment_id AND kind = 'held' RETURNING id, county
    )
    INSERT INTO matching_queue (notification_id, line_no, occurred_at, county)
    SELECT id, 0, :at, county FROM told
""")
_REFUSE = statement(f"""
    WITH refused AS (
        UPDATE cash_receipts SET state = 'refused'
        WHERE receipt_id {any_of(cash_receipts.c.receipt_id, "ids")} AND state = 'held' RETURNING payment_id
    )
    UPDATE notifications SET kind = 'other' FROM refused WHERE id = payment_id
""")
_LOCK_BATCH = statement(f"{_RECEIPT} WHERE r.batch_id = :batch_id ORDER BY r.receipt_id FOR UPDATE OF r")
_LOCK_MANY = statement(f"""
    {_RECEIPT}
    WHERE r.receipt_id {any_of(cash_receipts.c.receipt_id, "ids")}
      AND r.collector_id = :collector_id AND r.coverage_year = :coverage_year
    ORDER BY r.receipt_id FOR UPDATE OF r
""")
_RETURN = statement(f"""
    UPDATE cash_receipts r SET returned_fen = amount_fen - coalesce(
        (SELECT sum(l.refunded_fen)::bigint FROM payment_lines l WHERE l.payment_id = r.payment_id), 0
    )
    WHERE receipt_id {any_of(cash_receipts.c.receipt_id, "ids")} AND returned_fen = 0
""")
_FREE = statement(f"""
    DELETE FROM paper_vouchers v
    WHERE v.receipt_id {any_of(cash_receipts.c.receipt_id, "ids")} AND NOT EXISTS (
        SELECT 1 FROM voucher_stretches s
        WHERE s.county = v.county AND s.voucher = v.voucher AND s.series = v.series AND s.until_at IS NULL
          AND v.serial BETWEEN s.first_serial AND s.last_serial AND s.state = 'written_off'
    )
""")


async def receipt_ids(conn: AsyncConnection, number: int) -> list[int]:
    """Take ids for receipts."""
    return await next_ids(conn, cash_receipts, number, "receipt_id")


async def add(conn: AsyncConnection, receipts: Sequence[NewReceipt]) -> None:
    """Write receipts."""
    await execute(conn, _ADD, rows=receipts)


async def use_vouchers(conn: AsyncConnection, used: Sequence[UsedVoucher]) -> set[UsedVoucher]:
    """Write the numbers of paper that receipts bear; give those that nobody had used."""
    return set(await fetch_as(conn, UsedVoucher, _USE, rows=used))


async def named(
    conn: AsyncConnection, digests: Sequence[str], county: str, coverage_year: int
) -> dict[str, Named]:
    """Whose documents these are, as far as they are enrolled here."""
    found = await fetch_as(conn, Named, _NAMED, digests=digests, county=county, coverage_year=coverage_year)
    return {one.digest: one for one in found}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which receipts to list; None is all."""

    division: str
    collector_id: int | None = None
    coverage_year: int | None = None
    in_hand: bool | None = None
    in_batch: bool | None = None
    deposit_id: int | None = None


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Receipt]:
    """Receipts in the order in which they were entered."""
    asked = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return await fetch_as(conn, Receipt, _PAGE, after=after, limit=limit, **asked)


async def collector_of(conn: AsyncConnection, receipt_id: int) -> int | None:
    """Whose receipt it is."""
    return await fetch_value(conn, int, _WHOSE, receipt_id=receipt_id)


async def lock_receipt(conn: AsyncConnection, receipt_id: int) -> Receipt | None:
    """Look a receipt up and hold it until the transaction ends."""
    return await fetch_one_as(conn, Receipt, _LOCK_RECEIPT, receipt_id=receipt_id)


async def lock_batch(conn: AsyncConnection, batch_id: int) -> list[Receipt]:
    """Look the receipts of a batch up and hold them until the transaction ends."""
    return await fetch_as(conn, Receipt, _LOCK_BATCH, batch_id=batch_id)


async def lock_many(
    conn: AsyncConnection, collector_id: int, coverage_year: int, receipt_ids: Sequence[int]
) -> list[Receipt]:
    """Look receipts of a collector and year up and hold them until the transaction ends."""
    season = {"collector_id": collector_id, "coverage_year": coverage_year}
    return await fetch_as(conn, Receipt, _LOCK_MANY, ids=list(receipt_ids), **season)


async def let_pass(conn: AsyncConnection, receipt_ids: Sequence[int], at: datetime) -> None:
    """Have receipts matched that somebody had to look at first."""
    await execute(conn, _PASS, ids=list(receipt_ids), at=at)


async def refuse(conn: AsyncConnection, receipt_ids: Sequence[int]) -> None:
    """Have receipts never matched: their money is to be given back."""
    await execute(conn, _REFUSE, ids=list(receipt_ids))


async def free_paper(conn: AsyncConnection, receipt_ids: Sequence[int]) -> None:
    """Have the numbers of receipts be on none, but those that are written off."""
    await execute(conn, _FREE, ids=list(receipt_ids))


async def give_back(conn: AsyncConnection, receipt_ids: Sequence[int]) -> int:
    """Note that the money of receipts is gone; of how many it was not already.

    What the fund had given back before, the collector still has to bring.
    """
    return await execute(conn, _RETURN, ids=list(receipt_ids))
