"""SQL of assessments: who waits, what the question needs to know, and the set-based write of the answers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows

# Somebody who was never assessed stays "registered", whatever else happens meanwhile. Of two instants the
# later is asked about, so that the order in which facts arrive does not matter.
_ENQUEUE = text("""
    INSERT INTO waiting AS w (enrollment_id, county, coverage_year, cause, assess_at)
    SELECT e.id, e.county, e.coverage_year, :cause, n.assess_at
    FROM unnest(CAST(:ids AS bigint[]), CAST(:instants AS timestamptz[])) AS n(id, assess_at)
    JOIN enrollments e ON e.id = n.id
    ORDER BY e.id
    ON CONFLICT (enrollment_id) DO UPDATE
    SET cause = CASE WHEN w.cause = 'registered' THEN w.cause ELSE excluded.cause END,
        assess_at = greatest(w.assess_at, excluded.assess_at)
""")

_COUNT = text("SELECT count(*) FROM waiting")

# Rows are locked or skipped, never waited for: whoever changes an enrollment locks it first and enqueues
# after, so the two orders cannot deadlock.
_CLAIM = text("""
    WITH claimed AS MATERIALIZED (
        SELECT enrollment_id, cause, assess_at FROM waiting
        WHERE county || '/' || coverage_year = ANY(CAST(:notices AS text[]))
        ORDER BY enrollment_id
        LIMIT :number
        FOR UPDATE SKIP LOCKED
    )
    SELECT w.enrollment_id, w.cause, w.assess_at, e.county, e.coverage_year, e.person_id, e.household_id,
           e.division_code, e.state, e.tier, e.add_ons, e.registered_at, e.revision, e.completed_at,
           e.paid_fen, e.final_assessment_id, e.assessment_id
    FROM claimed w JOIN enrollments e ON e.id = w.enrollment_id
    ORDER BY w.enrollment_id
    FOR UPDATE OF e SKIP LOCKED
""")

_RELEASE = text("DELETE FROM waiting WHERE enrollment_id = ANY(CAST(:ids AS bigint[]))")

_PEOPLE = text("""
    SELECT p.id, p.name, p.sex, p.born, p.facts, coalesce(p.guardian_id, h.head_id) AS guardian_id,
           array_agg(d.digest ORDER BY d.type, d.number) AS digests
    FROM persons p
    JOIN households h ON h.id = p.household_id
    JOIN documents d ON d.person_id = p.id
    WHERE p.id = ANY(CAST(:ids AS bigint[]))
    GROUP BY p.id, h.head_id
""")

_STATUSES = text("""
    SELECT person_id, county, coverage_year, status, class AS status_class, grade, effective_on, ended_on,
           listed_on, known_at, known_until
    FROM status_tags WHERE person_id = ANY(CAST(:ids AS bigint[]))
    ORDER BY id
""")

_EVENTS = text("""
    SELECT DISTINCT ON (person_id) person_id, kind, happened_on
    FROM life_events WHERE person_id = ANY(CAST(:ids AS bigint[])) AND known_at <= :known_at
    ORDER BY person_id, happened_on DESC, id DESC
""")

_PARAMETERS = text("""
    SELECT county, coverage_year, name, value, known_at FROM operator_parameters
    WHERE county = ANY(CAST(:counties AS text[])) ORDER BY known_at, id
""")

_PAID_TIERS = text("""
    SELECT household_id, county, coverage_year, person_id, tier, completed_at FROM enrollments
    WHERE household_id = ANY(CAST(:ids AS bigint[])) AND tier IS NOT NULL AND state IN ('paid', 'exempt')
""")

_HISTORY = text("""
    SELECT a.id, a.revision, a.kind, a.cause, a.assessed_at, a.notice_sha, a.question, a.late_subsidies,
           x.answer, x.trace
    FROM assessments a JOIN explanations x ON x.sha = a.explanation_sha
    WHERE a.enrollment_id = :id ORDER BY a.revision DESC
""")

_NOTICE_AT = text("""
    SELECT notice_sha FROM assessments
    WHERE enrollment_id = :id AND assessed_at <= :at ORDER BY assessed_at DESC, revision DESC LIMIT 1
""")

_SHARE = text("""
    INSERT INTO explanations (sha, answer, trace)
    SELECT sha, CAST(answer AS jsonb), CAST(trace AS jsonb)
    FROM unnest(CAST(:shas AS bytea[]), CAST(:answers AS text[]), CAST(:traces AS text[]))
         AS e(sha, answer, trace)
    ORDER BY sha
    ON CONFLICT DO NOTHING
""")

_SETTLE = text("""
    UPDATE enrollments e
    SET revision = n.revision,
        assessment_id = coalesce(n.assessment_id, e.assessment_id),
        final_assessment_id = coalesce(n.final_id, e.final_assessment_id),
        benefit_from = CASE WHEN n.final_id IS NULL THEN e.benefit_from ELSE n.benefit_from END,
        benefit_to = CASE WHEN n.final_id IS NULL THEN e.benefit_to ELSE n.benefit_to END,
        state = CASE WHEN e.state = 'registered' THEN 'assessed' ELSE e.state END
    FROM unnest(CAST(:ids AS bigint[]), CAST(:revisions AS int[]), CAST(:assessments AS bigint[]),
                CAST(:finals AS bigint[]), CAST(:froms AS date[]), CAST(:tos AS date[]))
         AS n(id, revision, assessment_id, final_id, benefit_from, benefit_to)
    WHERE e.id = n.id
""")


async def enqueue(conn: AsyncConnection, ids: Sequence[int], cause: str, assess_at: datetime) -> None:
    """Have these enrollments assessed, as of the instant of what caused it."""
    await enqueue_each(conn, ids, cause, [assess_at] * len(ids))


async def enqueue_each(
    conn: AsyncConnection, ids: Sequence[int], cause: str, instants: Sequence[datetime]
) -> None:
    """The same with an instant for each."""
    if ids:
        await conn.execute(_ENQUEUE, {"ids": list(ids), "cause": cause, "instants": list(instants)})


async def count_waiting(conn: AsyncConnection) -> int:
    """How many enrollments wait."""
    return (await conn.execute(_COUNT)).scalar_one()


async def claim(conn: AsyncConnection, notices: Sequence[str], number: int) -> Sequence[Row]:
    """Lock up to `number` waiting enrollments of these notices (county/year) that nobody else works on."""
    return (await conn.execute(_CLAIM, {"notices": list(notices), "number": number})).all()


async def release(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Take enrollments out of the queue."""
    await conn.execute(_RELEASE, {"ids": list(ids)})


async def people(conn: AsyncConnection, ids: Sequence[int]) -> dict[int, Row]:
    """The people by id: facts, digests of their documents, guardian."""
    return {row.id: row for row in await conn.execute(_PEOPLE, {"ids": list(ids)})}


async def statuses(conn: AsyncConnection, ids: Sequence[int]) -> dict[tuple[int, int], list[Row]]:
    """Every version of every status by (person, coverage year), in the order recorded."""
    found: dict[tuple[int, int], list[Row]] = {}
    for row in await conn.execute(_STATUSES, {"ids": list(ids)}):
        found.setdefault((row.person_id, row.coverage_year), []).append(row)
    return found


async def events(conn: AsyncConnection, ids: Sequence[int], known_at: datetime) -> dict[int, Row]:
    """The latest life event of each person that was known by then."""
    found = await conn.execute(_EVENTS, {"ids": list(ids), "known_at": known_at})
    return {row.person_id: row for row in found}


async def parameters(conn: AsyncConnection, counties: Sequence[str]) -> list[Row]:
    """Every value that operators supplied, oldest first."""
    return list(await conn.execute(_PARAMETERS, {"counties": list(counties)}))


async def paid_tiers(conn: AsyncConnection, households: Sequence[int]) -> list[Row]:
    """The tiers that members of these households have completed."""
    return list(await conn.execute(_PAID_TIERS, {"ids": list(households)}))


async def share(conn: AsyncConnection, explanations: Sequence[tuple[bytes, str, str]]) -> None:
    """Keep explanations (sha, answer, trace) that are not kept yet."""
    if explanations:
        shas, answers, traces = zip(*explanations, strict=True)
        await conn.execute(_SHARE, {"shas": list(shas), "answers": list(answers), "traces": list(traces)})


async def insert(conn: AsyncConnection, rows: Sequence[tuple]) -> None:
    """Append assessments; the order of the columns is `COLUMNS`."""
    await copy_rows(conn, "assessments", COLUMNS, rows)


COLUMNS = (
    "id",
    "county",
    "coverage_year",
    "enrollment_id",
    "person_id",
    "revision",
    "kind",
    "cause",
    "question",
    "explanation_sha",
    "notice_sha",
    "late_subsidies",
    "assessed_at",
)


async def settle(conn: AsyncConnection, rows: Sequence[tuple]) -> None:
    """Point enrollments at assessments: (id, revision, assessment, final assessment, benefit from, to)."""
    ids, revisions, assessments, finals, froms, tos = zip(*rows, strict=True)
    await conn.execute(
        _SETTLE,
        {
            "ids": list(ids),
            "revisions": list(revisions),
            "assessments": list(assessments),
            "finals": list(finals),
            "froms": list(froms),
            "tos": list(tos),
        },
    )


async def publish(conn: AsyncConnection, rows: Sequence[tuple[str, str, datetime, str]]) -> None:
    """Append facts as (key, type, time, JSON) to the outbox."""
    if rows:
        await copy_rows(conn, "outbox", ("key", "type", "time", "data"), rows)


async def history(conn: AsyncConnection, enrollment_id: int) -> Sequence[Row]:
    """Every assessment of an enrollment with its explanation, newest first."""
    return (await conn.execute(_HISTORY, {"id": enrollment_id})).all()


async def notice_at(conn: AsyncConnection, enrollment_id: int, at: datetime) -> str | None:
    """The notice that answered last before an instant."""
    return (await conn.execute(_NOTICE_AT, {"id": enrollment_id, "at": at})).scalar_one_or_none()
