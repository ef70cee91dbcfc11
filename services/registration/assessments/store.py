"""SQL of assessments: who waits, what the question needs to know, and the set-based write of the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.pokes import Pokes
from libs.common.db.rows import Records, any_of, copy, execute, fetch_as, fetch_value, statement
from services.registration import tables
from services.registration.assessments.subject import (
    Asked,
    EarlierFacts,
    Happened,
    Line,
    PaidTier,
    Person,
    Supplied,
    Waiting,
)
from services.registration.enrollments.rules import COMPLETE
from services.registration.histories.rules import HISTORY_KNOWN
from services.registration.life_events.rules import DIED, EMPLOYEE_INSURANCE_BEGAN, OWN_KINDS
from services.registration.statuses.rules import Recorded

#: Assessors are told by whoever has somebody assessed.
ASSESSORS = Pokes()

# Somebody who was never assessed stays "registered", whatever else happens meanwhile; what becomes known of
# earlier years is looked at whatever the cause is, and takes the place of none. Of two instants the
# later is asked about, so that the order in which facts arrive does not matter.
_ASKED_FOR = Records(tables.waiting, "enrollment_id", "assess_at")
_ENQUEUE = statement(f"""
    INSERT INTO waiting AS w (enrollment_id, county, coverage_year, cause, assess_at)
    SELECT e.id, e.county, e.coverage_year, :cause, rows.assess_at
    FROM {_ASKED_FOR}
    JOIN enrollments e ON e.id = rows.enrollment_id
    ORDER BY e.id
    ON CONFLICT (enrollment_id) DO UPDATE
    SET cause = CASE WHEN w.cause = 'registered' OR excluded.cause = '{HISTORY_KNOWN}' THEN w.cause
                     ELSE excluded.cause END,
        assess_at = greatest(w.assess_at, excluded.assess_at)
""")

_COUNT = statement("SELECT count(*) FROM waiting")

# Rows are locked or skipped, never waited for: whoever changes an enrollment locks it first and enqueues
# after, so the two orders cannot deadlock.
_CLAIM = statement("""
    WITH claimed AS MATERIALIZED (
        SELECT enrollment_id, cause, assess_at FROM waiting
        WHERE county || '/' || coverage_year = ANY(CAST(:notices AS text[]))
        ORDER BY enrollment_id
        LIMIT :number
        FOR UPDATE SKIP LOCKED
    )
    SELECT w.enrollment_id, w.cause, w.assess_at, e.county, e.coverage_year, e.person_id, e.household_id,
           e.division_code, e.state, e.tier, e.add_ons, e.registered_at, e.revision, e.completed_at,
           e.paid_fen, e.final_assessment_id, a.assessed_at AS decided_at, e.benefit_from, e.benefit_to,
           e.contest_no, e.contested, e.upheld, e.withdrawn_for, e.was_complete_at,
           late.late_subsidies AS promised, said.assessed_at AS said_at,
           said.late_subsidies AS said_late, e.cancelled_at, e.cancel_reason, e.withdrawn_at,
           CAST(told.answer #>> '{benefit,from}' AS date) AS told_from
    FROM claimed w JOIN enrollments e ON e.id = w.enrollment_id
    LEFT JOIN assessments a ON a.id = e.completion_assessment_id
    LEFT JOIN assessments said ON said.id = e.assessment_id
    LEFT JOIN LATERAL (
        SELECT p.late_subsidies FROM assessments p
        WHERE (p.county, p.coverage_year, p.enrollment_id) = (e.county, e.coverage_year, e.id)
          AND p.kind = 'after_payment' AND e.state = 'paid' AND p.revision > coalesce(e.withdrawn_revision, 0)
          AND date_trunc('second', (p.question #>> '{paid,at}')::timestamptz - e.completed_at) = interval '0'
        ORDER BY p.revision DESC LIMIT 1
    ) AS late ON true
    LEFT JOIN assessments final ON final.id = e.final_assessment_id AND e.state = 'withdrawn'
    LEFT JOIN explanations told ON told.sha = final.explanation_sha
    ORDER BY w.enrollment_id
    FOR UPDATE OF e SKIP LOCKED
""")

_RELEASE = statement(
    f"DELETE FROM waiting WHERE enrollment_id {any_of(tables.waiting.c.enrollment_id, 'ids')}"
)

_PEOPLE = statement(
    f"""
    SELECT p.id, p.name, p.sex, p.born, p.facts, p.known_at,
           coalesce(p.guardian_id, h.head_id) AS guardian_id,
           array_agg(d.digest ORDER BY d.type, d.digest) AS digests,
           (array_agg(d.number ORDER BY d.type <> 'resident_id', d.digest))[1] AS number
    FROM persons p
    JOIN households h ON h.id = p.household_id
    JOIN documents d ON d.person_id = p.id
    WHERE p.id {any_of(tables.persons.c.id, "ids")}
    GROUP BY p.id, h.head_id
""",
    *(tables.persons.c.name, tables.documents.c.number),
)

_EARLIER = statement(f"""
    SELECT person_id, sex, born, facts, known_at, known_until, coverage_year FROM person_versions
    WHERE person_id {any_of(tables.person_versions.c.person_id, "ids")}
      AND (coverage_year IS NOT NULL OR person_id {any_of(tables.person_versions.c.person_id, "changed")})
    ORDER BY person_id, id
""")

_STATUSES = statement(f"""
    SELECT person_id, coverage_year, id, status, said, class AS status_class, grade, department,
           effective_on, ended_on, listed_on, known_at
    FROM status_statements WHERE person_id {any_of(tables.status_statements.c.person_id, "ids")}
    ORDER BY id
""")

# A death ends what a payment completes that was made before anybody knew of it. People die once: the newest
# report stands until somebody says which day is right. Insurance as an employee counts by its day, too.
_EVENTS = statement(f"""
    SELECT person_id, kind, happened_on, known_at, withdrawn_at, known_in_years
    FROM life_events WHERE person_id {any_of(tables.life_events.c.person_id, "ids")}
      AND NOT (kind IN {OWN_KINDS} AND withdrawn_at IS NOT NULL)
    ORDER BY person_id, CASE WHEN kind = '{DIED}' THEN known_at END, happened_on, id
""")

_PARAMETERS = statement(f"""
    SELECT county, coverage_year, name, value, known_at FROM operator_parameters
    WHERE county {any_of(tables.operator_parameters.c.county, "counties")} ORDER BY known_at, id
""")

_PAID_TIERS = statement(f"""
    SELECT household_id, coverage_year, person_id, tier, completed_at FROM enrollments
    WHERE household_id {any_of(tables.enrollments.c.household_id, "ids")}
      AND tier IS NOT NULL AND state IN {COMPLETE}
    ORDER BY completed_at, id
""")

_HISTORY = statement("""
    SELECT a.id, a.revision, a.kind, a.cause, a.assessed_at, a.notice_sha, a.question, a.late_subsidies,
           x.answer, x.trace
    FROM assessments a JOIN explanations x ON x.sha = a.explanation_sha
    WHERE a.enrollment_id = :id ORDER BY a.revision DESC
""")

_NOTICE_AT = statement("""
    SELECT notice_sha FROM assessments
    WHERE enrollment_id = :id AND assessed_at <= :at ORDER BY assessed_at DESC, revision DESC LIMIT 1
""")

_EXPLANATIONS = Records(tables.explanations, "sha", "answer", "trace")
_SHARE = statement(f"""
    INSERT INTO explanations ({_EXPLANATIONS.names}) SELECT {_EXPLANATIONS.names} FROM {_EXPLANATIONS}
    ORDER BY sha
    ON CONFLICT DO NOTHING
""")

_SETTLED = Records(
    tables.enrollments,
    *("id", "revision", "assessment_id", "final_assessment_id", "benefit_from", "benefit_to", "known_at"),
)
_SETTLE = statement(f"""
    UPDATE enrollments e
    SET revision = rows.revision,
        assessment_id = coalesce(rows.assessment_id, e.assessment_id),
        final_assessment_id = coalesce(rows.final_assessment_id, e.final_assessment_id),
        benefit_from = CASE WHEN rows.final_assessment_id IS NULL THEN e.benefit_from
                            ELSE rows.benefit_from END,
        benefit_to = CASE WHEN rows.final_assessment_id IS NULL THEN e.benefit_to ELSE rows.benefit_to END,
        state = CASE WHEN e.state = 'registered' THEN 'assessed' ELSE e.state END,
        known_at = CASE e.state WHEN 'registered' THEN greatest(e.known_at, e.registered_at, rows.known_at)
                                ELSE e.known_at END
    FROM {_SETTLED} WHERE e.id = rows.id
""")


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to people, by their ids."""

    happened: Mapping[int, Sequence[Happened]]
    died: Mapping[int, date]
    employed: Mapping[int, date]


@dataclass(slots=True)
class Kept:
    """An assessment with its explanation."""

    id: int
    revision: int
    kind: str
    cause: str
    assessed_at: datetime
    notice_sha: str
    question: Asked
    late_subsidies: list[Line] | None
    answer: dict[str, JsonValue]
    trace: list[JsonValue]


async def enqueue(conn: AsyncConnection, ids: Sequence[int], cause: str, assess_at: datetime) -> None:
    """Have these enrollments assessed, as of the instant of what caused it."""
    await enqueue_each(conn, dict.fromkeys(ids, assess_at), cause)


async def enqueue_each(conn: AsyncConnection, instants: Mapping[int, datetime], cause: str) -> None:
    """The same with an instant for each enrollment."""
    rows = [{"enrollment_id": one, "assess_at": instant} for one, instant in instants.items()]
    await execute(conn, _ENQUEUE, rows=rows, cause=cause)
    ASSESSORS.poke(conn.engine.url)


async def count_waiting(conn: AsyncConnection) -> int:
    """How many enrollments wait."""
    return await fetch_value(conn, int, _COUNT) or 0


async def claim(conn: AsyncConnection, notices: Sequence[str], number: int) -> list[Waiting]:
    """Lock up to `number` waiting enrollments of these notices (county/year) that nobody else works on."""
    return await fetch_as(conn, Waiting, _CLAIM, notices=list(notices), number=number)


async def release(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Take enrollments out of the queue."""
    await execute(conn, _RELEASE, ids=list(ids))


async def people(conn: AsyncConnection, ids: Sequence[int]) -> dict[int, Person]:
    """The people by id: facts, digests of their documents, guardian."""
    return {row.id: row for row in await fetch_as(conn, Person, _PEOPLE, ids=list(ids))}


async def earlier_facts(
    conn: AsyncConnection, ids: Sequence[int], changed: Sequence[int]
) -> dict[int, list[EarlierFacts]]:
    """What was known of people before it changed, oldest first; but for those `changed` of single years."""
    found: dict[int, list[EarlierFacts]] = {}
    for row in await fetch_as(conn, EarlierFacts, _EARLIER, ids=list(ids), changed=list(changed)):
        found.setdefault(row.person_id, []).append(row)
    return found


async def statuses(conn: AsyncConnection, ids: Sequence[int]) -> dict[tuple[int, int], list[Recorded]]:
    """What rosters said by (person, coverage year), in the order recorded."""
    found: dict[tuple[int, int], list[Recorded]] = {}
    for row in await fetch_as(conn, Recorded, _STATUSES, ids=list(ids)):
        found.setdefault((row.person_id, row.coverage_year), []).append(row)
    return found


async def events(conn: AsyncConnection, ids: Sequence[int]) -> Events:
    """What happened to each person, in the order of its days, with since when and until when it was known.

    Apart from it the days of death and of insurance as an employee, whenever they were told.
    """
    days: dict[str, dict[int, date]] = {DIED: {}, EMPLOYEE_INSURANCE_BEGAN: {}}
    happened: dict[int, list[Happened]] = {}
    for row in await fetch_as(conn, Happened, _EVENTS, ids=list(ids)):
        if row.kind in days:
            days[row.kind][row.person_id] = row.happened_on
        else:
            happened.setdefault(row.person_id, []).append(row)
    return Events(happened, days[DIED], days[EMPLOYEE_INSURANCE_BEGAN])


async def parameters(conn: AsyncConnection, counties: Sequence[str]) -> list[Supplied]:
    """Every value that operators supplied, oldest first."""
    return await fetch_as(conn, Supplied, _PARAMETERS, counties=list(counties))


async def paid_tiers(conn: AsyncConnection, households: Sequence[int]) -> list[PaidTier]:
    """The tiers that members of these households have completed; whoever did so first is first."""
    return await fetch_as(conn, PaidTier, _PAID_TIERS, ids=list(households))


async def share(conn: AsyncConnection, explanations: Sequence[Mapping[str, object]]) -> None:
    """Keep explanations (sha, answer, trace) that are not kept yet."""
    await execute(conn, _SHARE, rows=explanations)


async def insert(conn: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
    """Append assessments, with all columns but `recorded_at`."""
    await copy(conn, tables.assessments, rows, *_APPENDED)


_APPENDED = tuple([column.name for column in tables.assessments.c if column.name != "recorded_at"])


async def settle(conn: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
    """Point enrollments at assessments, with the benefit of a final one."""
    await execute(conn, _SETTLE, rows=rows)


async def history(conn: AsyncConnection, enrollment_id: int) -> list[Kept]:
    """Every assessment of an enrollment with its explanation, newest first."""
    return await fetch_as(conn, Kept, _HISTORY, id=enrollment_id)


async def notice_at(conn: AsyncConnection, enrollment_id: int, at: datetime) -> str | None:
    """The notice that answered last before an instant."""
    return await fetch_value(conn, str, _NOTICE_AT, id=enrollment_id, at=at)
