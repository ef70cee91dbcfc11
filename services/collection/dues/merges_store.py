"""SQL of two records that turned out to be one person: everything of the one follows the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch, fetch_as, statement
from services.collection.tables import merged_people, payment_lines


@dataclass(frozen=True, slots=True)
class Merge:
    """One record that is never used again, and the person who goes on."""

    merged_person_id: int
    person_id: int
    merged_at: datetime


@dataclass(frozen=True, slots=True)
class AppliedLine:
    """An applied line of one of two records."""

    payment_id: int
    line_no: int
    coverage_year: int
    amount_fen: int
    refunded_fen: int
    add_on: str | None
    voucher_no: str | None
    own_fen: int | None
    add_on_fen: int | None
    enrollment_id: int
    household_id: int | None
    county: str
    division_code: str
    paid_at: datetime
    applied_at: datetime
    channel: str
    transaction_no: str


_MERGES = Records(merged_people)
_NOTE = statement(f"""
    INSERT INTO merged_people ({_MERGES.names}) SELECT {_MERGES.names} FROM {_MERGES} ORDER BY 1
    ON CONFLICT (merged_person_id) DO UPDATE SET {_MERGES.taken_over("person_id", "merged_at")}
""")
_CHAIN = statement("UPDATE merged_people SET person_id = :person_id WHERE person_id = :merged_person_id")
_KNOWN = statement(f"""
    SELECT merged_person_id, person_id FROM merged_people
    WHERE merged_person_id {any_of(merged_people.c.merged_person_id, "people")}
""")
_APPLIED = statement(f"""
    SELECT l.payment_id, l.line_no, l.coverage_year, l.amount_fen, l.refunded_fen, l.add_on, l.voucher_no,
           v.own_fen, v.add_on_fen, l.enrollment_id, l.household_id, l.county, l.division_code, l.paid_at,
           l.applied_at, p.channel, p.transaction_no
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    LEFT JOIN vouchers v ON v.payment_id = l.payment_id AND v.line_no = l.line_no AND v.voided_at IS NULL
    WHERE l.person_id {any_of(payment_lines.c.person_id, "people")} AND l.state = 'applied'
      AND l.part_of IS NULL
    ORDER BY l.paid_at, p.channel, p.transaction_no, l.line_no
""")
_FOLLOW = tuple(
    statement(f"UPDATE {table} SET person_id = :person_id WHERE person_id = :merged_person_id")
    for table in ("dues", "payment_lines", "order_items")
)
_YEARS = statement("SELECT DISTINCT county, coverage_year FROM dues WHERE person_id = :person_id")
_FREE = statement("DELETE FROM order_claims WHERE person_id = :merged_person_id")


async def note(conn: AsyncConnection, merge: Merge) -> None:
    """Remember who goes on as whom, also for facts that come late."""
    await execute(conn, _CHAIN, person_id=merge.person_id, merged_person_id=merge.merged_person_id)
    await execute(conn, _NOTE, rows=[merge])


async def survivors(conn: AsyncConnection, people: Collection[int]) -> dict[int, int]:
    """Of these persons those who go on as somebody else."""
    rows = await fetch(conn, _KNOWN, people=sorted(set(people)))
    return {row["merged_person_id"]: row["person_id"] for row in rows}


async def applied(conn: AsyncConnection, people: Sequence[int]) -> list[AppliedLine]:
    """What is applied of these records, first paid first."""
    return await fetch_as(conn, AppliedLine, _APPLIED, people=list(people))


async def years(conn: AsyncConnection, person_id: int) -> list[tuple[str, int]]:
    """The counties and years for which a person is enrolled."""
    rows = await fetch(conn, _YEARS, person_id=person_id)
    return [(row["county"], row["coverage_year"]) for row in rows]


async def follow(conn: AsyncConnection, merge: Merge) -> None:
    """Let dues, lines and orders follow. A voucher keeps the number with which its code was made."""
    for change in _FOLLOW:
        await execute(conn, change, person_id=merge.person_id, merged_person_id=merge.merged_person_id)
    await execute(conn, _FREE, merged_person_id=merge.merged_person_id)
