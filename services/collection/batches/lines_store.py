"""SQL of the lines of village batches: receipts, their paper, and the people that they are for."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, fetch_as, fetch_value, fetch_values, statement
from services.collection.batches.rules import Line, Numbered
from services.collection.tables import cash_receipts


@dataclass(frozen=True, slots=True)
class PersonOfLine:
    """The part of a line that is for one insured person."""

    line_no: int
    person_id: int | None
    masked_id: str | None
    masked_name: str | None
    amount_fen: int
    state: str
    reason: str | None


_LINE = """
    SELECT r.batch_line_no AS line_no, r.receipt_id, r.instrument, r.paid_at, r.people, r.amount_fen,
           r.returned_fen, r.state, r.deposit_id,
           (SELECT count(*) FROM paper_vouchers v WHERE v.receipt_id = r.receipt_id)::integer AS numbers,
           count(l.payment_id)::integer AS matched,
           count(*) FILTER (WHERE l.state = 'applied' AND l.repaired_year IS NULL)::integer AS applied,
           count(*) FILTER (WHERE l.state = 'suspended')::integer AS waiting,
           min(l.reason) FILTER (WHERE l.state = 'suspended') AS reason
    FROM cash_receipts r LEFT JOIN payment_lines l ON l.payment_id = r.payment_id
"""
_LINES = statement(f"{_LINE} WHERE r.batch_id = :batch_id GROUP BY r.receipt_id ORDER BY r.batch_line_no")
_PAGE = statement(f"""
    {_LINE} WHERE r.batch_id = :batch_id AND r.batch_line_no > :after
    GROUP BY r.receipt_id ORDER BY r.batch_line_no LIMIT :limit
""")
_NUMBERS = statement("""
    SELECT r.batch_line_no AS line_no, v.voucher_no,
           CASE v.line_no WHEN 0 THEN r.amount_fen ELSE l.amount_fen + (
               -- The paper of somebody is for the years, too, that the part repairs.
               SELECT coalesce(sum(beside.amount_fen), 0) FROM payment_lines beside
               WHERE beside.payment_id = l.payment_id AND beside.line_no > l.line_no
                 AND beside.repaired_year IS NOT NULL AND beside.identity_digest = l.identity_digest
           )::bigint END AS amount_fen
    FROM cash_receipts r JOIN paper_vouchers v USING (receipt_id)
    LEFT JOIN payment_lines l ON l.payment_id = r.payment_id AND l.line_no = v.line_no
    WHERE r.batch_id = :batch_id AND r.batch_line_no BETWEEN :first AND :last
    ORDER BY r.batch_line_no, v.line_no
""")
_COUNT_NUMBERS = statement("""
    SELECT count(*) FROM cash_receipts r JOIN paper_vouchers v USING (receipt_id) WHERE r.batch_id = :batch_id
""")
_PEOPLE = statement("""
    SELECT r.batch_line_no AS line_no, l.person_id, l.masked_id, l.masked_name, l.amount_fen, l.state,
           l.reason
    FROM cash_receipts r JOIN payment_lines l ON l.payment_id = r.payment_id
    WHERE r.batch_id = :batch_id AND r.batch_line_no BETWEEN :first AND :last
    ORDER BY r.batch_line_no, l.line_no
""")
_FREE = """
    collector_id = :collector_id AND coverage_year = :coverage_year AND batch_id IS NULL
    AND state <> 'refused' AND returned_fen = 0
"""
_BIND = statement(f"""
    WITH chosen AS (
        SELECT receipt_id FROM cash_receipts
        WHERE {_FREE}
          AND (CAST(:every AS boolean) OR receipt_id {any_of(cash_receipts.c.receipt_id, "ids")})
        ORDER BY receipt_id FOR UPDATE
    ), numbered AS (
        SELECT receipt_id, row_number() OVER (ORDER BY paid_at, receipt_id) AS place
        FROM chosen JOIN cash_receipts USING (receipt_id)
    )
    UPDATE cash_receipts r SET batch_id = :batch_id, batch_line_no = CAST(:last_no AS integer) + n.place
    FROM numbered n WHERE n.receipt_id = r.receipt_id RETURNING r.receipt_id
""")
_LAST = statement("SELECT max(batch_line_no) FROM cash_receipts WHERE batch_id = :batch_id")
_LEAVE = statement("""
    UPDATE cash_receipts SET batch_id = NULL, batch_line_no = NULL WHERE receipt_id = :receipt_id
""")
_LEAVE_ALL = statement("""
    UPDATE cash_receipts SET batch_id = NULL, batch_line_no = NULL WHERE batch_id = :batch_id
""")
_PUT = statement("""
    UPDATE cash_receipts SET batch_id = :batch_id, batch_line_no = :line_no WHERE receipt_id = :receipt_id
""")
_RECEIPT = statement("""
    SELECT receipt_id FROM cash_receipts WHERE batch_id = :batch_id AND batch_line_no = :line_no
""")
_LAST_LINE = 2**31 - 1


async def lines(conn: AsyncConnection, batch_id: int) -> list[Line]:
    """All lines of a batch, with what became of their money."""
    return await fetch_as(conn, Line, _LINES, batch_id=batch_id)


async def page(conn: AsyncConnection, batch_id: int, after: int, limit: int) -> list[Line]:
    """Some lines of a batch."""
    return await fetch_as(conn, Line, _PAGE, batch_id=batch_id, after=after, limit=limit)


async def numbers(
    conn: AsyncConnection, batch_id: int, first: int = 0, last: int = _LAST_LINE
) -> list[Numbered]:
    """The numbers of paper on lines of a batch."""
    return await fetch_as(conn, Numbered, _NUMBERS, batch_id=batch_id, first=first, last=last)


async def count_numbers(conn: AsyncConnection, batch_id: int) -> int:
    """How many numbers of paper are on the lines of a batch."""
    return await fetch_value(conn, int, _COUNT_NUMBERS, batch_id=batch_id) or 0


async def people(conn: AsyncConnection, batch_id: int, first: int, last: int) -> list[PersonOfLine]:
    """Whom lines of a batch are for, as far as they are matched."""
    return await fetch_as(conn, PersonOfLine, _PEOPLE, batch_id=batch_id, first=first, last=last)


async def bind(
    conn: AsyncConnection, batch_id: int, collector_id: int, coverage_year: int, ids: Sequence[int] | None
) -> set[int]:
    """Put receipts that are in no batch yet into one, these or all; give those that it got."""
    last_no = await fetch_value(conn, int, _LAST, batch_id=batch_id) or 0
    asked = {"collector_id": collector_id, "coverage_year": coverage_year, "batch_id": batch_id}
    found = await fetch_values(
        conn, int, _BIND, ids=list(ids or ()), every=ids is None, last_no=last_no, **asked
    )
    return set(found)


async def receipt_of(conn: AsyncConnection, batch_id: int, line_no: int) -> int | None:
    """The receipt that a line is."""
    return await fetch_value(conn, int, _RECEIPT, batch_id=batch_id, line_no=line_no)


async def leave(conn: AsyncConnection, receipt_id: int) -> None:
    """Take a receipt out of its batch."""
    await execute(conn, _LEAVE, receipt_id=receipt_id)


async def leave_all(conn: AsyncConnection, batch_id: int) -> None:
    """Take all receipts out of a batch."""
    await execute(conn, _LEAVE_ALL, batch_id=batch_id)


async def put(conn: AsyncConnection, receipt_id: int, batch_id: int, line_no: int) -> None:
    """Put a receipt into the place of one that left."""
    await execute(conn, _PUT, receipt_id=receipt_id, batch_id=batch_id, line_no=line_no)
