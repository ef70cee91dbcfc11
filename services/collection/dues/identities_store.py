"""SQL of the documents by which dues are found, those that a person has and those that a person had."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, execute, fetch_as, statement
from services.collection.tables import due_identities


@dataclass(frozen=True, slots=True, order=True)
class DueIdentity:
    """An identity document that leads to an enrollment's due."""

    digest: str
    county: str
    coverage_year: int
    enrollment_id: int
    assessment_id: int


_IDENTITY = Records(due_identities)
_KEEP = f"""
    INSERT INTO former_identities AS f ({_IDENTITY.names}) SELECT * FROM gone
    ON CONFLICT (digest, county, coverage_year, enrollment_id)
    DO UPDATE SET assessment_id = greatest(f.assessment_id, excluded.assessment_id)
"""
_REVISED = f"i.enrollment_id {any_of(due_identities.c.enrollment_id, 'revised')}"
_OF_ROW = "rows.digest = i.digest AND rows.county = i.county AND rows.coverage_year = i.coverage_year"
_GONE = f"RETURNING {', '.join(f'i.{name}' for name in _IDENTITY.columns)}"
_FORGET_ALL = statement(f"""
    WITH gone AS (DELETE FROM due_identities i WHERE {_REVISED} {_GONE}) {_KEEP}
""")
_FORGET = statement(f"""
    WITH gone AS (
        DELETE FROM due_identities i
        WHERE {_REVISED} AND NOT EXISTS (SELECT FROM {_IDENTITY} WHERE {_OF_ROW}) {_GONE}
    ) {_KEEP}
""")
_IDENTIFY = statement(f"""
    WITH claims AS (
        SELECT DISTINCT ON (digest, county, coverage_year) {_IDENTITY.names} FROM {_IDENTITY}
        ORDER BY digest, county, coverage_year, assessment_id DESC
    ), gone AS (
        SELECT {", ".join(f"i.{name}" for name in _IDENTITY.columns)}
        FROM claims JOIN due_identities i USING (digest, county, coverage_year)
        WHERE i.enrollment_id <> claims.enrollment_id AND i.assessment_id < claims.assessment_id
    ), kept AS ({_KEEP})
    INSERT INTO due_identities ({_IDENTITY.names}) SELECT {_IDENTITY.names} FROM claims
    ON CONFLICT (digest, county, coverage_year)
    DO UPDATE SET {_IDENTITY.taken_over("enrollment_id", "assessment_id")}
    WHERE due_identities.assessment_id < excluded.assessment_id
    RETURNING {_IDENTITY.names}
""")
_LATE = statement(f"""
    WITH gone AS (
        SELECT digest, county, coverage_year, enrollment_id, max(assessment_id) AS assessment_id
        FROM {_IDENTITY}
        WHERE NOT EXISTS (
            SELECT FROM due_identities i WHERE {_OF_ROW} AND i.enrollment_id = rows.enrollment_id)
        GROUP BY 1, 2, 3, 4
    ) {_KEEP}
""")


async def replace(
    conn: AsyncConnection, rows: Sequence[DueIdentity], revised: Sequence[int]
) -> set[DueIdentity]:
    """Write the identities of new assessments, and give those that were news.

    What `revised` enrollments do not name any more they had.
    """
    if revised and rows:
        await execute(conn, _FORGET, rows=rows, revised=list(revised))
    elif revised:
        await execute(conn, _FORGET_ALL, revised=list(revised))
    return set(await fetch_as(conn, DueIdentity, _IDENTIFY, rows=rows))


async def keep_former(conn: AsyncConnection, rows: Sequence[DueIdentity]) -> None:
    """Of what was told late, in whatever order, keep what is not so any more."""
    await execute(conn, _LATE, rows=rows)
