"""SQL of work funds: how they stand by unit, and what was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, fetch_as, statement
from services.ledger.postings.rules import Kind, Season
from services.ledger.tables import work_fund_payments
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
_ALL = Records(work_fund_payments)
_NEW = Records(work_fund_payments, *all_but(work_fund_payments, "id"))
_KEY = "county, coverage_year, division_code, reference"
# What stands already keeps its row; whoever enters the same at the same moment waits here.
_ENTER = statement(f"""
    INSERT INTO work_fund_payments ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} ORDER BY {_KEY}
    ON CONFLICT ({_KEY}) DO NOTHING RETURNING {_ALL.names}
""")
_KNOWN = statement(f"""
    SELECT {", ".join(f"a.{column.name}" for column in work_fund_payments.columns)}
    FROM {_NEW} JOIN work_fund_payments a USING ({_KEY})
    WHERE (a.amount_fen, a.paid_at) IS DISTINCT FROM (rows.amount_fen, rows.paid_at) ORDER BY a.id
""")
_PAGE = statement(
    f"SELECT {_ALL.names} FROM work_fund_payments WHERE {_BOOKS} AND id > :after ORDER BY id LIMIT :limit"
)


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


async def by_unit(conn: AsyncConnection, season: Season, until: datetime | None = None) -> list[UnitFunds]:
    """How the work funds of each unit stand: now, or by what happened before an instant."""
    return await fetch_as(conn, UnitFunds, _BY_UNIT, **season._asdict(), kinds=_KINDS, until=until)


async def enter(conn: AsyncConnection, new: Sequence[NewPayment]) -> list[PaymentRow]:
    """Enter what is not there under its reference; give what is new."""
    return await fetch_as(conn, PaymentRow, _ENTER, rows=new)


async def contradicted(conn: AsyncConnection, new: Sequence[NewPayment]) -> list[PaymentRow]:
    """What stands under the same references with another amount or instant."""
    return await fetch_as(conn, PaymentRow, _KNOWN, rows=new)


async def page(conn: AsyncConnection, season: Season, after: int, limit: int) -> list[PaymentRow]:
    """A page of what was paid, in the order in which it was entered."""
    return await fetch_as(conn, PaymentRow, _PAGE, **season._asdict(), after=after, limit=limit)
