"""SQL of money in suspense: totals, ageing and single lines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, fetch_one_as, statement
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import LineState, PersonYear
from services.collection.tables import payment_lines

_FILTERS = """
    l.state = 'suspended'
    AND (CAST(:division AS text) = '' OR l.division_code LIKE :division || '%')
    AND (CAST(:reason AS text) IS NULL OR l.reason = :reason)
    AND (CAST(:county AS text) IS NULL OR l.county = :county)
    AND (CAST(:coverage_year AS integer) IS NULL OR l.coverage_year = :coverage_year)
"""
_TOTALS = statement(f"""
    SELECT l.reason, count(*) AS count, sum(l.amount_fen - l.refunded_fen)::bigint AS amount_fen,
           min(l.received_at) AS oldest_received_at
    FROM payment_lines l WHERE {_FILTERS} GROUP BY l.reason ORDER BY l.reason
""")
_PAGE = statement(f"""
    SELECT l.payment_id, l.line_no, p.channel, p.transaction_no, p.order_no,
           l.amount_fen - l.refunded_fen AS amount_fen, l.reason,
           l.county, l.coverage_year, l.division_code, l.masked_id, l.masked_name, l.person_id, l.paid_at,
           l.received_at, l.giving_back
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    WHERE {_FILTERS}
      AND (CAST(:received_at AS timestamptz) IS NULL
           OR (l.received_at, l.payment_id, l.line_no) > (:received_at, :payment_id, :line_no))
    ORDER BY l.received_at, l.payment_id, l.line_no LIMIT :limit
""")
_ASKED = Records(payment_lines, "coverage_year", "person_id", alias="asked")
_WRONG_AMOUNTS = statement(f"""
    SELECT l.payment_id, l.line_no, l.person_id, l.county, l.coverage_year,
           l.amount_fen - l.refunded_fen AS amount_fen, l.paid_at
    FROM {_ASKED} JOIN payment_lines l ON l.person_id = asked.person_id
     AND l.coverage_year = asked.coverage_year AND l.state = 'suspended'
     AND l.reason = '{Reason.WRONG_AMOUNT}' AND NOT l.whole AND NOT l.giving_back
    ORDER BY l.paid_at, l.payment_id, l.line_no
""")
_PEOPLE = Records(payment_lines, "person_id", "coverage_year", alias="asked")
#: Also what the placing of orders asks.
OF_PEOPLE = f"""
    SELECT l.person_id, l.coverage_year, l.payment_id, l.line_no, l.amount_fen - l.refunded_fen AS amount_fen,
           l.reason, l.county, l.paid_at, l.received_at
    FROM {_PEOPLE}
    JOIN payment_lines l ON l.person_id = asked.person_id AND l.coverage_year = asked.coverage_year
     AND l.state = 'suspended'
    ORDER BY l.received_at, l.payment_id, l.line_no
"""
_OF_PEOPLE = statement(OF_PEOPLE)
_APPLIED = statement("""
    SELECT payment_id, line_no, state, person_id, coverage_year, amount_fen - refunded_fen AS amount_fen,
           voucher_no, applied_at, applied_by
    FROM payment_lines WHERE payment_id = :payment_id AND line_no = :line_no AND state = 'applied'
""")


@dataclass(frozen=True, slots=True)
class SuspenseFilter:
    """What to list; None is everything. `division` is the caller's."""

    division: str
    reason: Reason | None = None
    county: str | None = None
    coverage_year: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A line's place in the list."""

    received_at: datetime | None = None
    payment_id: int = 0
    line_no: int = 0


@dataclass(frozen=True, slots=True)
class ReasonTotal:
    """Count and money of one reason, with the oldest."""

    reason: str
    count: int
    amount_fen: int
    oldest_received_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One line in suspense."""

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    order_no: str | None
    amount_fen: int
    reason: str
    county: str | None
    coverage_year: int | None
    division_code: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    paid_at: datetime
    received_at: datetime
    giving_back: bool


@dataclass(frozen=True, slots=True)
class AppliedLine:
    """A line that has its place."""

    payment_id: int
    line_no: int
    state: LineState
    person_id: int
    coverage_year: int
    amount_fen: int
    voucher_no: str | None
    applied_at: datetime
    applied_by: str | None


@dataclass(frozen=True, slots=True)
class WrongAmount:
    """A line that is not what its person owed."""

    payment_id: int
    line_no: int
    person_id: int
    county: str | None
    coverage_year: int
    amount_fen: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class PersonsMoney:
    """Money of a person that waits."""

    person_id: int
    coverage_year: int
    payment_id: int
    line_no: int
    amount_fen: int
    reason: str
    county: str | None
    paid_at: datetime
    received_at: datetime


async def wrong_amounts(conn: AsyncConnection, people: Sequence[PersonYear]) -> list[WrongAmount]:
    """What waits of these persons because of its amount, in the order of payment."""
    return await fetch_as(conn, WrongAmount, _WRONG_AMOUNTS, asked=people)


async def of_people(
    conn: AsyncConnection, people: Sequence[int], coverage_year: int
) -> dict[int, list[PersonsMoney]]:
    """What waits of these persons for a year, in the order of arrival."""
    found: dict[int, list[PersonsMoney]] = {}
    asked = [{"person_id": person, "coverage_year": coverage_year} for person in sorted(set(people))]
    for row in await fetch_as(conn, PersonsMoney, _OF_PEOPLE, asked=asked):
        found.setdefault(row.person_id, []).append(row)
    return found


async def totals(conn: AsyncConnection, wanted: SuspenseFilter | None = None) -> list[ReasonTotal]:
    """Count and money by reason, with the oldest."""
    return await fetch_as(conn, ReasonTotal, _TOTALS, **asdict(wanted or SuspenseFilter("")))


async def page(
    conn: AsyncConnection, wanted: SuspenseFilter, after: Position, limit: int
) -> list[WaitingLine]:
    """Lines in suspense, oldest first, behind a position."""
    return await fetch_as(conn, WaitingLine, _PAGE, limit=limit, **asdict(wanted), **asdict(after))


async def applied(conn: AsyncConnection, payment_id: int, line_no: int) -> AppliedLine | None:
    """One line, if it is applied."""
    return await fetch_one_as(conn, AppliedLine, _APPLIED, payment_id=payment_id, line_no=line_no)
