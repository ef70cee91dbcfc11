"""SQL of work funds: how they stand by unit, and what was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, copy, fetch_as, fetch_one_as, fetch_values, statement
from services.ledger.postings.rules import Kind, Season
from services.ledger.tables import work_fund_payment_reversals, work_fund_payments
from services.ledger.work_funds.rules import UnitFunds

_BOOKS = "county = :county AND coverage_year = :coverage_year"
_KINDS = [str(Kind.WORK_FUNDS_SETTLED), str(Kind.WORK_FUNDS_PAID)]
_FEN = "CASE WHEN reversal THEN -amount_fen ELSE amount_fen END"
_BY_UNIT = statement(f"""
    SELECT payer AS division_code,
           coalesce(sum({_FEN}) FILTER (WHERE kind = '{Kind.WORK_FUNDS_SETTLED}'), 0)::bigint AS settled_fen,
           coalesce(sum({_FEN}) FILTER (WHERE kind = '{Kind.WORK_FUNDS_PAID}'), 0)::bigint AS paid_fen
    FROM postings
    WHERE {_BOOKS} AND kind = ANY(CAST(:kinds AS text[]))
      AND (CAST(:until AS timestamptz) IS NULL OR business_at < :until)
    GROUP BY payer ORDER BY payer
""")
_NEW = Records(work_fund_payments, *all_but(work_fund_payments, "id", "entry_no"))
_KEY = "county, coverage_year, division_code, reference"
_SHOWN = """
    SELECT a.id, a.county, a.coverage_year, a.division_code, a.reference, a.amount_fen, a.paid_at,
           a.entered_by, a.entered_at, r.reversed_at
    FROM work_fund_payments a LEFT JOIN work_fund_payment_reversals r ON r.payment_id = a.id
"""
# What stands already keeps its row; whoever enters the same at the same moment waits here. What was taken
# back leaves its reference to the next entry.
_ENTER = statement(f"""
    INSERT INTO work_fund_payments ({_NEW.names}, entry_no)
    SELECT {", ".join(f"rows.{name}" for name in _NEW.columns)}, 1 + (
        SELECT count(*) FROM work_fund_payment_reversals r JOIN work_fund_payments a ON a.id = r.payment_id
        WHERE (a.county, a.coverage_year, a.division_code, a.reference)
            = (rows.county, rows.coverage_year, rows.division_code, rows.reference)
    )
    FROM {_NEW} ORDER BY {_KEY}
    ON CONFLICT ({_KEY}, entry_no) DO NOTHING RETURNING id
""")
_SOME = statement(f"{_SHOWN} WHERE a.id = ANY(CAST(:ids AS bigint[])) ORDER BY a.id")
_STANDING = statement(f"""
    SELECT s.* FROM {_NEW} JOIN ({_SHOWN}) AS s USING ({_KEY})
    WHERE s.reversed_at IS NULL
      AND (s.amount_fen, s.paid_at) IS DISTINCT FROM (rows.amount_fen, rows.paid_at) ORDER BY s.id
""")
# A list that is sent again may hold what was found wrong since: it comes back by nobody's oversight.
_REVERSED = statement(f"""
    SELECT s.* FROM {_NEW} JOIN ({_SHOWN}) AS s USING ({_KEY}, amount_fen, paid_at)
    WHERE s.reversed_at IS NOT NULL ORDER BY s.id
""")
_ONE = statement(f"{_SHOWN} WHERE a.id = :payment_id")
_PAGE = statement(f"""
    {_SHOWN} WHERE a.county = :county AND a.coverage_year = :coverage_year AND a.id > :after
    ORDER BY a.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """Work funds that somebody says were paid."""

    county: str
    coverage_year: int
    division_code: str
    reference: str
    amount_fen: int
    paid_at: datetime
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow(NewPayment):
    """Work funds that were paid."""

    id: int
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReversal:
    """That two persons took a payment back."""

    payment_id: int
    asked_by: str
    agreed_by: str
    reversed_at: datetime


async def by_unit(conn: AsyncConnection, season: Season, until: datetime | None = None) -> list[UnitFunds]:
    """How the work funds of each unit stand: now, or by what happened before an instant."""
    return await fetch_as(conn, UnitFunds, _BY_UNIT, **season._asdict(), kinds=_KINDS, until=until)


async def enter(conn: AsyncConnection, new: Sequence[NewPayment]) -> list[PaymentRow]:
    """Enter what does not stand under its reference; give what is new."""
    ids = await fetch_values(conn, int, _ENTER, rows=new)
    return await fetch_as(conn, PaymentRow, _SOME, ids=ids)


async def contradicted(conn: AsyncConnection, new: Sequence[NewPayment]) -> list[PaymentRow]:
    """What stands under the same references with another amount or instant."""
    return await fetch_as(conn, PaymentRow, _STANDING, rows=new)


async def reversed_before(conn: AsyncConnection, new: Sequence[NewPayment]) -> list[PaymentRow]:
    """What was entered before exactly so, and taken back."""
    return await fetch_as(conn, PaymentRow, _REVERSED, rows=new)


async def one(conn: AsyncConnection, payment_id: int) -> PaymentRow | None:
    """A payment by its id."""
    return await fetch_one_as(conn, PaymentRow, _ONE, payment_id=payment_id)


async def reverse(conn: AsyncConnection, new: NewReversal) -> None:
    """Keep that it was taken back."""
    await copy(conn, work_fund_payment_reversals, [new])


async def page(conn: AsyncConnection, season: Season, after: int, limit: int) -> list[PaymentRow]:
    """A page of what was paid, in the order in which it was entered."""
    return await fetch_as(conn, PaymentRow, _PAGE, **season._asdict(), after=after, limit=limit)
