"""SQL of two records that turned out to be one person: everything of the one follows the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch, fetch_as, fetch_values, statement
from services.collection.dues.store import MERGED
from services.collection.tables import dues, merged_people, payment_lines


@dataclass(frozen=True, slots=True)
class Merge:
    """One record that is never used again, and the person who goes on, where they live."""

    merged_person_id: int
    person_id: int
    merged_at: datetime
    household_id: int | None = None
    division_code: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """That an enrollment ended for another one, and when."""

    enrollment_id: int
    cancelled_at: datetime


@dataclass(frozen=True, slots=True)
class AppliedLine:
    """An applied line of one of two records."""

    payment_id: int
    line_no: int
    coverage_year: int
    amount_fen: int
    refunded_fen: int
    add_on: str | None
    repaired_year: int | None
    voucher_no: str | None
    own_fen: int | None
    add_on_fen: int | None
    enrollment_id: int
    household_id: int | None
    county: str
    division_code: str
    paid_at: datetime
    applied_at: datetime
    refunded_at: datetime | None
    told_at: datetime | None
    channel: str
    transaction_no: str
    employee_fund: str | None


_MERGES = Records(merged_people)
_NOTE = statement(f"""
    INSERT INTO merged_people ({_MERGES.names}) SELECT {_MERGES.names} FROM {_MERGES} ORDER BY 1
    ON CONFLICT (merged_person_id) DO UPDATE SET {_MERGES.taken_over(*_MERGES.columns[1:])}
""")
_CHAIN = statement("""
    UPDATE merged_people SET person_id = :person_id,
        household_id = coalesce(CAST(:household_id AS bigint), household_id),
        division_code = coalesce(CAST(:division_code AS text), division_code)
    WHERE person_id = :merged_person_id
""")
_KNOWN = statement(f"""
    SELECT {_MERGES.names} FROM merged_people
    WHERE merged_person_id {any_of(merged_people.c.merged_person_id, "people")}
""")
_APPLIED = statement(f"""
    SELECT l.payment_id, l.line_no, l.coverage_year, l.amount_fen, l.refunded_fen, l.add_on, l.repaired_year,
           l.voucher_no, v.own_fen, v.add_on_fen, l.enrollment_id, l.household_id, l.county, l.division_code,
           l.paid_at, l.applied_at, l.refunded_at, l.told_at, p.channel, p.transaction_no, p.employee_fund
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    LEFT JOIN vouchers v ON v.payment_id = l.payment_id AND v.line_no = l.line_no AND v.voided_at IS NULL
    WHERE l.person_id {any_of(payment_lines.c.person_id, "people")} AND l.state = 'applied'
      AND l.part_of IS NULL
    ORDER BY l.paid_at, p.channel, p.transaction_no, l.line_no
""")
_FOLLOW = tuple(
    statement(f"UPDATE {table} SET person_id = :person_id WHERE person_id = :merged_person_id")
    for table in ("dues", "payment_lines", "order_items", "refused_orders")
)
_OF_BOTH = statement(f"""
    SELECT enrollment_id FROM dues WHERE person_id {any_of(dues.c.person_id, "people")} ORDER BY 1
""")
_END = statement(f"""
    UPDATE dues SET cancelled_at = :at, cancel_reason = '{MERGED}', cancelled_revision = NULL
    WHERE enrollment_id {any_of(dues.c.enrollment_id, "ids")}
      AND (cancelled_at < :at OR cancel_reason <> '{MERGED}' OR cancelled_at IS NULL)
""")
# What was assessed since the merge says itself where the person lives.
_SETTLE = statement("""
    UPDATE dues SET household_id = :household_id, division_code = :division_code
    WHERE person_id = :person_id AND state <> 'cancelled' AND assessed_at <= :at
""")
_ENDS = Records(dues, "enrollment_id", "cancelled_at", alias="ends")
_TO_BE_MERGED = statement(f"""
    SELECT d.enrollment_id FROM {_ENDS} JOIN dues d USING (enrollment_id)
    WHERE d.cancel_reason IS DISTINCT FROM '{MERGED}' AND NOT EXISTS (
        SELECT FROM merged_people m WHERE m.person_id = d.person_id AND m.merged_at = ends.cancelled_at)
""")
_YEARS = statement("SELECT DISTINCT county, coverage_year FROM dues WHERE person_id = :person_id")
_FREE = statement("DELETE FROM order_claims WHERE person_id = :merged_person_id")


async def note(conn: AsyncConnection, merge: Merge) -> None:
    """Remember who goes on as whom, also for facts that come late."""
    await execute(
        conn, _CHAIN, person_id=merge.person_id, merged_person_id=merge.merged_person_id,
        household_id=merge.household_id, division_code=merge.division_code,
    )  # fmt: skip
    await execute(conn, _NOTE, rows=[merge])


async def survivors(conn: AsyncConnection, people: Collection[int]) -> dict[int, Merge]:
    """Of these persons those who go on as somebody else, and as whom."""
    rows = await fetch_as(conn, Merge, _KNOWN, people=sorted(set(people)))
    return {row.merged_person_id: row for row in rows}


async def applied(conn: AsyncConnection, people: Sequence[int]) -> list[AppliedLine]:
    """What is applied of these records, first paid first."""
    return await fetch_as(conn, AppliedLine, _APPLIED, people=list(people))


async def of_both(conn: AsyncConnection, people: Sequence[int]) -> list[int]:
    """The enrollments of these records."""
    return await fetch_values(conn, int, _OF_BOTH, people=list(people))


async def to_be_merged(conn: AsyncConnection, ends: Sequence[End]) -> set[int]:
    """Of enrollments that ended for another one those of which the merge is not known yet."""
    return set(await fetch_values(conn, int, _TO_BE_MERGED, ends=ends)) if ends else set()


async def end(conn: AsyncConnection, merge: Merge, ended: Collection[int]) -> None:
    """End the dues that others go on for, and have those that stand where the person lives."""
    await execute(conn, _END, ids=sorted(ended), at=merge.merged_at)
    if merge.household_id is not None and merge.division_code is not None:
        await execute(
            conn, _SETTLE, person_id=merge.person_id, household_id=merge.household_id,
            division_code=merge.division_code, at=merge.merged_at,
        )  # fmt: skip


async def years(conn: AsyncConnection, person_id: int) -> list[tuple[str, int]]:
    """The counties and years for which a person is enrolled."""
    rows = await fetch(conn, _YEARS, person_id=person_id)
    return [(row["county"], row["coverage_year"]) for row in rows]


async def follow(conn: AsyncConnection, merge: Merge) -> None:
    """Let dues, lines and orders follow. A voucher keeps the number with which its code was made."""
    for change in _FOLLOW:
        await execute(conn, change, person_id=merge.person_id, merged_person_id=merge.merged_person_id)
    await execute(conn, _FREE, merged_person_id=merge.merged_person_id)
