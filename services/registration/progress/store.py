"""SQL of progress: how everything stood at an instant by what was known then, figures, kept snapshots."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_value, statement
from services.registration.enrollments.rules import COMPLETE
from services.registration.progress.rules import (
    ELSEWHERE,
    ENTRY_KINDS,
    Count,
    Entered,
    Found,
    Holder,
    Number,
    Said,
)
from services.registration.surveys.rules import EXCLUDING

_SEASON = "{0}.county = :county AND {0}.coverage_year = :coverage_year"
_UNIT = "rpad(left({0}.division_code, CAST(:digits AS integer)), 12, '0') AS unit"
#: Each enrollment as it was known at :as_of.
_STANDING = f"""
    standing AS (
        SELECT e.id, e.person_id, e.division_code, e.state, e.paid_fen, e.completed_at, e.refunded
        FROM enrollments e
        WHERE {_SEASON.format("e")} AND coalesce(e.known_at, e.registered_at) <= :as_of
        UNION ALL
        SELECT e.id, e.person_id, v.division_code, v.state, v.paid_fen, v.completed_at, v.refunded
        FROM enrollment_versions v JOIN enrollments e ON e.id = v.enrollment_id
        WHERE {_SEASON.format("v")} AND v.known_at <= :as_of AND v.known_until > :as_of
    )
"""
#: The last answer of each number, by what was entered until :as_of.
_ANSWERED = f"""
    answered AS MATERIALIZED (
        SELECT DISTINCT ON (a.number_digest) a.number_digest, a.division_code, a.reason
        FROM survey_answers a WHERE {_SEASON.format("a")} AND a.entered_at <= :as_of
        ORDER BY a.number_digest, a.said_at DESC, a.id DESC
    )
"""
_WRONG = f"""
    wrong AS (
        SELECT DISTINCT t.person_id FROM tickets t
        WHERE {_SEASON.format("t")} AND t.kind IN {ENTRY_KINDS} AND t.reported_at <= :as_of
          AND NOT (t.state IN ('refused', 'withdrawn') AND t.answered_at <= :as_of)
    )
"""
_DEAD = """
    dead AS (
        SELECT DISTINCT person_id FROM life_events
        WHERE county = :county AND kind = 'died' AND known_at <= :as_of
          AND (withdrawn_at IS NULL OR withdrawn_at > :as_of)
    )
"""
_COUNTS = statement(f"""
    WITH {_STANDING}
    SELECT {_UNIT.format("s")}, s.state, count(*) AS people, coalesce(sum(s.paid_fen), 0)::bigint AS own_fen,
           count(*) FILTER (WHERE s.refunded AND s.state NOT IN {COMPLETE}) AS refunded
    FROM standing s GROUP BY unit, s.state
""")
_HELP = statement(f"""
    WITH {_STANDING}
    SELECT {_UNIT.format("s")}, g.payer AS name, sum(g.amount_fen)::bigint AS value
    FROM grants g JOIN standing s ON s.id = g.enrollment_id
    WHERE {_SEASON.format("g")} AND g.told_at <= :as_of
      AND (g.revoked_told_at IS NULL OR g.revoked_told_at > :as_of)
    GROUP BY unit, g.payer
""")
_ANSWERS = statement(f"""
    WITH {_STANDING}, {_ANSWERED}
    SELECT {_UNIT.format("a")}, CASE WHEN a.reason = 'refuses' THEN 'refusing' ELSE 'elsewhere' END AS name,
           count(*) AS value
    FROM answered a
    WHERE a.reason IN {("refuses", *ELSEWHERE)} AND NOT EXISTS (
        SELECT FROM documents d JOIN standing s ON s.person_id = d.person_id AND s.state IN {COMPLETE}
        WHERE d.county = :county AND d.number_digest = a.number_digest)
    GROUP BY unit, name
""")
_ERRORS = statement(f"""
    WITH {_STANDING}, {_WRONG}
    SELECT {_UNIT.format("s")}, 'wrong' AS name, count(*) AS value
    FROM standing s JOIN wrong w ON w.person_id = s.person_id
    WHERE s.state NOT IN ('cancelled', 'withdrawn') GROUP BY unit
""")
_SCHOOLS = statement(f"""
    WITH {_STANDING}, listed AS (
        SELECT DISTINCT u.division_code, l.person_id
        FROM units u JOIN unit_lines l ON l.unit_id = u.id AND l.listed_at <= :as_of
        LEFT JOIN unit_lists n ON n.unit_id = u.id AND n.version_no = l.until_version
        WHERE {_SEASON.format("u")} AND u.rule = ANY(CAST(:schools AS text[]))
          AND (n.sent_at IS NULL OR n.sent_at > :as_of)
    ), counted AS (
        SELECT {_UNIT.format("l")}, s.state IN {COMPLETE} AS enrolled
        FROM listed l LEFT JOIN standing s ON s.person_id = l.person_id
    )
    SELECT unit, 'school_listed' AS name, count(*) AS value FROM counted GROUP BY unit
    UNION ALL
    SELECT unit, 'school_enrolled', count(*) FROM counted WHERE enrolled GROUP BY unit
""")
# As on the lists of villages: whoever is complete is to be insured, whatever was answered; whoever is excused
# or dead is not; whoever is registered and in no base counts where they are registered.
_TO_INSURE = statement(f"""
    WITH {_STANDING}, {_ANSWERED}, {_DEAD}, base AS MATERIALIZED (
        SELECT DISTINCT ON (r.number_digest) r.number_digest, r.division_code
        FROM survey_rows r JOIN survey_bases f ON f.id = r.from_base AND f.known_at <= :as_of
        LEFT JOIN survey_bases u ON u.id = r.until_base
        WHERE {_SEASON.format("r")} AND (u.id IS NULL OR u.known_at > :as_of)
        ORDER BY r.number_digest, r.id DESC
    ), known AS MATERIALIZED (
        SELECT d.number_digest, s.person_id, s.division_code, s.state, x.person_id IS NOT NULL AS dead
        FROM standing s JOIN documents d ON d.person_id = s.person_id
        LEFT JOIN dead x ON x.person_id = s.person_id
    ), people AS (
        SELECT b.division_code, b.number_digest, k.state, coalesce(k.dead, false) AS dead
        FROM base b LEFT JOIN known k ON k.number_digest = b.number_digest
        UNION ALL
        SELECT DISTINCT ON (k.person_id) k.division_code, k.number_digest, k.state, k.dead
        FROM known k WHERE k.state NOT IN ('cancelled', 'withdrawn') AND NOT EXISTS (
            SELECT FROM known o JOIN base b ON b.number_digest = o.number_digest
            WHERE o.person_id = k.person_id)
    )
    SELECT {_UNIT.format("p")}, 'to_insure' AS name, count(*) AS value
    FROM people p LEFT JOIN answered a ON a.number_digest = p.number_digest
    WHERE coalesce(p.state IN {COMPLETE}, false)
       OR NOT (p.dead OR coalesce(a.reason IN {EXCLUDING}, false))
    GROUP BY unit
    UNION ALL
    SELECT {_UNIT.format("b")}, 'bases', count(*) FROM base b GROUP BY unit
""")
_HAS_BASES = statement(f"SELECT EXISTS (SELECT FROM survey_bases b WHERE {_SEASON.format('b')})")
_SAID = statement(f"""
    SELECT s.id, s.person_id, s.number_digest, s.coverage_year, s.status, s.said, s.class AS status_class,
           s.grade, s.department, s.effective_on, s.ended_on, s.listed_on, s.known_at
    FROM status_statements s WHERE {_SEASON.format("s")} AND s.known_at <= :as_of
""")
_HOLDERS = statement(f"""
    WITH {_STANDING}, {_WRONG}, {_DEAD}
    SELECT s.person_id, s.division_code, s.state, s.completed_at, w.person_id IS NOT NULL AS wrong,
           x.person_id IS NOT NULL AS dead
    FROM standing s
    LEFT JOIN wrong w ON w.person_id = s.person_id
    LEFT JOIN dead x ON x.person_id = s.person_id
    WHERE s.person_id IN (SELECT t.person_id FROM status_statements t WHERE {_SEASON.format("t")})
""")
_ENTERED = "division_code, kind, value, dated_on, source, entered_by, entered_at"
_NEWEST = statement(f"""
    SELECT DISTINCT ON (f.division_code, f.kind) {_ENTERED}
    FROM progress_figures f WHERE {_SEASON.format("f")} AND f.entered_at <= :as_of
    ORDER BY f.division_code, f.kind, f.entered_at DESC, f.id DESC
""")
# Whose history begins later than they were registered: an earlier release kept none.
_NOT_TOLD = statement(f"""
    SELECT count(*) FROM enrollments e
    WHERE {_SEASON.format("e")} AND e.registered_at <= :as_of AND e.known_at > :as_of AND NOT EXISTS (
        SELECT FROM enrollment_versions v
        WHERE v.enrollment_id = e.id AND v.known_at <= :as_of AND v.known_until > :as_of)
""")


async def found(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    as_of: datetime,
    digits: int,
    schools: Sequence[str],
) -> Found:
    """Everything that a snapshot is made of, by what was known at an instant."""
    season = {"county": county, "coverage_year": coverage_year}
    at = {**season, "as_of": as_of}
    by_unit = {**at, "digits": digits}
    numbers = await fetch_as(conn, Number, _ANSWERS, **by_unit)
    numbers += await fetch_as(conn, Number, _ERRORS, **by_unit)
    if schools:
        numbers += await fetch_as(conn, Number, _SCHOOLS, **by_unit, schools=list(schools))
    has_bases = bool(await fetch_value(conn, bool, _HAS_BASES, **season))
    if has_bases:
        numbers += await fetch_as(conn, Number, _TO_INSURE, **by_unit)
    return Found(
        counts=await fetch_as(conn, Count, _COUNTS, **by_unit),
        help=await fetch_as(conn, Number, _HELP, **by_unit),
        numbers=numbers,
        said=await fetch_as(conn, Said, _SAID, **at),
        holders=await fetch_as(conn, Holder, _HOLDERS, **at),
        entered=await fetch_as(conn, Entered, _NEWEST, **at),
        has_bases=has_bases,
        has_schools=bool(schools),
        not_told=await fetch_value(conn, int, _NOT_TOLD, **at) or 0,
    )
