"""SQL of payments and their lines. Whoever writes here holds the lease of their counties."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, copy, execute, fetch, fetch_as, statement
from services.collection.fitting.rules import EXPLAINABLE
from services.collection.matching.queue_store import QueuedWork
from services.collection.matching.rules import LineState, PersonYear
from services.collection.tables import matching_queue, payment_lines, payments


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A payment line as it stands, with what judging it needs; its amount is what is left of it."""

    payment_id: int
    line_no: int
    channel: str
    transaction_no: str
    amount_fen: int
    state: LineState
    reason: str | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    identity_digest: str | None
    name_digest: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    household_id: int | None
    enrollment_id: int | None
    paid_at: datetime
    received_at: datetime
    told_at: datetime | None
    payer_digest: str | None
    employee_fund: str | None
    chosen_tier: int | None
    chosen_add_on_fen: int | None
    repaired_year: int | None
    giving_back: bool


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment as its channel told it."""

    id: int
    channel: str
    transaction_no: str
    order_no: str | None
    county: str | None
    coverage_year: int | None
    amount_fen: int
    paid_at: datetime
    received_at: datetime
    payer_digest: str | None
    employee_fund: str | None


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A payment line, new or judged again, with the place that it has now."""

    payment_id: int
    line_no: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    amount_fen: int
    state: LineState
    reason: str | None
    whole: bool
    identity_digest: str | None
    name_digest: str | None
    masked_id: str | None
    masked_name: str | None
    person_id: int | None
    household_id: int | None
    enrollment_id: int | None
    assessment_id: int | None
    tier: int | None
    add_on: str | None
    repaired_year: int | None
    part_of: int | None
    waits_until: datetime | None
    voucher_no: str | None
    paid_at: datetime
    received_at: datetime
    applied_at: datetime | None
    told_at: datetime | None
    applied_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """News of a person, told at `occurred_at`, that may explain why money did not fit."""

    identity_digest: str | None
    person_id: int
    county: str
    coverage_year: int
    occurred_at: datetime


_ASKED_FOR = Records(payments, "channel", "transaction_no", alias="asked")
_RECORDED = statement(f"""
    SELECT p.channel, p.transaction_no FROM {_ASKED_FOR}
    JOIN payments p ON p.channel = asked.channel AND p.transaction_no = asked.transaction_no
""")
_SAID_BEFORE = statement(f"""
    UPDATE notifications SET kind = 'other' WHERE id {any_of(payments.c.id, "ids")}
""")
_KEPT = """
    SELECT l.payment_id, l.line_no, p.channel, p.transaction_no, l.amount_fen - l.refunded_fen AS amount_fen,
           l.state, l.reason, l.county, l.coverage_year, l.division_code, l.identity_digest, l.name_digest,
           l.masked_id, l.masked_name, l.person_id, l.household_id, l.enrollment_id, l.paid_at,
           l.received_at, l.told_at, p.payer_digest, p.employee_fund,
           i.tier AS chosen_tier, i.chosen_add_on_fen, l.repaired_year, l.giving_back
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    LEFT JOIN order_items i ON i.order_no = p.order_no AND i.item_no = l.line_no AND i.person_id = l.person_id
"""
_NUMBERED = Records(payment_lines, "payment_id", "line_no", alias="asked")
_LINES_OF = statement(f"""
    {_KEPT} JOIN {_NUMBERED} ON asked.payment_id = l.payment_id AND asked.line_no = l.line_no
    ORDER BY l.payment_id, l.line_no
""")
_QUEUED_LINES = statement(f"""
    {_KEPT} JOIN matching_queue q ON q.notification_id = l.payment_id AND q.line_no = l.line_no
    WHERE l.payment_id {any_of(payment_lines.c.payment_id, "ids")}
""")
_ASKED = Records(payment_lines, "coverage_year", "person_id", alias="asked")
_PAID = statement(f"""
    SELECT l.coverage_year, l.person_id FROM {_ASKED}
    JOIN payment_lines l ON l.coverage_year = asked.coverage_year AND l.person_id = asked.person_id
     AND l.state = 'applied' AND l.add_on IS NULL AND l.part_of IS NULL AND l.repaired_year IS NULL
""")
_LINES = Records(payment_lines, *SettledLine.__dataclass_fields__)
#: What judging a line again may change; amounts, instants and who the channel named never do.
_CHANGING = (
    "county", "coverage_year", "division_code", "state", "reason", "masked_name", "person_id", "household_id",
    "enrollment_id", "assessment_id", "tier", "add_on", "part_of", "waits_until", "voucher_no", "applied_at",
    "told_at", "applied_by", "note",
)  # fmt: skip
_UPDATE_LINES = statement(f"""
    UPDATE payment_lines l SET {_LINES.changes(*_CHANGING)} FROM {_LINES}
    WHERE l.payment_id = rows.payment_id AND l.line_no = rows.line_no AND l.state = 'suspended'
""")
_EXPLANATIONS = Records(
    payment_lines,
    *("identity_digest", "person_id", "county", "coverage_year"),
    occurred_at=matching_queue.c.occurred_at,
)
_SAME_YEAR = f"""
    l.state = 'suspended' AND NOT l.whole AND l.county = news.county AND l.coverage_year = news.coverage_year
    AND l.reason {any_of(payment_lines.c.reason, "explainable")}
"""
_WAKE = statement(f"""
    WITH news AS MATERIALIZED (SELECT {_EXPLANATIONS.names} FROM {_EXPLANATIONS}), woken AS (
        SELECT l.payment_id, l.line_no, news.occurred_at, l.county
        FROM news JOIN payment_lines l ON l.identity_digest = news.identity_digest AND {_SAME_YEAR}
        UNION ALL
        SELECT l.payment_id, l.line_no, news.occurred_at, l.county
        FROM news JOIN payment_lines l ON l.person_id = news.person_id AND {_SAME_YEAR}
    )
    INSERT INTO matching_queue (notification_id, line_no, occurred_at, county)
    SELECT payment_id, line_no, max(occurred_at), county FROM woken GROUP BY 1, 2, 4 ORDER BY 1, 2
    ON CONFLICT (notification_id, line_no) DO UPDATE SET parked_at = NULL
    WHERE matching_queue.parked_at IS NOT NULL
""")


async def queued_lines(conn: AsyncConnection, work: Sequence[QueuedWork]) -> dict[tuple[int, int], KeptLine]:
    """Of this work the lines to judge again, by payment and line."""
    ids = [one.notification_id for one in work if one.line_no > 0]
    if not ids:
        return {}
    lines = await fetch_as(conn, KeptLine, _QUEUED_LINES, ids=ids)
    return {(line.payment_id, line.line_no): line for line in lines}


async def lines(conn: AsyncConnection, keys: Sequence[tuple[int, int]]) -> list[KeptLine]:
    """These payment lines, in whatever state."""
    asked = [{"payment_id": payment_id, "line_no": line_no} for payment_id, line_no in keys]
    return await fetch_as(conn, KeptLine, _LINES_OF, asked=asked)


async def paid_people(conn: AsyncConnection, people: Sequence[PersonYear]) -> list[PersonYear]:
    """Of these those that are paid for."""
    return await fetch_as(conn, PersonYear, _PAID, asked=people)


async def recorded(conn: AsyncConnection, asked: Sequence[NewPayment]) -> set[tuple[str, str]]:
    """Of these payments those that are on record, by channel and transaction number."""
    rows = await fetch(conn, _RECORDED, asked=asked)
    return {(row["channel"], row["transaction_no"]) for row in rows}


async def said_before(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Keep notifications as such whose payment another one had told of."""
    if ids:
        await execute(conn, _SAID_BEFORE, ids=list(ids))


async def insert_payments(conn: AsyncConnection, rows: Sequence[NewPayment]) -> None:
    """Write new payments."""
    await copy(conn, payments, rows)


async def insert_lines(conn: AsyncConnection, rows: Sequence[SettledLine]) -> None:
    """Write the lines of new payments."""
    await copy(conn, payment_lines, rows, *_LINES.columns)


async def update_lines(conn: AsyncConnection, rows: Sequence[SettledLine]) -> None:
    """Change lines in suspense that were judged again."""
    await execute(conn, _UPDATE_LINES, rows=rows)


async def wake(conn: AsyncConnection, explanations: Sequence[Explanation]) -> int:
    """Queue money in suspense that this news may explain; give how many lines."""
    return await execute(conn, _WAKE, rows=explanations, explainable=sorted(EXPLAINABLE))
