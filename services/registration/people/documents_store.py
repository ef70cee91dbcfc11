"""SQL of a person's documents: whose a number is, and its correction."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_value, statement

_OWNER = statement("""
    SELECT person_id FROM documents WHERE county = :county AND number = :number ORDER BY type LIMIT 1
""")
_REPLACE = statement("""
    UPDATE documents SET number = :number, type = :type, digest = :digest
    WHERE person_id = :person_id AND number = :wrong
""")
_DROP = statement("DELETE FROM documents WHERE person_id = :person_id AND number = :wrong")
_CLAIM = statement("""
    UPDATE status_statements SET person_id = :person_id
    WHERE county = :county AND number = :number AND person_id IS NULL
""")


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


async def claim_statements(conn: AsyncConnection, county: str, number: str, person_id: int) -> None:
    """Statuses that were listed under the right number are the person's."""
    await execute(conn, _CLAIM, county=county, number=number, person_id=person_id)
