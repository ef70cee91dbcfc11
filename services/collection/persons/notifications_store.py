"""SQL of what was told about somebody's money, and what it led to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch_as, statement
from services.collection.channels.port import NotificationKind, ReturnKind, ReturnStatus
from services.collection.matching.rules import LineState
from services.collection.persons.rules import Asked
from services.collection.returns.rules import ReturnState
from services.collection.tables import notifications, payments


@dataclass(frozen=True, slots=True)
class NotificationOfPerson:
    """What was told; `return_...` of money that went back, for the payment `of_payment_id`."""

    notification_id: int
    channel: str
    transaction_no: str
    kind: NotificationKind
    headers: str
    order_no: str | None
    received_at: datetime
    paid_at: datetime | None
    matched: bool
    parked_at: datetime | None
    of_payment_id: int | None
    return_kind: ReturnKind | None
    return_status: ReturnStatus | None
    return_state: ReturnState | None
    returned_fen: int | None
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineOfPerson:
    """A line of a payment that is the person's, or that nobody could split and whose order they are in."""

    payment_id: int
    line_no: int
    coverage_year: int | None
    repaired_year: int | None
    add_on_code: str | None
    amount_fen: int
    state: LineState
    reason: str | None
    unsplit: bool
    applied_at: datetime | None
    applied_by: str | None
    parked_at: datetime | None


def _of(table: str, *, year_known: bool) -> str:
    """Lines or items of the person and the year within the division; `year_known`: each has a year."""
    open_year = "" if year_known else f"OR {table}.coverage_year IS NULL"
    return f"""
        {table}.person_id = :person_id
        AND (CAST(:coverage_year AS integer) IS NULL OR {table}.coverage_year = :coverage_year {open_year})
        AND (CAST(:division AS text) = '' OR {table}.division_code BETWEEN :lowest AND :highest)
    """


# Of money that went back from a payment for several, and nobody said whose it is, those are told of whom some
# went back, or all while that is of none of them.
_TOLD = statement(
    f"""
    WITH items AS (SELECT DISTINCT i.order_no FROM order_items i WHERE {_of("i", year_known=True)}),
    money AS (
        SELECT l.payment_id AS id FROM payment_lines l WHERE {_of("l", year_known=False)}
        UNION SELECT p.id FROM items JOIN payments p USING (order_no)
        UNION SELECT q.notification_id FROM items
              JOIN channel_queries q ON q.subject = 'orders/' || items.order_no
              WHERE q.notification_id IS NOT NULL
    ), told AS (
        SELECT id FROM money
        UNION SELECT r.notification_id FROM money JOIN payments p USING (id)
              JOIN returns r ON r.transaction_no = p.transaction_no AND r.channel = p.channel
              WHERE EXISTS (SELECT FROM payment_lines l WHERE l.payment_id = p.id
                              AND l.person_id = :person_id
                              AND (l.identity_digest = r.identity_digest
                                   OR r.identity_digest IS NULL AND l.refunded_fen > 0))
                 OR r.identity_digest IS NULL
                    AND NOT EXISTS (SELECT FROM payment_lines l
                                    WHERE l.payment_id = p.id AND l.refunded_fen > 0)
    )
    SELECT n.id AS notification_id, n.channel,
           coalesce(p.transaction_no, r.transaction_no, n.dedupe_key) AS transaction_no, n.kind, n.headers,
           p.order_no, n.received_at, p.paid_at, p.id IS NOT NULL OR r.payment_id IS NOT NULL AS matched,
           q.parked_at, r.payment_id AS of_payment_id, r.kind AS return_kind, r.status AS return_status,
           r.state AS return_state, r.amount_fen AS returned_fen, r.returned_at
    FROM told JOIN notifications n USING (id)
    LEFT JOIN payments p USING (id)
    LEFT JOIN returns r ON r.notification_id = n.id
    LEFT JOIN matching_queue q ON q.notification_id = n.id AND q.line_no = 0
    WHERE n.id < :before ORDER BY n.id DESC LIMIT :limit
""",
    notifications.c.headers,
)
_LINES = statement(f"""
    SELECT l.payment_id, l.line_no, l.coverage_year, l.repaired_year, l.add_on AS add_on_code, l.amount_fen,
           l.state, l.reason, l.person_id IS NULL AS unsplit, l.applied_at, l.applied_by, q.parked_at
    FROM payment_lines l
    LEFT JOIN matching_queue q ON q.notification_id = l.payment_id AND q.line_no = l.line_no
    WHERE l.payment_id {any_of(payments.c.id, "ids")}
      AND ({_of("l", year_known=False)}
           OR l.person_id IS NULL AND l.whole
              AND (CAST(:division AS text) = '' OR l.division_code BETWEEN :lowest AND :highest))
    ORDER BY l.payment_id, l.line_no
""")


async def told_of(conn: AsyncConnection, asked: Asked, before: int, limit: int) -> list[NotificationOfPerson]:
    """What was told about somebody's money before a notification, the newest first."""
    return await fetch_as(conn, NotificationOfPerson, _TOLD, **asked.members, before=before, limit=limit)


async def lines_of(
    conn: AsyncConnection, asked: Asked, payment_ids: Sequence[int]
) -> dict[int, list[LineOfPerson]]:
    """What payments led to for somebody, by payment."""
    found: dict[int, list[LineOfPerson]] = {}
    if payment_ids:
        for one in await fetch_as(conn, LineOfPerson, _LINES, **asked.members, ids=list(payment_ids)):
            found.setdefault(one.payment_id, []).append(one)
    return found
