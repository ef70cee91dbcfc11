"""SQL of orders that exist; placing them is in `hot_store`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
)
from services.collection.dues.rules import Choice, Due
from services.collection.dues.store import DUE_COLUMNS, read_due
from services.collection.matching.rules import LineState, Ordered, OrderLine, PersonYear
from services.collection.orders.rules import CloseReason, OrderState
from services.collection.tables import dues, order_claims, orders


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order as it is stored."""

    order_no: str
    county: str
    coverage_year: int
    channel: str
    amount_fen: int
    state: OrderState
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    payment_id: int | None
    close_reason: CloseReason | None
    created_by: str
    employee_fund: str | None


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One person of an order in one year, with what became of the money."""

    person_id: int
    coverage_year: int
    division_code: str
    masked_name: str | None
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    tier: int | None
    repaired_years: Sequence[int]
    repair_fen: int
    line_state: LineState | None
    reason: str | None
    voucher_no: str | None
    paid_years: Mapping[str, Mapping[str, object]] | None

    @property
    def amount_fen(self) -> int:
        """Own part, add-ons and repaired years."""
        return self.own_fen + self.add_on_fen + self.repair_fen

    @property
    def repairs(self) -> list[Mapping[str, object]]:
        """Each repaired year with its amount, and what became of its money."""
        each_fen, paid = self.repair_fen // max(len(self.repaired_years), 1), self.paid_years or {}
        return [
            {"repaired_year": year, "amount_fen": each_fen, **paid.get(str(year), {})}
            for year in self.repaired_years
        ]


@dataclass(frozen=True, slots=True)
class OrderWithItems:
    """An order and its persons."""

    order: FoundOrder
    items: Sequence[FoundItem]

    @property
    def coverage_years(self) -> list[int]:
        """The years that it pays, the earlier one first."""
        return sorted({item.coverage_year for item in self.items})


@dataclass(frozen=True, slots=True)
class PendingItem:
    """One person of a pending order, and what this person owes now."""

    order_no: str
    created_at: datetime
    ordered_fen: int
    choice: Choice
    due: Due
    repaired_years: tuple[int, ...] = ()
    repair_fen: int = 0
    #: A bank debits it at `created_at`: what is owed then counts, whatever is owed now.
    debited: bool = False

    def judged_at(self, at: datetime) -> datetime:
        """The instant whose price it has to be."""
        return self.created_at if self.debited else max(at, self.created_at)


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order whose money has come."""

    order_no: str
    payment_id: int
    paid_at: datetime


_ORDER = statement("""
    SELECT order_no, county, coverage_year, channel, amount_fen, state, created_at, expires_at, paid_at,
           payment_id, close_reason, created_by, employee_fund
    FROM orders WHERE order_no = :order_no
""")
_ITEMS = statement("""
    SELECT i.person_id, i.coverage_year, i.division_code, i.masked_name, i."window", i.price_fen, i.own_fen,
           i.add_on_fen, i.tier, i.repaired_years, i.repair_fen,
           l.state AS line_state, l.reason, l.voucher_no,
           (SELECT json_object_agg(r.repaired_year, json_build_object(
                       'line_state', r.state, 'reason', r.reason, 'voucher_no', r.voucher_no))
            FROM payment_lines r WHERE r.payment_id = o.payment_id AND r.person_id = i.person_id
             AND r.coverage_year = i.coverage_year AND r.repaired_year IS NOT NULL) AS paid_years
    FROM order_items i
    JOIN orders o ON o.order_no = i.order_no
    LEFT JOIN LATERAL (
        SELECT l.state, l.reason, l.voucher_no FROM payment_lines l
        WHERE l.payment_id = o.payment_id AND l.person_id = i.person_id AND l.repaired_year IS NULL
          AND (l.line_no = i.item_no OR l.coverage_year = i.coverage_year)
        ORDER BY l.line_no <> i.item_no LIMIT 1
    ) l ON true
    WHERE i.order_no = :order_no ORDER BY i.item_no
""")
_NAMED = statement(f"""
    SELECT o.order_no, o.county, o.coverage_year, o.amount_fen, o.payer_digest, o.channel,
           o.employee_fund,
           LEAST(o.expires_at, o.cancelled_at) AS lapses_at, min(i.division_code) AS division_code,
           json_agg(json_build_object('person_id', i.person_id, 'coverage_year', i.coverage_year,
                                      'amount_fen', i.own_fen + i.add_on_fen,
                                      'masked_name', i.masked_name, 'tier', i.tier,
                                      'chosen_add_on_fen', i.chosen_add_on_fen, 'repair_fen', i.repair_fen,
                                      'repaired_years', i.repaired_years) ORDER BY i.item_no) AS lines
    FROM orders o JOIN order_items i USING (order_no)
    WHERE o.order_no {any_of(orders.c.order_no, "numbers")} GROUP BY o.order_no
""")
# What a bank is to debit nobody else gives up: it ends with its mandate, its batch, or the bank's answer.
_CANCEL = statement("""
    WITH cancelled AS (
        UPDATE orders SET state = 'cancelled', cancelled_at = :at
        WHERE order_no = :order_no AND state = 'pending'
          AND NOT EXISTS (SELECT FROM debits d WHERE d.order_no = orders.order_no) RETURNING order_no
    ), freed AS (DELETE FROM order_claims c USING cancelled x WHERE c.order_no = x.order_no)
    SELECT CASE WHEN EXISTS (SELECT FROM cancelled) THEN 'cancelled' ELSE state END AS state
    FROM orders WHERE order_no = :order_no
""")
_PAID = Records(orders, "order_no", "payment_id", "paid_at")
_MARK_PAID = statement(f"""
    WITH money AS (SELECT {_PAID.names} FROM {_PAID}), paid AS (
        UPDATE orders o SET state = 'paid', payment_id = money.payment_id, paid_at = money.paid_at
        FROM money WHERE o.order_no = money.order_no AND o.payment_id IS NULL
    )
    DELETE FROM order_claims c USING money WHERE c.order_no = money.order_no
""")


_TAKEN = Records(order_claims, "coverage_year", "person_id", alias="taken")
# Claims of orders that were just paid are gone already: what is left is of other orders.
_CLAIMING = statement(f"""
    SELECT DISTINCT c.order_no FROM {_TAKEN}
    JOIN order_claims c ON c.coverage_year = taken.coverage_year AND c.person_id = taken.person_id
""")
_PENDING = statement(f"""
    SELECT o.order_no, o.created_at, EXISTS (SELECT FROM debits b WHERE b.order_no = o.order_no) AS debited,
           i.own_fen + i.add_on_fen AS ordered_fen, i.tier AS ordered_tier,
           i.chosen_add_on_fen, i.repaired_years, i.repair_fen, {DUE_COLUMNS}
    FROM dues d
    JOIN order_claims c ON c.coverage_year = d.coverage_year AND c.person_id = d.person_id
    JOIN orders o ON o.order_no = c.order_no AND o.state = 'pending' AND o.expires_at > :at
    JOIN order_items i ON i.order_no = c.order_no AND i.enrollment_id = d.enrollment_id
    WHERE d.enrollment_id {any_of(dues.c.enrollment_id, "ids")}
    ORDER BY o.order_no, i.item_no
""")
_CLOSED = Records(orders, "order_no", "close_reason")
# What made it impossible may be dated before the order, which did not know of it.
_CLOSE = statement(f"""
    WITH closed AS (
        UPDATE orders o
        SET state = 'cancelled', cancelled_at = GREATEST(o.created_at, :at), close_reason = rows.close_reason
        FROM {_CLOSED} WHERE o.order_no = rows.order_no AND o.state = 'pending' AND o.expires_at > :at
        RETURNING o.order_no
    )
    DELETE FROM order_claims c USING closed x WHERE c.order_no = x.order_no
""")


async def find(conn: AsyncConnection, order_no: str) -> OrderWithItems | None:
    """One order, and its items with what became of the money for each."""
    order = await fetch_one_as(conn, FoundOrder, _ORDER, order_no=order_no)
    if order is None:
        return None
    return OrderWithItems(order, await fetch_as(conn, FoundItem, _ITEMS, order_no=order_no))


async def named(conn: AsyncConnection, numbers: Sequence[str]) -> dict[str, Ordered]:
    """The orders of these numbers, with their persons."""
    if not numbers:
        return {}
    found = await fetch_as(conn, _ordered, _NAMED, numbers=list(numbers))
    return {order.order_no: order for order in found}


def _ordered(lines: Sequence[dict[str, Any]], **columns: Any) -> Ordered:
    return Ordered(lines=tuple(_line(**line) for line in lines), **columns)


def _line(
    tier: int | None, chosen_add_on_fen: int | None, repaired_years: Sequence[int], **members: Any
) -> OrderLine:
    choice = Choice(tier, chosen_add_on_fen)
    return OrderLine(choice=choice, repaired_years=tuple(repaired_years), **members)


async def cancel(conn: AsyncConnection, order_no: str, at: datetime) -> str | None:
    """Cancel a pending order and let its persons go; give the state that it has now, None without one."""
    return await fetch_value(conn, str, _CANCEL, order_no=order_no, at=at)


async def claiming(conn: AsyncConnection, people: Sequence[PersonYear]) -> list[str]:
    """The orders that hold a claim on these persons."""
    return await fetch_values(conn, str, _CLAIMING, taken=sorted(set(people)))


async def pending(conn: AsyncConnection, enrollment_ids: Sequence[int], at: datetime) -> list[PendingItem]:
    """What pending orders want to pay of these enrollments, with what is owed now."""
    if not enrollment_ids:
        return []
    return await fetch_as(conn, _pending, _PENDING, ids=list(enrollment_ids), at=at)


def _pending(
    order_no: str,
    created_at: datetime,
    ordered_fen: int,
    ordered_tier: int | None,
    chosen_add_on_fen: int | None,
    repaired_years: Sequence[int],
    repair_fen: int,
    debited: bool,
    **columns: Any,
) -> PendingItem:
    choice, years = Choice(ordered_tier, chosen_add_on_fen), tuple(repaired_years)
    due = read_due(**columns)
    return PendingItem(order_no, created_at, ordered_fen, choice, due, years, repair_fen, debited)


async def close(conn: AsyncConnection, reasons: Mapping[str, CloseReason], at: datetime) -> None:
    """Close pending orders that cannot stand, and free their persons."""
    rows = [{"order_no": number, "close_reason": reason} for number, reason in sorted(reasons.items())]
    await execute(conn, _CLOSE, rows=rows, at=at)


async def mark_paid(conn: AsyncConnection, rows: Sequence[PaidOrder]) -> None:
    """Close orders whose money has come, and give up their claims."""
    await execute(conn, _MARK_PAID, rows=rows)
