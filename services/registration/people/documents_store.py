"""SQL of a person's documents: whose a number is, and its correction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, fetch_as, fetch_value, statement
from services.registration.tables import former_numbers

_OWNER = statement("""
    SELECT person_id FROM documents WHERE county = :county AND number = :number ORDER BY type LIMIT 1
""")
_REPLACE = statement("""
    UPDATE documents SET number = :number, type = :type, digest = :digest
    WHERE person_id = :person_id AND number = :wrong
""")
_DROP = statement("DELETE FROM documents WHERE person_id = :person_id AND number = :wrong")
# It was not known of the person when money came.
_CLAIM = statement("""
    UPDATE status_statements SET person_id = :person_id, known_at = greatest(known_at, :now)
    WHERE county = :county AND number = :number AND person_id IS NULL
""")
_REMEMBER = statement("""
    WITH moved AS (
        UPDATE status_statements SET number = :number
        WHERE county = :county AND number = :wrong AND person_id = :person_id
    ), again AS (
        UPDATE former_numbers SET current = :number WHERE county = :county AND current = :wrong
    )
    INSERT INTO former_numbers (county, number, current, replaced_at)
    VALUES (:county, :wrong, :number, :at)
    ON CONFLICT (county, number) DO UPDATE
    SET current = excluded.current, replaced_at = excluded.replaced_at
""")
_FORGET = statement("DELETE FROM former_numbers WHERE county = :county AND number = :number")
# A number that somebody has is theirs, whoever was named by it before.
_CURRENT = statement(f"""
    SELECT f.number, f.current FROM former_numbers f
    WHERE f.county = :county AND f.number {any_of(former_numbers.c.number, "numbers")}
      AND NOT EXISTS (SELECT FROM documents d WHERE d.county = f.county AND d.number = f.number)
""")


@dataclass(frozen=True, slots=True)
class _Former:
    """A number that was wrong, and the one that is right."""

    number: str
    current: str


@dataclass(frozen=True, slots=True)
class Renumbered:
    """A number as it is right, with the digest that travels in events."""

    number: str
    type: str
    digest: str


async def owner(conn: AsyncConnection, county: str, number: str) -> int | None:
    """The person who has a number."""
    return await fetch_value(conn, int, _OWNER, county=county, number=number)


async def replace(conn: AsyncConnection, person_id: int, wrong: str, right: Renumbered) -> bool:
    """Correct a number of a person; False when the person does not have the wrong one."""
    return (
        await execute(
            conn,
            _REPLACE,
            person_id=person_id,
            wrong=wrong,
            number=right.number,
            type=right.type,
            digest=right.digest,
        )
        > 0
    )


async def drop(conn: AsyncConnection, person_id: int, wrong: str) -> bool:
    """Take a number off a person; False when the person does not have it."""
    return await execute(conn, _DROP, person_id=person_id, wrong=wrong) > 0


async def claim_statements(
    conn: AsyncConnection, county: str, number: str, person_id: int, now: datetime
) -> None:
    """Statuses that were listed under the right number are the person's, and known of them from now on."""
    await execute(conn, _CLAIM, county=county, number=number, person_id=person_id, now=now)


async def remember(
    conn: AsyncConnection, county: str, person_id: int, wrong: str, number: str, at: datetime
) -> None:
    """Keep which number was wrong; what rosters said of the person under it was said under the right one."""
    if wrong == number:
        return
    await execute(conn, _FORGET, county=county, number=number)
    await execute(conn, _REMEMBER, county=county, person_id=person_id, wrong=wrong, number=number, at=at)


async def current(conn: AsyncConnection, county: str, numbers: Collection[str]) -> dict[str, str]:
    """The right number of each of these that turned out to be wrong."""
    found = await fetch_as(conn, _Former, _CURRENT, county=county, numbers=sorted(numbers))
    return {row.number: row.current for row in found}
