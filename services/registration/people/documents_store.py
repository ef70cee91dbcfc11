"""SQL of a person's documents: whose a number is, and its correction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_value, statement, value_of
from services.registration.tables import documents, former_numbers, status_statements

_OWNER = statement(f"""
    SELECT person_id FROM documents
    WHERE county = :county AND number_digest = {value_of(documents.c.number_digest, "number")}
    ORDER BY type LIMIT 1
""")
_RIGHT = Records(documents, "number", "number_digest", "type", "digest")
_WRONG = f"d.person_id = :person_id AND d.number_digest = {value_of(documents.c.number_digest, 'wrong')}"
_REPLACE = statement(f"UPDATE documents d SET {_RIGHT.changes()} FROM {_RIGHT} WHERE {_WRONG}")
_DROP = statement(f"DELETE FROM documents d WHERE {_WRONG}")
# It was not known of the person when money came.
_CLAIM = statement(f"""
    UPDATE status_statements SET person_id = :person_id, known_at = greatest(known_at, :now)
    WHERE county = :county AND number_digest = {value_of(status_statements.c.number_digest, "number")}
      AND person_id IS NULL
""")
_FORMER = Records(
    former_numbers, "county", "number", "number_digest", "current", "current_digest", "replaced_at"
)
_REMEMBER = statement(f"""
    WITH said AS (SELECT {_FORMER.names} FROM {_FORMER}), moved AS (
        UPDATE status_statements t
        SET number = {value_of(status_statements.c.number, "right")}, number_digest = said.current_digest
        FROM said
        WHERE t.county = said.county AND t.number_digest = said.number_digest AND t.person_id = :person_id
    ), again AS (
        UPDATE former_numbers f SET current = said.current, current_digest = said.current_digest FROM said
        WHERE f.county = said.county AND f.current_digest = said.number_digest
    )
    INSERT INTO former_numbers ({_FORMER.names}) SELECT {_FORMER.names} FROM said
    ON CONFLICT (county, number_digest) DO UPDATE
    SET {_FORMER.taken_over("current", "current_digest", "replaced_at")}
""")
_FORGET = statement(f"""
    DELETE FROM former_numbers
    WHERE county = :county AND number_digest = {value_of(former_numbers.c.number_digest, "number")}
""")
# A number that somebody has is theirs, whoever was named by it before.
_CURRENT = statement(
    f"""
    SELECT f.number, f.current FROM former_numbers f
    WHERE f.county = :county AND f.number_digest {any_of(former_numbers.c.number_digest, "numbers")}
      AND NOT EXISTS (
          SELECT FROM documents d WHERE d.county = f.county AND d.number_digest = f.number_digest)
""",
    former_numbers.c.number,
    former_numbers.c.current,
)


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
    return await execute(conn, _REPLACE, rows=[right], person_id=person_id, wrong=wrong) > 0


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
    row = {"county": county, "number": wrong, "current": number, "replaced_at": at}
    await execute(conn, _REMEMBER, rows=[row], person_id=person_id, right=number)


async def current(conn: AsyncConnection, county: str, numbers: Collection[str]) -> dict[str, str]:
    """The right number of each of these that turned out to be wrong."""
    found = await fetch_as(conn, _Former, _CURRENT, county=county, numbers=sorted(numbers))
    return {row.number: row.current for row in found}
