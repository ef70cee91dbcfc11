"""SQL of dues: what registration says each person owes, newest revision first to last."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.matching.rules import OVERTAKEN, WAITING, Due
from services.collection.matching.store import DUE_COLUMNS, due_of


async def upsert(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Write assessments (one row per enrollment); give the enrollments for which they were news."""
    query = """
        INSERT INTO dues (enrollment_id, person_id, household_id, county, coverage_year, division_code,
                          assessment_id, revision, notice, name_digest, masked_name, schedule, assessed_at)
        SELECT enrollment_id, person_id, household_id, county, coverage_year, division_code,
               assessment_id, revision, notice, name_digest, masked_name, schedule, assessed_at
        FROM json_to_recordset(CAST(:rows AS json)) AS r(
            enrollment_id bigint, person_id bigint, household_id bigint, county text, coverage_year integer,
            division_code text, assessment_id bigint, revision integer, notice text,
            name_digest text, masked_name text, schedule jsonb, assessed_at timestamptz)
        ORDER BY enrollment_id
        ON CONFLICT (enrollment_id) DO UPDATE SET
            person_id = excluded.person_id, household_id = excluded.household_id, county = excluded.county,
            coverage_year = excluded.coverage_year, division_code = excluded.division_code,
            assessment_id = excluded.assessment_id, revision = excluded.revision, notice = excluded.notice,
            name_digest = excluded.name_digest, masked_name = excluded.masked_name,
            schedule = excluded.schedule, assessed_at = excluded.assessed_at
        WHERE dues.revision < excluded.revision
        RETURNING enrollment_id
    """
    if not rows:
        return set()
    return set((await conn.execute(text(query), {"rows": orjson.dumps(rows).decode()})).scalars())


async def replace_identities(
    conn: AsyncConnection, rows: Sequence[Mapping[str, Any]], revised: Sequence[int]
) -> None:
    """Write the identities of new assessments; those of `revised` enrollments not named any more go."""
    if revised:
        query = """
            DELETE FROM due_identities i WHERE i.enrollment_id = ANY(CAST(:revised AS bigint[]))
            AND NOT EXISTS (
                SELECT FROM json_to_recordset(CAST(:rows AS json)) AS r(
                    digest text, county text, coverage_year integer, enrollment_id bigint)
                WHERE r.digest = i.digest AND r.county = i.county AND r.coverage_year = i.coverage_year)
        """
        await conn.execute(text(query), {"rows": orjson.dumps(rows).decode(), "revised": list(revised)})
    query = """
        INSERT INTO due_identities (digest, county, coverage_year, enrollment_id, assessment_id)
        SELECT DISTINCT ON (digest, county, coverage_year)
               digest, county, coverage_year, enrollment_id, assessment_id
        FROM json_to_recordset(CAST(:rows AS json)) AS r(
            digest text, county text, coverage_year integer, enrollment_id bigint, assessment_id bigint)
        ORDER BY digest, county, coverage_year, assessment_id DESC
        ON CONFLICT (digest, county, coverage_year) DO UPDATE
            SET enrollment_id = excluded.enrollment_id, assessment_id = excluded.assessment_id
            WHERE due_identities.assessment_id < excluded.assessment_id
    """
    if rows:
        await conn.execute(text(query), {"rows": orjson.dumps(rows).decode()})


async def cancel(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write cancellations; one that comes before any assessment leaves a due with revision 0."""
    query = """
        INSERT INTO dues (enrollment_id, person_id, county, coverage_year, division_code, revision, schedule,
                          cancelled_at, cancel_reason)
        SELECT enrollment_id, person_id, county, coverage_year, division_code, 0, '[]', cancelled_at, reason
        FROM json_to_recordset(CAST(:rows AS json)) AS r(
            enrollment_id bigint, person_id bigint, county text, coverage_year integer, division_code text,
            cancelled_at timestamptz, reason text)
        ORDER BY enrollment_id
        ON CONFLICT (enrollment_id) DO UPDATE
            SET cancelled_at = excluded.cancelled_at, cancel_reason = excluded.cancel_reason
            WHERE dues.cancelled_at IS NULL OR dues.cancelled_at < excluded.cancelled_at
    """
    if rows:
        await conn.execute(text(query), {"rows": orjson.dumps(rows).decode()})


async def wake_waiting_lines(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Queue money in suspense that these assessments may explain; give how many lines.

    Rows: digest, county, coverage_year, assessed_at and the event's instant `at`.
    """
    query = """
        INSERT INTO matching_queue (notification_id, line_no, occurred_at)
        SELECT l.payment_id, l.line_no, max(r.at)
        FROM json_to_recordset(CAST(:rows AS json)) AS r(
            digest text, county text, coverage_year integer, assessed_at timestamptz, at timestamptz)
        JOIN payment_lines l ON l.identity_digest = r.digest AND l.state = 'suspended'
         AND l.county = r.county AND l.coverage_year = r.coverage_year AND NOT l.whole
        WHERE l.reason = ANY(CAST(:waiting AS text[]))
           OR (l.reason = ANY(CAST(:overtaken AS text[])) AND r.assessed_at <= l.paid_at)
        GROUP BY l.payment_id, l.line_no
        ORDER BY l.payment_id, l.line_no
        ON CONFLICT DO NOTHING
    """
    if not rows:
        return 0
    parameters = {
        "rows": orjson.dumps(rows).decode(),
        "waiting": sorted(WAITING),
        "overtaken": sorted(OVERTAKEN),
    }
    return (await conn.execute(text(query), parameters)).rowcount


async def search(
    conn: AsyncConnection, digest: str, county: str | None, coverage_year: int, division: str
) -> Due | None:
    """The due of one identity within the caller's division."""
    query = f"""
        SELECT {DUE_COLUMNS} FROM due_identities i JOIN dues d USING (enrollment_id)
        WHERE i.digest = :digest AND i.coverage_year = :coverage_year
          AND (CAST(:county AS text) IS NULL OR i.county = :county)
          AND d.division_code LIKE :division || '%'
        ORDER BY (d.state <> 'cancelled') DESC, d.enrollment_id DESC LIMIT 1
    """
    parameters = {"digest": digest, "coverage_year": coverage_year, "county": county, "division": division}
    row = (await conn.execute(text(query), parameters)).first()
    return due_of(row) if row is not None else None


async def family(conn: AsyncConnection, due: Due, limit: int = 20) -> list[Due]:
    """The other members of the household who are enrolled for the same year."""
    query = f"""
        SELECT {DUE_COLUMNS} FROM dues d
        WHERE d.household_id = :household_id AND d.coverage_year = :coverage_year AND d.county = :county
          AND d.person_id <> :person_id AND d.state <> 'cancelled' AND d.revision > 0
        ORDER BY d.person_id LIMIT :limit
    """
    parameters = {
        "household_id": due.household_id,
        "coverage_year": due.coverage_year,
        "county": due.county,
        "person_id": due.person_id,
        "limit": limit,
    }
    return [due_of(row) for row in await conn.execute(text(query), parameters)]


async def standing(conn: AsyncConnection, people: Sequence[int], coverage_year: int) -> dict[int, Any]:
    """By person: the payment that counts (with its voucher) and the order that waits for its money."""
    query = """
        SELECT asked.person_id, l.payment_id, l.line_no, l.voucher_no, l.amount_fen, l.paid_at,
               c.order_no, c.expires_at
        FROM unnest(CAST(:people AS bigint[])) AS asked(person_id)
        LEFT JOIN payment_lines l ON l.person_id = asked.person_id AND l.coverage_year = :coverage_year
         AND l.state = 'applied'
        LEFT JOIN order_claims c ON c.person_id = asked.person_id AND c.coverage_year = :coverage_year
    """
    rows = await conn.execute(text(query), {"people": list(people), "coverage_year": coverage_year})
    return {row.person_id: row for row in rows}
