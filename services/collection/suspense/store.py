"""SQL of money in suspense: totals, ageing and single lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS = """
    l.payment_id, l.line_no, l.county, l.coverage_year, l.division_code, l.amount_fen, l.state, l.reason,
    l.masked_id, l.masked_name, l.person_id, l.enrollment_id, l.voucher_no, l.paid_at, l.received_at,
    l.applied_at, l.applied_by, l.note, l.refund_id, l.refund_outcome, l.refunded_at,
    p.channel, p.transaction_no, p.order_no
"""
_FILTERS = """
    l.state = 'suspended'
    AND (CAST(:division AS text) = '' OR l.division_code LIKE :division || '%')
    AND (CAST(:reason AS text) IS NULL OR l.reason = :reason)
    AND (CAST(:county AS text) IS NULL OR l.county = :county)
    AND (CAST(:coverage_year AS integer) IS NULL OR l.coverage_year = :coverage_year)
"""


@dataclass(frozen=True, slots=True)
class SuspenseFilter:
    """What to list; None is everything. `division` is the caller's."""

    division: str
    reason: str | None = None
    county: str | None = None
    coverage_year: int | None = None

    def parameters(self) -> dict[str, Any]:
        """The parameters of the filters."""
        return {name: getattr(self, name) for name in self.__slots__}


async def totals(conn: AsyncConnection, wanted: SuspenseFilter | None = None) -> Sequence[Any]:
    """Count and money by reason, with the oldest."""
    query = f"""
        SELECT l.reason, count(*) AS count, sum(l.amount_fen)::bigint AS amount_fen,
               min(l.received_at) AS oldest_received_at
        FROM payment_lines l WHERE {_FILTERS} GROUP BY l.reason ORDER BY l.reason
    """
    return (await conn.execute(text(query), (wanted or SuspenseFilter("")).parameters())).all()


async def page(
    conn: AsyncConnection, wanted: SuspenseFilter, after: tuple[datetime, int, int] | None, limit: int
) -> Sequence[Any]:
    """Lines in suspense, oldest first, behind the position `after`."""
    query = f"""
        SELECT {_COLUMNS} FROM payment_lines l JOIN payments p ON p.id = l.payment_id
        WHERE {_FILTERS}
          AND (CAST(:after_at AS timestamptz) IS NULL
               OR (l.received_at, l.payment_id, l.line_no) > (:after_at, :after_payment, :after_line))
        ORDER BY l.received_at, l.payment_id, l.line_no LIMIT :limit
    """
    at, payment, line = after or (None, 0, 0)
    parameters = {"after_at": at, "after_payment": payment, "after_line": line, "limit": limit}
    return (await conn.execute(text(query), wanted.parameters() | parameters)).all()


async def line(conn: AsyncConnection, payment_id: int, line_no: int) -> Any | None:
    """One payment line in whatever state, with what judging it needs."""
    query = f"""
        SELECT {_COLUMNS}, l.identity_digest, l.name_digest, l.payment_id AS notification_id,
               l.received_at AS occurred_at
        FROM payment_lines l JOIN payments p ON p.id = l.payment_id
        WHERE l.payment_id = :payment_id AND l.line_no = :line_no
    """
    return (await conn.execute(text(query), {"payment_id": payment_id, "line_no": line_no})).first()
