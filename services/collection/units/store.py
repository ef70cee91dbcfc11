"""SQL of units: what registration tells of their lists, and what they paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, fetch_values, statement
from services.collection.orders.rules import OrderState
from services.collection.tables import unit_lines, units
from services.collection.units.rules import OnList, Unit

_UNITS = Records(units)
_KEEP_UNITS = statement(f"""
    INSERT INTO units ({_UNITS.names}) SELECT {_UNITS.names} FROM {_UNITS} ORDER BY unit_id
    ON CONFLICT (unit_id) DO UPDATE SET {_UNITS.taken_over("name", "channels", "version_no")}
    WHERE units.version_no < excluded.version_no
""")
_LINES = Records(unit_lines)
_KEEP_LINES = statement(f"""
    INSERT INTO unit_lines ({_LINES.names}) SELECT {_LINES.names} FROM {_LINES}
    ORDER BY unit_id, enrollment_id
    ON CONFLICT (unit_id, enrollment_id)
    DO UPDATE SET {_LINES.taken_over("person_id", "line_no", "version_no", "listed")}
    WHERE unit_lines.version_no < excluded.version_no
""")
_COLUMNS = "unit_id, county, coverage_year, code, name, division_code, channels"
_FIND = statement(f"""
    SELECT {_COLUMNS} FROM units
    WHERE county = :county AND coverage_year = :coverage_year AND code = :code
""")
# Whoever turned out to be somebody else on record goes on as that person: the due says who.
_ON_LIST = statement("""
    SELECT coalesce(d.person_id, l.person_id) AS person_id, min(l.line_no) AS line_no
    FROM unit_lines l LEFT JOIN dues d ON d.enrollment_id = l.enrollment_id
    WHERE l.unit_id = :unit_id AND l.listed
    GROUP BY 1 ORDER BY 2, 1
""")
_PAID = statement("""
    SELECT DISTINCT l.person_id FROM payments p
    JOIN orders o ON o.payment_id = p.id
    JOIN payment_lines l ON l.payment_id = p.id
    WHERE o.order_no = :order_no AND l.state = 'applied' AND l.person_id IS NOT NULL
    ORDER BY l.person_id
""")
_ORDER_OF = statement("SELECT order_no FROM orders WHERE order_no = :order_no AND payer_digest = :digest")

# Who left the list stays known by the line, so that an order of before is found, too.
_ORDERS = statement("""
    SELECT o.order_no, o.channel, o.amount_fen, o.item_count, o.state, o.created_at, o.expires_at, o.paid_at
    FROM orders o
    WHERE o.payer_digest = :digest AND o.order_no COLLATE "C" < :before AND o.order_no IN (
        SELECT i.order_no FROM unit_lines l
        LEFT JOIN dues d ON d.enrollment_id = l.enrollment_id
        JOIN order_items i ON i.person_id = coalesce(d.person_id, l.person_id)
         AND i.coverage_year = :coverage_year
        WHERE l.unit_id = :unit_id
    )
    ORDER BY o.order_no COLLATE "C" DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class UnitsOrder:
    """An order that a unit made."""

    order_no: str
    channel: str
    amount_fen: int
    item_count: int
    state: OrderState
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class ToldUnit:
    """A unit as of a version of its list."""

    unit_id: int
    county: str
    coverage_year: int
    code: str
    name: str
    division_code: str
    channels: Sequence[str]
    version_no: int


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Somebody who is, or is no longer, on the list of a unit."""

    unit_id: int
    enrollment_id: int
    person_id: int
    line_no: int
    version_no: int
    listed: bool
    told_at: datetime


async def keep(conn: AsyncConnection, told: Sequence[ToldUnit], lines: Sequence[ToldLine]) -> None:
    """Keep what was told of units and their lists, in any order: the highest version counts."""
    newest = {one.unit_id: one for one in sorted(told, key=lambda one: one.version_no)}
    await execute(conn, _KEEP_UNITS, rows=list(newest.values()))
    last = {(one.unit_id, one.enrollment_id): one for one in sorted(lines, key=lambda one: one.version_no)}
    await execute(conn, _KEEP_LINES, rows=list(last.values()))


async def find(conn: AsyncConnection, county: str, coverage_year: int, code: str) -> Unit | None:
    """A unit by its code."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_one_as(conn, _unit, _FIND, **season, code=code)


def _unit(channels: Sequence[str], **columns: Any) -> Unit:
    return Unit(channels=tuple(channels), **columns)


async def on_list(conn: AsyncConnection, unit_id: int) -> list[OnList]:
    """Who is on the list of a unit, by line."""
    return await fetch_as(conn, OnList, _ON_LIST, unit_id=unit_id)


async def is_order_of(conn: AsyncConnection, order_no: str, payer_digest: str) -> bool:
    """Whether a unit made this order."""
    return bool(await fetch_values(conn, str, _ORDER_OF, order_no=order_no, digest=payer_digest))


async def paid_by(conn: AsyncConnection, order_no: str) -> list[int]:
    """Those for whom the money of an order was applied."""
    return await fetch_values(conn, int, _PAID, order_no=order_no)


async def orders(
    conn: AsyncConnection, unit: Unit, payer_digest: str, before: str, limit: int
) -> list[UnitsOrder]:
    """The orders of a unit, the newest first."""
    return await fetch_as(
        conn, UnitsOrder, _ORDERS, unit_id=unit.unit_id, coverage_year=unit.coverage_year,
        digest=payer_digest, before=before, limit=limit,
    )  # fmt: skip
