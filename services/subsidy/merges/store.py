"""SQL of two records that turned out to be one person: everything of the one follows the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch, fetch_values, statement
from libs.common.events.collection import PaymentTakenBack
from services.subsidy.tables import enrollments, merged_people

# Facts about people are taken in together; while two records become one, nobody else takes any in.
_TOGETHER = statement("SELECT pg_advisory_xact_lock_shared(hashtextextended('merges', 0))")
_ALONE = statement("SELECT pg_advisory_xact_lock(hashtextextended('merges', 0))")

_MERGES = Records(merged_people)
_NOTE = statement(f"""
    INSERT INTO merged_people ({_MERGES.names}) SELECT {_MERGES.names} FROM {_MERGES} ON CONFLICT DO NOTHING
""")
_CHAIN = statement("UPDATE merged_people SET person_id = :person_id WHERE person_id = :merged_person_id")
_KNOWN = statement(f"""
    SELECT merged_person_id, person_id FROM merged_people
    WHERE merged_person_id {any_of(merged_people.c.merged_person_id, "people")}
""")
_FOLLOW = tuple(
    statement(f"UPDATE {table} SET {column} = :person_id WHERE {column} = :merged_person_id")
    for table, column in (
        ("persons", "guardian_id"),
        ("identities", "person_id"),
        ("enrollments", "person_id"),
        ("payment_lines", "person_id"),
        ("grants", "person_id"),
        ("refunds", "person_id"),
        ("payouts", "person_id"),
        ("cases", "person_id"),
    )
)
_HELD = Records(enrollments, "coverage_year", "enrollment_id")
_ENDED = Records(enrollments, "coverage_year", "enrollment_id", "merged_into")
_END = statement(f"""
    UPDATE enrollments e SET merged_into = rows.merged_into FROM {_ENDED}
    WHERE e.coverage_year = rows.coverage_year AND e.enrollment_id = rows.enrollment_id
""")
_HOLD = statement(f"""
    UPDATE enrollments e SET merging = true FROM {_HELD}
    WHERE e.coverage_year = rows.coverage_year AND e.enrollment_id = rows.enrollment_id
""")
_KNOW = statement("UPDATE enrollments SET merging = false WHERE person_id = :person_id AND merging")
_YEARS = statement("""
    SELECT coverage_year FROM enrollments WHERE person_id = :person_id
    UNION SELECT coverage_year FROM grants WHERE person_id = :person_id
    UNION SELECT coverage_year FROM payment_lines
    WHERE person_id = :person_id AND coverage_year IS NOT NULL
    ORDER BY 1
""")


@dataclass(frozen=True, slots=True)
class Merge:
    """One record that is never used again, and the person who goes on."""

    merged_person_id: int
    person_id: int
    merged_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """An enrollment that ended because another one of the same person and year stands."""

    coverage_year: int
    enrollment_id: int
    merged_into: int


async def take_turn(conn: AsyncConnection, *, alone: bool) -> None:
    """Wait for records that are becoming one, or (`alone`) until nobody takes facts about people in."""
    await execute(conn, _ALONE if alone else _TOGETHER)


async def survivors(conn: AsyncConnection, people: Collection[int]) -> dict[int, int]:
    """Of these persons those who go on as somebody else."""
    if not people:
        return {}
    rows = await fetch(conn, _KNOWN, people=sorted(people))
    return {row["merged_person_id"]: row["person_id"] for row in rows}


async def hold(conn: AsyncConnection, taken_back: Sequence[PaymentTakenBack]) -> None:
    """Have enrollments whose money a merge took back bring no other help until the merge is known.

    Else who could be exempt would be helped without a payment for a moment, and a handover would count it.
    Of a merge that is known both ids are read as one.
    """
    rows = [
        {"coverage_year": fact.coverage_year, "enrollment_id": fact.enrollment_id}
        for fact in taken_back
        if fact.merged_person_id not in (None, fact.person_id)
    ]
    await execute(conn, _HOLD, rows=rows)


async def join(conn: AsyncConnection, merge: Merge, ended: Sequence[Ended]) -> list[int]:
    """Let everything of the merged record follow, and remember it; give the coverage years of the person."""
    both = {"person_id": merge.person_id, "merged_person_id": merge.merged_person_id}
    await execute(conn, _CHAIN, **both)
    await execute(conn, _NOTE, rows=[merge])
    for follow in _FOLLOW:
        await execute(conn, follow, **both)
    await execute(conn, _END, rows=ended)
    await execute(conn, _KNOW, person_id=merge.person_id)
    return await fetch_values(conn, int, _YEARS, person_id=merge.person_id)
