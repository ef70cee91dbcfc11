"""SQL of work funds: how they stand by unit, and what was paid."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.ledger.entries.store import Entries
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Season
from services.ledger.tables import work_fund_payment_reversals, work_fund_payments
from services.ledger.work_funds.rules import UnitFunds

_BOOKS = "county = :county AND coverage_year = :coverage_year"
_FEN = "CASE WHEN reversal THEN -amount_fen ELSE amount_fen END"
_BY_UNIT = statement(f"""
    SELECT payer AS division_code,
           coalesce(sum({_FEN}) FILTER (WHERE kind = '{Kind.WORK_FUNDS_SETTLED}'), 0)::bigint AS settled_fen,
           coalesce(sum({_FEN}) FILTER (WHERE kind = '{Kind.WORK_FUNDS_PAID}'), 0)::bigint AS paid_fen
    FROM postings
    WHERE {_BOOKS} AND kind IN ('{Kind.WORK_FUNDS_SETTLED}', '{Kind.WORK_FUNDS_PAID}')
      AND (CAST(:until AS timestamptz) IS NULL OR business_at < :until)
    GROUP BY payer ORDER BY payer
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


#: All that was entered as paid.
PAYMENTS = Entries(
    work_fund_payments, work_fund_payment_reversals, PaymentRow, unit="division_code", at="paid_at"
)


async def by_unit(conn: AsyncConnection, season: Season, until: datetime | None = None) -> list[UnitFunds]:
    """How the work funds of each unit stand: now, or by what happened before an instant."""
    return await fetch_as(conn, UnitFunds, _BY_UNIT, **season._asdict(), until=until)
