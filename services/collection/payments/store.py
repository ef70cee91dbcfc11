"""SQL that looks payments up."""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Statement, any_of, fetch_as, fetch_one_as, statement, stream_as
from services.collection.matching.rules import LineState
from services.collection.tables import payment_lines, payments

# A notification that is stored but not matched yet already is a payment to whoever sent it.
_PAYMENTS = """
    SELECT n.id AS payment_id, n.channel, p.order_no,
           COALESCE(p.transaction_no, n.dedupe_key) AS transaction_no,
           COALESCE(p.county, n.county) AS county,
           COALESCE(p.coverage_year, n.coverage_year) AS coverage_year,
           p.amount_fen, p.paid_at, n.received_at, p.employee_fund, p.id IS NOT NULL AS matched
    FROM notifications n LEFT JOIN payments p ON p.id = n.id
    WHERE n.kind = 'payment'
"""
#: Every channel that ever told of a payment, read from where each begins: by channel and instant there is an
#: index.
_CHANNELS = """
    WITH RECURSIVE c (channel) AS (
        (SELECT channel FROM payments ORDER BY channel LIMIT 1)
        UNION ALL
        SELECT (SELECT o.channel FROM payments o WHERE o.channel > c.channel ORDER BY o.channel LIMIT 1)
        FROM c WHERE c.channel IS NOT NULL
    )
    SELECT channel FROM c WHERE channel IS NOT NULL
"""
_OF_DAYS = f"""
    SELECT o.id FROM ({_CHANNELS}) k
    JOIN payments o ON o.channel = k.channel AND o.paid_at >= :paid_from AND o.paid_at < :paid_until
"""
#: A filter is in the statement only when it is asked for: each has an index of its own.
_CONDITIONS = {
    "transaction_no": """n.id IN (SELECT id FROM notifications WHERE dedupe_key = :transaction_no
                         UNION ALL SELECT id FROM payments WHERE transaction_no = :transaction_no)""",
    "channel": "n.channel = :channel",
    "order_no": "n.id IN (SELECT id FROM payments WHERE order_no = :order_no)",
    "voucher_no": "n.id IN (SELECT payment_id FROM vouchers WHERE voucher_no = :voucher_no)",
    "paid_from": f"n.id IN ({_OF_DAYS})",
    "amount_fen": "p.amount_fen = :amount_fen",
    "person_id": "n.id IN (SELECT payment_id FROM payment_lines WHERE person_id = :person_id)",
}
_ONE = statement(f"{_PAYMENTS} AND n.id = :payment_id")
_TOTALS = statement("""
    SELECT county, coverage_year, state, CASE WHEN state = 'suspended' THEN reason END AS reason,
           count(*) AS count, sum(amount_fen)::bigint AS amount_fen,
           sum(refunded_fen)::bigint AS refunded_fen
    FROM payment_lines
    WHERE (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
""")


@dataclass(frozen=True, slots=True)
class PaymentQuery:
    """By what payments are looked up, at least one; `after` is the id before the page."""

    transaction_no: str | None = None
    channel: str | None = None
    order_no: str | None = None
    person_id: int | None = None
    voucher_no: str | None = None
    paid_from: datetime | None = None
    paid_until: datetime | None = None
    amount_fen: int | None = None
    after: int = 0


@dataclass(frozen=True, slots=True)
class FoundPayment:
    """A payment, matched or only received yet."""

    payment_id: int
    channel: str
    transaction_no: str
    order_no: str | None
    county: str | None
    coverage_year: int | None
    amount_fen: int | None
    paid_at: datetime | None
    received_at: datetime
    employee_fund: str | None
    matched: bool


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line of a payment."""

    payment_id: int
    line_no: int
    amount_fen: int
    refunded_fen: int
    state: LineState
    reason: str | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    enrollment_id: int | None
    add_on_code: str | None
    repaired_year: int | None
    voucher_no: str | None
    applied_at: datetime | None
    applied_by: str | None
    note: str | None
    refund_id: int | None
    refund_outcome: str | None
    refunded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Total:
    """Count and money of the lines of one county, year, state and reason."""

    county: str | None
    coverage_year: int | None
    state: LineState
    reason: str | None
    count: int
    amount_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class Exported:
    """Which payment lines are given out: of a county, paid at `paid_from` or later and before `paid_until`.

    `division` is that of the caller.
    """

    county: str
    county_division: str
    division: str
    channel: str | None
    paid_from: datetime
    paid_until: datetime


@dataclass(slots=True)
class ExportedLine:
    """A payment line as it is given out."""

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    order_no: str | None
    paid_at: datetime
    received_at: datetime
    amount_fen: int
    refunded_fen: int
    state: LineState
    reason: str | None
    coverage_year: int | None
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    voucher_no: str | None


# Whoever sees the whole county sees its money, too, of which nobody knows whose it is.
_EXPORT = statement(f"""
    SELECT l.payment_id, l.line_no, p.channel, p.transaction_no, p.order_no, p.paid_at, p.received_at,
           l.amount_fen, l.refunded_fen, l.state, l.reason,
           coalesce(l.coverage_year, p.coverage_year) AS coverage_year, l.division_code, l.masked_id,
           l.masked_name, l.voucher_no
    FROM payments p JOIN payment_lines l ON l.payment_id = p.id
    WHERE p.id IN ({_OF_DAYS}) AND (CAST(:channel AS text) IS NULL OR p.channel = :channel)
      AND coalesce(l.county, p.county, '') = :county
      AND coalesce(l.division_code, :county_division) LIKE CAST(:division AS text) || '%'
    ORDER BY p.channel, p.paid_at, l.payment_id, l.line_no
""")


def exported(conn: AsyncConnection, wanted: Exported) -> AsyncIterator[ExportedLine]:
    """The lines that are given out, by channel and instant, however many."""
    return stream_as(conn, ExportedLine, _EXPORT, **asdict(wanted))


_COLUMNS = ", ".join(field.name for field in fields(FoundLine))
_LINES = statement(
    f"""
    SELECT {_COLUMNS} FROM (SELECT *, add_on AS add_on_code FROM payment_lines) l
    WHERE payment_id {any_of(payments.c.id, "ids")} ORDER BY payment_id, line_no
""",
    payment_lines.c.note,
)


async def find(conn: AsyncConnection, wanted: PaymentQuery, limit: int) -> list[FoundPayment]:
    """The payments that fit, oldest first."""
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    return await fetch_as(conn, FoundPayment, _finding(frozenset(given)), limit=limit, **given)


@cache
def _finding(given: frozenset[str]) -> Statement:
    conditions = [condition for name, condition in _CONDITIONS.items() if name in given]
    return statement(" AND ".join([_PAYMENTS, *conditions]) + " AND n.id > :after ORDER BY n.id LIMIT :limit")


async def one(conn: AsyncConnection, payment_id: int) -> FoundPayment | None:
    """One payment by its number."""
    return await fetch_one_as(conn, FoundPayment, _ONE, payment_id=payment_id)


async def lines(conn: AsyncConnection, payment_ids: list[int]) -> dict[int, list[FoundLine]]:
    """The lines of these payments, in order."""
    found: dict[int, list[FoundLine]] = {}
    for line in await fetch_as(conn, FoundLine, _LINES, ids=payment_ids):
        found.setdefault(line.payment_id, []).append(line)
    return found


async def totals(conn: AsyncConnection, county: str | None, coverage_year: int | None) -> list[Total]:
    """Count and money of payment lines by county, year, state and reason."""
    return await fetch_as(conn, Total, _TOTALS, county=county, coverage_year=coverage_year)
