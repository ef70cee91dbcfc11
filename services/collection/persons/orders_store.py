"""SQL of the orders that somebody is in, with what was tried to pay them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, statement
from services.collection.orders.rules import CloseReason, OrderState
from services.collection.persons.rules import Asked, AttemptKind
from services.collection.tables import orders


@dataclass(frozen=True, slots=True)
class OrderOfPerson:
    """An order as far as it is for one person; `order_fen` and `people` are of all who are in it."""

    order_no: str
    state: OrderState
    county: str
    channel: str
    coverage_years: Sequence[int]
    amount_fen: int
    order_fen: int
    people: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    cancelled_at: datetime | None
    close_reason: CloseReason | None
    payment_id: int | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptAtOrder:
    """Something that was tried about an order, and what came of it."""

    order_no: str
    kind: AttemptKind
    attempted_at: datetime
    attempted_by: str | None
    way: str | None
    outcome: str | None
    refusal: str | None
    fault: str | None
    answered_at: datetime | None
    tries: int


_ORDERS = statement("""
    SELECT o.order_no, o.state, o.county, o.channel, i.coverage_years, i.amount_fen,
           o.amount_fen AS order_fen,
           (SELECT count(DISTINCT a.person_id) FROM order_items a WHERE a.order_no = o.order_no) AS people,
           o.created_by, o.created_at, o.expires_at, o.cancelled_at, o.close_reason, o.payment_id, o.paid_at
    FROM (
        SELECT order_no, array_agg(coverage_year ORDER BY coverage_year) AS coverage_years,
               sum(own_fen + add_on_fen + repair_fen)::bigint AS amount_fen
        FROM order_items
        WHERE person_id = :person_id AND order_no < :before
          AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
          AND (CAST(:division AS text) = '' OR division_code BETWEEN :lowest AND :highest)
        GROUP BY order_no ORDER BY order_no DESC LIMIT :limit
    ) i JOIN orders o USING (order_no)
    ORDER BY o.order_no DESC
""")
_NUMBERED = any_of(orders.c.order_no, "numbers")
# What a bank was not given yet was not tried; what it was never to debit ended without it.
_ATTEMPTS = statement(f"""
    SELECT order_no, 'opened' AS kind, attempted_at, attempted_by, way,
           CASE WHEN refusal IS NULL THEN 'opened' ELSE 'refused' END AS outcome, refusal, fault,
           attempted_at AS answered_at, 1 AS tries
    FROM payment_attempts WHERE order_no {_NUMBERED}
    UNION ALL
    SELECT d.order_no, 'debited', coalesce(b.given_at, b.created_at), b.created_by, NULL, d.outcome, NULL,
           d.reason, d.settled_at, 1
    FROM debits d JOIN debit_batches b USING (batch_id)
    WHERE d.order_no {_NUMBERED} AND (b.given_at IS NOT NULL OR d.outcome IS NOT NULL)
    UNION ALL
    SELECT order_no, 'asked', coalesce(asked_at, opened_at), asked_by, NULL, outcome, NULL, fault, asked_at,
           tries
    FROM channel_queries WHERE subject {any_of(orders.c.order_no, "subjects")}
    ORDER BY order_no, attempted_at
""")


async def orders_of(conn: AsyncConnection, asked: Asked, before: str, limit: int) -> list[OrderOfPerson]:
    """The orders before a number, the newest day first."""
    return await fetch_as(conn, OrderOfPerson, _ORDERS, **asked.members, before=before, limit=limit)


async def attempts_at(conn: AsyncConnection, numbers: Sequence[str]) -> dict[str, list[AttemptAtOrder]]:
    """What was tried about these orders, by order, the first first."""
    found: dict[str, list[AttemptAtOrder]] = {}
    if numbers:
        subjects = [f"orders/{one}" for one in numbers]
        for one in await fetch_as(conn, AttemptAtOrder, _ATTEMPTS, numbers=list(numbers), subjects=subjects):
            found.setdefault(one.order_no, []).append(one)
    return found
