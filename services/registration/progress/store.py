"""SQL of progress: how everything stood at an instant by what was known then, figures, kept snapshots."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.db.rows import fetch_as, fetch_value, statement
from services.registration.enrollments.rules import COMPLETE, ENDED
from services.registration.progress.rules import (
    ELSEWHERE,
    ENTRY_KINDS,
    HELP,
    Entered,
    Found,
    Held,
    Holder,
    Number,
    OfDay,
    Said,
)
from services.registration.surveys.rules import EXCLUDING

_SEASON = "{0}.county = :county AND {0}.coverage_year = :coverage_year"
_UNIT = "rpad(left({0}.division_code, CAST(:digits AS integer)), 12, '0') AS unit"
_AS_KNOWN = f"""
        SELECT e.id, e.person_id, e.division_code, e.state, e.paid_fen, e.completed_at, e.refunded
        FROM enrollments e
        WHERE {_SEASON.format("e")} AND coalesce(e.known_at, e.registered_at) <= :as_of {{0}}
        UNION ALL
        SELECT e.id, e.person_id, v.division_code, v.state, v.paid_fen, v.completed_at, v.refunded
        FROM enrollment_versions v JOIN enrollments e ON e.id = v.enrollment_id
        WHERE {_SEASON.format("v")} AND v.known_at <= :as_of AND v.known_until > :as_of {{0}}
"""
#: Each enrollment as it was known at :as_of.
_STANDING = f"standing AS ({_AS_KNOWN.format('')})"
#: The same, read anew at each place, with what is asked there alone.
_STANDING_IN_PLACE = _STANDING.replace("standing AS", "standing AS NOT MATERIALIZED")


def _standing_of(person_id: str) -> str:
    """The same of one person of a row before: found by an index, where few people are asked for."""
    return f"LATERAL ({_AS_KNOWN.format(f'AND e.person_id = {person_id}')})"


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
# Each number of a unit by its name. People are counted by place before places become units, in one pass.
_NUMBERS = statement(f"""
    WITH {_STANDING_IN_PLACE}, counted AS MATERIALIZED (
        SELECT s.division_code, s.state, count(*) AS people, coalesce(sum(s.paid_fen), 0)::bigint AS own_fen,
               count(*) FILTER (WHERE s.refunded AND s.state NOT IN {COMPLETE}) AS refunded
        FROM standing s GROUP BY s.division_code, s.state
    ), {_ANSWERED}, {_WRONG}, helped AS (
        SELECT s.division_code, g.payer, sum(g.amount_fen) AS fen
        FROM grants g JOIN standing s ON s.id = g.enrollment_id
        WHERE {_SEASON.format("g")} AND g.told_at <= :as_of
          AND (g.revoked_told_at IS NULL OR g.revoked_told_at > :as_of)
        GROUP BY s.division_code, g.payer
    ), away AS (
        SELECT a.division_code, CASE WHEN a.reason = 'refuses' THEN 'refusing' ELSE 'elsewhere' END AS name
        FROM answered a LEFT JOIN LATERAL (
            SELECT d.person_id FROM documents d
            WHERE d.county = :county AND d.number_digest = a.number_digest LIMIT 1
        ) d ON true
        WHERE a.reason IN {("refuses", *ELSEWHERE)} AND NOT EXISTS (
            SELECT FROM {_standing_of("d.person_id")} s WHERE s.state IN {COMPLETE})
    ), numbers AS (
        SELECT division_code, state AS name, people AS value FROM counted
        UNION ALL
        SELECT division_code, 'own_fen', own_fen FROM counted
        UNION ALL
        SELECT division_code, 'refunded', refunded FROM counted
        UNION ALL
        SELECT division_code, '{HELP}' || payer, fen FROM helped
        UNION ALL
        SELECT s.division_code, 'wrong', 1 FROM wrong w, {_standing_of("w.person_id")} s
        WHERE s.state NOT IN {ENDED}
        UNION ALL
        SELECT division_code, name, 1 FROM away
    )
    SELECT {_UNIT.format("n")}, n.name, sum(n.value)::bigint AS value
    FROM numbers n GROUP BY unit, n.name
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
# Who is complete and has a card on record, or, where they are minors, whose guardian has.
_CARDS = statement(f"""
    WITH {_STANDING}, carded AS MATERIALIZED (
        SELECT DISTINCT coalesce(o.merged_into, o.id) AS person_id
        FROM card_owners c JOIN persons o ON o.id = c.person_id
        WHERE c.county = :county AND c.known_at <= :as_of
    )
    SELECT {_UNIT.format("s")}, 'with_card' AS name, count(*) AS value
    FROM standing s JOIN persons p ON p.id = s.person_id JOIN households h ON h.id = p.household_id
    LEFT JOIN carded own ON own.person_id = p.id
    LEFT JOIN carded carer ON carer.person_id = coalesce(p.guardian_id, h.head_id)
      AND p.born > CAST(:day AS date) - interval '18 years'
    WHERE s.state IN {COMPLETE} AND (own.person_id IS NOT NULL OR carer.person_id IS NOT NULL)
    GROUP BY unit
""")
# As on the lists of villages: whoever is complete is to be insured, whatever was answered; whoever is excused
# or dead is not; whoever is registered and in no base counts where they are registered. Few are excused or in
# no base: only these are looked up, all others are counted.
_TO_INSURE = statement(f"""
    WITH {_STANDING_IN_PLACE}, {_ANSWERED}, {_DEAD}, later AS (
        SELECT f.id FROM survey_bases f WHERE {_SEASON.format("f")} AND f.known_at > :as_of
    ), base AS MATERIALIZED (
        SELECT DISTINCT ON (r.number_digest) r.number_digest, r.division_code
        FROM survey_rows r
        WHERE {_SEASON.format("r")} AND r.from_base IS NOT NULL AND r.from_base NOT IN (SELECT id FROM later)
          AND (r.until_base IS NULL OR r.until_base IN (SELECT id FROM later))
        ORDER BY r.number_digest, r.id DESC
    ), named AS MATERIALIZED (
        SELECT number_digest FROM answered WHERE reason IN {EXCLUDING}
        UNION
        SELECT d.number_digest FROM dead x
        JOIN documents d USING (person_id)
        WHERE EXISTS (SELECT FROM {_standing_of("x.person_id")} s)
    ), excused AS MATERIALIZED (
        SELECT number_digest FROM named
        EXCEPT
        SELECT d.number_digest FROM named JOIN documents d USING (number_digest)
        WHERE EXISTS (SELECT FROM {_standing_of("d.person_id")} s WHERE s.state IN {COMPLETE})
    ), beside AS MATERIALIZED (
        SELECT DISTINCT d.person_id FROM documents d
        WHERE d.county = :county AND NOT EXISTS (SELECT FROM base b WHERE b.number_digest = d.number_digest)
    ), counted AS (
        SELECT b.division_code, count(*) AS bases, count(*) - count(x.number_digest) AS to_insure
        FROM base b LEFT JOIN excused x USING (number_digest) GROUP BY b.division_code
        UNION ALL
        SELECT s.division_code, 0, count(*)
        FROM beside n JOIN standing s USING (person_id)
        WHERE s.state NOT IN {ENDED}
          AND NOT EXISTS (SELECT FROM documents d JOIN base b USING (number_digest)
                          WHERE d.person_id = n.person_id)
          AND NOT EXISTS (SELECT FROM documents d JOIN excused x USING (number_digest)
                          WHERE d.person_id = n.person_id)
        GROUP BY s.division_code
    )
    SELECT {_UNIT.format("c")}, name, sum(people)::bigint AS value
    FROM counted c, LATERAL (VALUES ('to_insure', c.to_insure), ('bases', c.bases)) AS v(name, people)
    GROUP BY unit, name HAVING sum(people) > 0
""")
_HAS_BASES = statement(f"SELECT EXISTS (SELECT FROM survey_bases b WHERE {_SEASON.format('b')})")
# Whom rosters named once with each status is counted here; whoever was named more often is folded elsewhere.
_PEOPLE = f"""
    named AS MATERIALIZED (
        SELECT t.person_id, CASE WHEN t.person_id IS NULL THEN t.number_digest END AS number, t.status,
               count(*) AS times, min(t.listed_on) AS listed_on,
               bool_and(t.said = 'add' AND t.effective_on <= :day
                        AND (t.ended_on IS NULL OR t.ended_on > :day)) AS holds
        FROM status_statements t WHERE {_SEASON.format("t")} AND t.known_at <= :as_of
        GROUP BY 1, 2, 3
    ), listed AS MATERIALIZED (
        SELECT person_id, number, bool_or(times > 1) AS folded,
               array_agg(status || ' ' || listed_on ORDER BY status) FILTER (WHERE holds) AS held
        FROM named GROUP BY 1, 2
    )
"""
_HELD = statement(f"""
    WITH {_STANDING}, {_WRONG}, {_DEAD}, {_PEOPLE}, placed AS MATERIALIZED (
        SELECT s.* FROM standing s WHERE s.person_id IN (SELECT person_id FROM listed WHERE NOT folded)
    )
    SELECT {_UNIT.format("s")}, l.held, s.state IN {COMPLETE} AS enrolled,
           CASE WHEN s.state IN {COMPLETE} THEN date_trunc('month', s.completed_at, 'Asia/Shanghai') END
               AS completed_at,
           w.person_id IS NOT NULL AS wrong, x.person_id IS NOT NULL AS dead, count(*)::integer AS people
    FROM listed l
    LEFT JOIN placed s ON s.person_id = l.person_id
    LEFT JOIN wrong w ON w.person_id = s.person_id
    LEFT JOIN dead x ON x.person_id = s.person_id
    WHERE NOT l.folded AND l.held IS NOT NULL
    GROUP BY unit, 2, 3, 4, 5, 6
""")
_SAID = statement(f"""
    WITH {_PEOPLE}
    SELECT s.id, s.person_id, s.number_digest, s.coverage_year, s.status, s.said, s.class AS status_class,
           s.grade, s.department, s.effective_on, s.ended_on, s.listed_on, s.known_at
    FROM listed l JOIN status_statements s
      ON s.person_id = l.person_id OR (s.person_id IS NULL AND s.number_digest = l.number)
    WHERE l.folded AND {_SEASON.format("s")} AND s.known_at <= :as_of
""")
_HOLDERS = statement(f"""
    WITH {_STANDING}, {_WRONG}, {_DEAD}
    SELECT s.person_id, {_UNIT.format("s")}, s.state IN {COMPLETE} AS enrolled, s.completed_at,
           w.person_id IS NOT NULL AS wrong, x.person_id IS NOT NULL AS dead
    FROM standing s
    LEFT JOIN wrong w ON w.person_id = s.person_id
    LEFT JOIN dead x ON x.person_id = s.person_id
    WHERE s.person_id = ANY(CAST(:people AS bigint[]))
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

_BY_DAY = statement(f"""
    SELECT d.completed_on, d.completed, sum(d.completed) OVER (ORDER BY d.completed_on)::bigint AS complete
    FROM (SELECT CAST(e.completed_at AT TIME ZONE 'Asia/Shanghai' AS date) AS completed_on,
                 count(*) AS completed
          FROM enrollments e
          WHERE {_SEASON.format("e")} AND e.state IN {COMPLETE} AND e.completed_at IS NOT NULL
            AND e.division_code BETWEEN :low AND :high
          GROUP BY 1) d
    ORDER BY d.completed_on
""")


async def by_day(
    conn: AsyncConnection, county: str, coverage_year: int, divisions: tuple[str, str]
) -> list[OfDay]:
    """Since when the people of a range of divisions are complete who are so now, day by day."""
    season, (low, high) = {"county": county, "coverage_year": coverage_year}, divisions
    return await fetch_as(conn, OfDay, _BY_DAY, **season, low=low, high=high)


async def found(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    as_of: datetime,
    digits: int,
    schools: Sequence[str],
    cards: bool,
) -> Found:
    """Everything that a snapshot is made of, by what was known at an instant."""
    season = {"county": county, "coverage_year": coverage_year}
    at = {**season, "as_of": as_of}
    by_unit, on_day = {**at, "digits": digits}, {**at, "day": business_date(as_of)}
    numbers = await fetch_as(conn, Number, _NUMBERS, **by_unit)
    if schools:
        numbers += await fetch_as(conn, Number, _SCHOOLS, **by_unit, schools=list(schools))
    if cards:
        numbers += await fetch_as(conn, Number, _CARDS, **by_unit, day=business_date(as_of))
    if await fetch_value(conn, bool, _HAS_BASES, **season):
        numbers += await fetch_as(conn, Number, _TO_INSURE, **by_unit)
    said = await fetch_as(conn, Said, _SAID, **on_day)
    people = sorted({one.person_id for one in said if one.person_id is not None})
    return Found(
        numbers=numbers,
        held=await fetch_as(conn, Held, _HELD, **on_day, digits=digits),
        said=said,
        holders=await fetch_as(conn, Holder, _HOLDERS, **by_unit, people=people) if people else [],
        entered=await fetch_as(conn, Entered, _NEWEST, **at),
        has_schools=bool(schools),
        has_cards=cards,
        not_told=await fetch_value(conn, int, _NOT_TOLD, **at) or 0,
    )
