"""SQL of orders of units that money taken by hand is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, fetch_as, statement
from services.collection.tables import orders


@dataclass(frozen=True, slots=True)
class UnitOrder:
    """An order of a unit; `receipt_id` is the money taken by hand that stands for it."""

    order_no: str
    county: str
    coverage_year: int
    channel: str
    amount_fen: int
    state: str
    expires_at: datetime
    payment_id: int | None
    receipt_id: int | None
    people: list[int]


_OF_UNITS = f"o.order_no {any_of(orders.c.order_no, 'numbers')} AND o.payer_digest IS NOT NULL"
_HOLD = statement(f"SELECT o.order_no FROM orders o WHERE {_OF_UNITS} ORDER BY o.order_no FOR UPDATE")
_FIND = statement(f"""
    SELECT o.order_no, o.county, o.coverage_year, o.channel, o.amount_fen, o.state, o.expires_at,
           o.payment_id,
           (SELECT min(r.receipt_id) FROM cash_receipts r
            WHERE r.order_no = o.order_no AND r.state <> 'refused' AND r.returned_fen = 0) AS receipt_id,
           ARRAY(SELECT i.person_id FROM order_items i WHERE i.order_no = o.order_no) AS people
    FROM orders o WHERE {_OF_UNITS}
""")


async def hold(conn: AsyncConnection, numbers: Sequence[str]) -> dict[str, UnitOrder]:
    """The orders of units with these numbers; until the end nobody else records money for them."""
    await execute(conn, _HOLD, numbers=list(numbers))
    found = await fetch_as(conn, UnitOrder, _FIND, numbers=list(numbers))
    return {one.order_no: one for one in found}
