"""SQL of merges: the two records with their enrollments, and everything of the one that follows the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.kinds import CaseState
from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_value, fetch_values, statement
from services.registration.enrollments.rules import ACTIVE, ENDED
from services.registration.life_events.rules import OWN_KINDS
from services.registration.merges.rules import Enrolled, Happened, Pair, Year, known_since
from services.registration.tables import enrollments, households, life_events, persons, status_statements

#: Why the enrollment of the merged record ended.
MERGED: Final = "merged"

_ENROLLED = statement(f"""
    SELECT id, person_id, county, coverage_year, division_code, household_id, state, tier, completed_at,
           paid_fen, contest_no, contested
    FROM enrollments WHERE person_id {any_of(enrollments.c.person_id, "people")} ORDER BY id FOR UPDATE
""")
_CASE = statement(f"""
    SELECT case_id FROM cases WHERE kind = :code AND subject = :subject AND state = '{CaseState.OPEN}'
""")
_HEADS_OTHERS = statement("""
    SELECT count(*) FROM households h JOIN persons p ON p.household_id = h.id
    WHERE h.head_id = :person_id AND h.id <> :home AND p.id <> :person_id AND p.merged_into IS NULL
""")

# The row of the other enrollment keeps its id and its history; it never counts again. Until the one that
# stands has changed hands it belongs to nobody, as one person has one enrollment of a year.
_ENDING = Records(enrollments, "id", "merged_into")
_END = statement(f"""
    UPDATE enrollments e
    SET person_id = -e.id, merged_into = rows.merged_into, revision = e.revision + 1,
        cancelled_at = CASE WHEN e.state IN {ENDED} THEN e.cancelled_at ELSE :at END,
        cancel_reason = CASE WHEN e.state IN {ENDED} THEN e.cancel_reason ELSE '{MERGED}' END,
        state = CASE WHEN e.state IN {ENDED} THEN e.state ELSE 'cancelled' END,
        completed_at = NULL, completion_assessment_id = NULL, final_assessment_id = NULL, paid_fen = NULL,
        benefit_from = NULL, benefit_to = NULL, contested = NULL, upheld = NULL,
        contest_no = e.contest_no + CASE WHEN e.contested IS NULL THEN 0 ELSE 1 END,
        known_at = greatest(e.known_at, e.registered_at, :at)
    FROM {_ENDING} WHERE e.id = rows.id
    RETURNING e.id, e.revision
""")
_ADOPT = statement("UPDATE enrollments SET person_id = :survivor WHERE person_id = :merged")
_LEAVE = statement(f"""
    UPDATE enrollments SET person_id = :merged WHERE id {any_of(enrollments.c.id, "ids")} AND person_id < 0
""")
_SETTLE = statement(f"""
    UPDATE enrollments e
    SET household_id = h.id, division_code = h.division_code,
        known_at = CASE WHEN e.division_code = h.division_code THEN e.known_at
                        ELSE greatest(e.known_at, e.registered_at, CAST(:at AS timestamptz)) END
    FROM households h
    WHERE e.person_id = :survivor AND e.state IN {ACTIVE} AND h.id = :home
""")

_EXCHANGE = statement("""
    UPDATE persons p
    SET household_id = q.household_id, name = q.name, sex = q.sex, born = q.born, facts = q.facts,
        guardian_id = q.guardian_id, known_at = q.known_at
    FROM persons q
    WHERE p.id <> q.id AND p.id IN (:survivor, :merged) AND q.id IN (:survivor, :merged)
""")
_EXCHANGE_VERSIONS = statement("""
    UPDATE person_versions SET person_id = CASE person_id WHEN :survivor THEN :merged ELSE :survivor END
    WHERE person_id IN (:survivor, :merged) AND coverage_year IS NULL
""")

# What was known of the record whose enrollment stands goes on until the merge; what is right is known of it
# from then on. What was known of the other one stays with the id that is never used again, and with the years
# that are of that one.
_OWNED = Records(enrollments, "coverage_year", "person_id")
_KEEP_YEARS = statement(f"""
    INSERT INTO person_versions
        (person_id, coverage_year, name, sex, born, facts, guardian_id, known_at, known_until)
    SELECT v.person_id, rows.coverage_year, v.name, v.sex, v.born, v.facts, v.guardian_id,
           greatest(v.known_at, own.until), v.known_until
    FROM {_OWNED} JOIN (
        SELECT person_id, name, sex, born, facts, guardian_id, known_at, known_until FROM person_versions
        WHERE coverage_year IS NULL AND person_id IN (:survivor, :merged)
        UNION ALL
        SELECT id, name, sex, born, facts, guardian_id, known_at, greatest(known_at, :at) FROM persons
        WHERE id IN (:survivor, :merged)
    ) v USING (person_id)
    LEFT JOIN LATERAL (
        SELECT max(o.known_until) AS until FROM person_versions o
        WHERE o.person_id = rows.person_id AND o.coverage_year = rows.coverage_year) own ON true
    WHERE own.until IS NULL OR v.known_until > own.until
    ORDER BY rows.coverage_year, v.known_until
""")
_YEARS_FOLLOW = statement(f"""
    UPDATE person_versions v
    SET person_id = CASE v.person_id WHEN rows.person_id THEN CAST(:survivor AS bigint) ELSE :merged END
    FROM {_OWNED}
    WHERE v.coverage_year = rows.coverage_year AND v.person_id IN (:survivor, :merged)
""")
_KEEP_VERSION = statement("""
    INSERT INTO person_versions (person_id, name, sex, born, facts, guardian_id, known_at, known_until)
    SELECT CAST(:person_id AS bigint), name, sex, born, facts, guardian_id, known_at,
           CAST(:at AS timestamptz)
    FROM persons WHERE id = :of
""")
_KNOWN_NOW = statement("UPDATE persons SET known_at = greatest(known_at, :at) WHERE id = :survivor")

# What rosters said of the other record is news of this one: it was not known when money came. So is what
# happened, but for what counts by its day whenever it is told.
_NEWS = statement(f"""
    UPDATE status_statements t SET known_at = greatest(t.known_at, :at) FROM {_OWNED}
    WHERE t.coverage_year = rows.coverage_year AND t.person_id <> rows.person_id
      AND t.person_id {any_of(status_statements.c.person_id, "people")}
""")
_HAPPENED = statement(f"""
    SELECT id, person_id, known_at, known_in_years FROM life_events
    WHERE person_id IN (:survivor, :merged) AND kind NOT IN {OWN_KINDS} ORDER BY id
""")
_SINCE = Records(life_events, "id", "known_at", "known_in_years")
_KNOWN_SINCE = statement(f"""
    UPDATE life_events e SET known_at = rows.known_at, known_in_years = rows.known_in_years
    FROM {_SINCE} WHERE e.id = rows.id
""")
_TWICE = statement(f"""
    UPDATE life_events e SET withdrawn_at = :at, withdrawn_by = '{MERGED}'
    WHERE e.person_id = :merged AND e.withdrawn_at IS NULL AND EXISTS (
        SELECT FROM life_events o WHERE o.person_id = :survivor AND o.kind = e.kind
          AND o.happened_on = e.happened_on AND o.withdrawn_at IS NULL)
""")
_CONSENT_TWICE = statement(f"""
    UPDATE contacts c SET withdrawn_at = :at, withdrawn_by = '{MERGED}', phone = NULL
    WHERE c.person_id = :merged AND c.withdrawn_at IS NULL AND EXISTS (
        SELECT FROM contacts o WHERE o.person_id = :survivor AND o.coverage_year = c.coverage_year
          AND o.withdrawn_at IS NULL)
""")
_FOLLOW = tuple(
    statement(f"UPDATE {table} SET person_id = :survivor WHERE person_id = :merged")
    for table in (
        *("documents", "status_statements", "life_events", "cases", "unit_lines", "tickets", "contacts"),
        *("help_lines", "elsewhere_helps"),
    )
)
_MARK = statement("UPDATE persons SET merged_into = :survivor WHERE id = :merged OR merged_into = :merged")
_GUARD = statement("""
    UPDATE persons SET guardian_id = CASE WHEN id <> :survivor THEN CAST(:survivor AS bigint) END
    WHERE guardian_id = :merged OR (id = :survivor AND guardian_id = :survivor) RETURNING id
""")
_HEAD = statement("""
    UPDATE households SET head_id = CASE WHEN id = :home THEN CAST(:survivor AS bigint) END
    WHERE head_id = :merged OR (head_id = :survivor AND id <> :home) RETURNING id
""")
_MEMBERS = statement(f"""
    SELECT id FROM persons
    WHERE household_id {any_of(households.c.id, "homes")} AND merged_into IS NULL ORDER BY id
""")
_DIGESTS = statement("SELECT digest FROM documents WHERE person_id = :id ORDER BY type, digest")
_IDS = statement(f"SELECT id FROM persons WHERE id {any_of(persons.c.id, 'ids')} ORDER BY id FOR UPDATE")


@dataclass(frozen=True, slots=True)
class Ended:
    """An enrollment that ended, and the revision of its end."""

    id: int
    revision: int


async def enrolled(conn: AsyncConnection, pair: Pair) -> list[Enrolled]:
    """The enrollments of both, held until the transaction ends."""
    return await fetch_as(conn, Enrolled, _ENROLLED, people=[pair.survivor, pair.merged])


async def open_case(conn: AsyncConnection, kind: str, subject: str) -> int | None:
    """The open case of a kind about something."""
    return await fetch_value(conn, int, _CASE, code=kind, subject=subject)


async def heads_others(conn: AsyncConnection, person_id: int, home: int) -> bool:
    """Whether somebody heads a household with others, besides `home`."""
    return bool(await fetch_value(conn, int, _HEADS_OTHERS, person_id=person_id, home=home))


async def join_enrollments(
    conn: AsyncConnection, pair: Pair, years: Sequence[Year], at: datetime
) -> dict[int, int]:
    """End those that do not stand, give the survivor the others; the revisions of the ends by enrollment."""
    rows = [{"id": year.ends.id, "merged_into": year.stands.id} for year in years]
    ended = await fetch_as(conn, Ended, _END, rows=rows, at=at) if rows else []
    await execute(conn, _ADOPT, survivor=pair.survivor, merged=pair.merged)
    await execute(conn, _LEAVE, merged=pair.merged, ids=[one.id for one in ended])
    await execute(conn, _SETTLE, survivor=pair.survivor, home=pair.right.household_id, at=at)
    return {one.id: one.revision for one in ended}


async def join_records(
    conn: AsyncConnection, pair: Pair, owners: Mapping[int, int], known_of: int, at: datetime
) -> None:
    """Let documents, statuses, events, cases and consents follow; the right record says who the person is.

    Until now was known of the person what was known of the record `known_of`, and of the years that the other
    one owned what was known of that.
    """
    both = {"survivor": pair.survivor, "merged": pair.merged}
    await execute(conn, _IDS, ids=sorted(both.values()))
    rows = [{"coverage_year": year, "person_id": owner} for year, owner in sorted(owners.items())]
    await _keep_years(conn, pair, rows, known_of, at)
    if pair.right.id != pair.survivor:
        await execute(conn, _EXCHANGE, **both)
    if known_of != pair.survivor:
        await execute(conn, _EXCHANGE_VERSIONS, **both)
    if known_of != pair.right.id:
        await execute(conn, _KEEP_VERSION, person_id=pair.survivor, of=pair.merged, at=at)
        await execute(conn, _KEEP_VERSION, person_id=pair.merged, of=pair.survivor, at=at)
        await execute(conn, _KNOWN_NOW, survivor=pair.survivor, at=at)
    happened = await fetch_as(conn, Happened, _HAPPENED, **both)
    await execute(conn, _KNOWN_SINCE, rows=[known_since(one, owners, known_of, at) for one in happened])
    await execute(conn, _NEWS, rows=rows, people=sorted(both.values()), at=at)
    await execute(conn, _TWICE, **both, at=at)
    await execute(conn, _CONSENT_TWICE, **both, at=at)
    for follow in _FOLLOW:
        await execute(conn, follow, **both)
    await execute(conn, _MARK, **both)


async def _keep_years(
    conn: AsyncConnection, pair: Pair, owned: Sequence[Mapping[str, int]], known_of: int, at: datetime
) -> None:
    """Keep with the years that are not of the record `known_of` what was known of theirs."""
    both = {"survivor": pair.survivor, "merged": pair.merged}
    others = [one for one in owned if one["person_id"] != known_of]
    await execute(conn, _KEEP_YEARS, rows=others, **both, at=at)
    await execute(conn, _YEARS_FOLLOW, rows=owned, **both)


async def join_households(conn: AsyncConnection, pair: Pair) -> list[int]:
    """Let guardianship and headship follow; give the people for whom somebody else acts now."""
    both = {"survivor": pair.survivor, "merged": pair.merged}
    wards = await fetch_values(conn, int, _GUARD, **both)
    homes = await fetch_values(conn, int, _HEAD, **both, home=pair.right.household_id)
    return sorted({*wards, *await fetch_values(conn, int, _MEMBERS, homes=homes)})


async def digests(conn: AsyncConnection, person_id: int) -> list[str]:
    """The digests of all documents of a person."""
    return await fetch_values(conn, str, _DIGESTS, id=person_id)
