"""SQL of the lists of villages: base, registration, what was answered last, and the money, put together.

Whoever is registered in the village for the year stands on its list too, unless the base of another village
has them: such a guest is counted and listed there. Where the notice wants them registered there, both
villages have to know, so the problems of this one name them, too. States and payments are read where they are
decided, so a list ticks itself off.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Row, any_of, fetch, fetch_as, statement, value_of
from services.registration import tables
from services.registration.enrollments.rules import ACTIVE, COMPLETE
from services.registration.statuses.rules import Recorded
from services.registration.surveys.rules import EXCLUDING, Standing, Terms
from services.registration.surveys.store import CURRENT, MISPLACED, PERSON, RECORDED
from services.registration.waiting_money.store import WAITS

SEASON = "{0}.county = :county AND {0}.coverage_year = :coverage_year"
#: Households from the first that is wanted of village :low to the last of village :high.
_HOMES = """{0}.division_code BETWEEN :low AND :high
          AND ({0}.division_code > :low OR {0}.household_no >= :from_household)
          AND (CAST(:to_household AS text) IS NULL
               OR {0}.division_code < :high OR {0}.household_no <= :to_household)"""
#: `subject` are the people of these households, each once; with troubles also misplaced guests.
SUBJECTS = f"""
    base AS MATERIALIZED (
        SELECT r.id, r.division_code, r.household_no, r.head, r.number_digest, {PERSON} AS person_id
        FROM survey_rows r {RECORDED}
        WHERE {SEASON.format("r")} AND {CURRENT.format("r")} AND {_HOMES.format("r")}
    ), living AS MATERIALIZED (
        SELECT p.id AS person_id, h.division_code, h.household_no, coalesce(h.head_id = p.id, false) AS head
        FROM households h JOIN persons p ON p.household_id = h.id AND p.merged_into IS NULL
        JOIN enrollments e ON e.person_id = p.id AND {SEASON.format("e")} AND e.merged_into IS NULL
         AND e.state <> 'cancelled'
        WHERE h.county = :county AND {_HOMES.format("h")}
    ), asked AS (
        SELECT person_id FROM base WHERE person_id IS NOT NULL
        UNION
        SELECT d.person_id FROM living
        JOIN documents d ON d.person_id = living.person_id
        JOIN survey_rows r ON {SEASON.format("r")} AND {CURRENT.format("r")}
         AND r.number_digest = d.number_digest
    ), guest AS (
        SELECT l.* FROM living l
        JOIN persons p ON p.id = l.person_id
        JOIN households h ON h.id = p.household_id
        JOIN documents d ON d.person_id = l.person_id
        JOIN survey_rows r ON {SEASON.format("r")} AND {CURRENT.format("r")}
         AND r.number_digest = d.number_digest
        WHERE CAST(:troubled AS boolean) OR CAST(:trouble AS text) IS NOT NULL
        GROUP BY l.person_id, l.division_code, l.household_no, l.head
        HAVING bool_and({MISPLACED.format("r")})
    ), subject AS MATERIALIZED (
        SELECT id AS subject_id, id AS row_id, person_id, division_code, household_no, head, number_digest,
               false AS guest
        FROM base
        UNION ALL
        SELECT -l.person_id, NULL, l.person_id, l.division_code, l.household_no, l.head, NULL, false
        FROM living l WHERE l.person_id NOT IN (SELECT person_id FROM asked)
        UNION ALL
        SELECT -g.person_id, NULL, g.person_id, g.division_code, g.household_no, g.head, NULL, true
        FROM guest g
    ), named AS MATERIALIZED (
        SELECT subject_id, number_digest FROM subject WHERE number_digest IS NOT NULL
        UNION
        SELECT s.subject_id, d.number_digest FROM subject s JOIN documents d ON d.person_id = s.person_id
    ), answer AS MATERIALIZED (
        SELECT DISTINCT ON (n.subject_id) n.subject_id, a.*
        FROM named n
        JOIN survey_answers a ON {SEASON.format("a")} AND a.number_digest = n.number_digest
        ORDER BY n.subject_id, a.said_at DESC, a.id DESC
    ), chase AS MATERIALIZED (
        SELECT DISTINCT ON (n.subject_id) n.subject_id, c.*
        FROM named n JOIN chases c ON {SEASON.format("c")} AND c.number_digest = n.number_digest
        ORDER BY n.subject_id, c.taken_at DESC
    ), twice AS MATERIALIZED (
        SELECT DISTINCT n.subject_id FROM named n JOIN subject s ON s.subject_id = n.subject_id
        JOIN survey_rows o ON {SEASON.format("o")} AND {CURRENT.format("o")}
         AND o.number_digest = n.number_digest AND o.id <> s.row_id
    ), money AS MATERIALIZED ({WAITS}
    ), dead AS MATERIALIZED (
        SELECT DISTINCT person_id FROM life_events
        WHERE county = :county AND kind = 'died' AND withdrawn_at IS NULL
    ), other AS MATERIALIZED (
        SELECT DISTINCT n.subject_id
        FROM named n JOIN documents d ON d.number_digest = n.number_digest
         AND d.county = ANY(CAST(:other_counties AS text[]))
        JOIN enrollments e ON e.person_id = d.person_id AND e.county = d.county
         AND e.coverage_year = :coverage_year AND e.state IN {ACTIVE}
    ), unit AS MATERIALIZED (
        SELECT l.person_id, array_agg(DISTINCT u.name ORDER BY u.name) AS names
        FROM units u JOIN unit_lines l ON l.unit_id = u.id AND l.until_version IS NULL
        WHERE {SEASON.format("u")} GROUP BY l.person_id
    )
"""
_EXCLUDED = f"(coalesce(a.reason IN {EXCLUDING}, false) OR x.person_id IS NOT NULL)"
LIST = f"CASE WHEN e.state IN {COMPLETE} THEN e.state WHEN {_EXCLUDED} THEN 'excluded' ELSE 'unpaid' END"
_HOME = "OVER (PARTITION BY s.guest, s.division_code, s.household_no)"
#: Whom the others of the household, one of whom is done, still lack. Where the whole household has to join,
#: who is not registered is lacking as soon as another one is.
_MISSING = f"""CAST(:complete AS text) <> 'not_required' AND {LIST} = 'unpaid'
        AND (s.person_id IS NULL OR s.person_id <> ALL(CAST(:free AS bigint[]))) AND (
        bool_or(e.state IN {COMPLETE}) {_HOME}
        OR (:complete = 'required' AND e.id IS NULL AND bool_or(e.state IN {ACTIVE}) {_HOME}))"""
_WRONG_PLACE = f"s.row_id IS NOT NULL AND {MISPLACED.format('s')}"
TROUBLES = f"""CASE WHEN s.guest THEN ARRAY['wrong_place'] ELSE array_remove(ARRAY[
        CASE WHEN e.contested IS NOT NULL THEN 'contested' END,
        CASE WHEN e.state = 'withdrawn' THEN 'withdrawn' END,
        CASE WHEN m.person_id IS NOT NULL THEN 'money_waits' END,
        CASE WHEN EXISTS (SELECT FROM unassessed u WHERE u.enrollment_id = e.id) THEN 'unassessed' END,
        CASE WHEN h.division_code <> s.division_code THEN 'registered_elsewhere' END,
        CASE WHEN t.subject_id IS NOT NULL THEN 'on_two_lists' END,
        CASE WHEN e.state IN {COMPLETE} AND {_EXCLUDED} THEN 'complete_though_excluded' END,
        CASE WHEN {_MISSING} THEN 'household_incomplete' END,
        CASE WHEN {_WRONG_PLACE} THEN 'wrong_place' END,
        CASE WHEN o.subject_id IS NOT NULL THEN 'enrolled_elsewhere' END
    ], NULL) END"""
#: Beside `subject`: the record of the person, the enrollment of the year, and the last answer.
JOINED = f"""
    FROM subject s
    LEFT JOIN persons p ON p.id = s.person_id
    LEFT JOIN households h ON h.id = p.household_id
    LEFT JOIN enrollments e ON e.person_id = s.person_id AND {SEASON.format("e")}
     AND e.merged_into IS NULL
    LEFT JOIN answer a ON a.subject_id = s.subject_id
    LEFT JOIN chase c ON c.subject_id = s.subject_id
    LEFT JOIN twice t ON t.subject_id = s.subject_id
    LEFT JOIN other o ON o.subject_id = s.subject_id
    LEFT JOIN dead x ON x.person_id = s.person_id
    LEFT JOIN money m ON m.person_id = s.person_id
"""
_LISTED = f"""
    SELECT s.subject_id, s.row_id, s.person_id, s.division_code, s.household_no, s.head,
           (NOT s.head)::integer AS member_no, p.name AS registered_name, p.sex AS registered_sex,
           p.facts, p.born AS registered_born,
           h.division_code AS registered_division, h.household_no AS registered_household_no,
           h.address AS registered_address, e.id AS enrollment_id, e.state, e.completed_at, e.paid_fen,
           {LIST} AS on_list, {TROUBLES} AS troubles, a.answer,
           coalesce(a.reason, CASE WHEN x.person_id IS NOT NULL THEN 'died' END) AS reason,
           a.proof, a.said_by, a.said_at, a.entered_by,
           CASE WHEN c.released_at IS NULL THEN c.taken_by END AS taken_by, c.taken_at, c.last_contact_at,
           c.last_outcome, c.next_step, CASE WHEN c.released_at IS NULL THEN c.next_on END AS next_on,
           c.free_from, coalesce(i.names, '{{}}') AS listed_by
    {JOINED} LEFT JOIN unit i ON i.person_id = s.person_id
"""
_OPENED = {
    "name": tables.survey_rows.c.name,
    "number": tables.survey_rows.c.number,
    "address": tables.survey_rows.c.address,
    "phone": tables.survey_rows.c.phone,
    "registered_name": tables.persons.c.name,
    "own_number": tables.documents.c.number,
    "registered_address": tables.households.c.address,
    "proof": tables.survey_rows.c.proof,
    "said_by": tables.survey_rows.c.said_by,
    "next_step": tables.chases.c.next_step,
}
_PAGE = statement(
    f"""
    WITH {SUBJECTS}, listed AS ({_LISTED})
    SELECT t.subject_id, t.row_id, t.person_id, t.division_code, t.household_no, t.head, b.name,
           b.sex, b.born, coalesce(b.document_type, own.type) AS document_type, b.number, b.address, b.phone,
           b.hukou, b.hukou_kind, CASE WHEN t.on_list = 'unpaid' THEN t.facts END AS facts,
           t.registered_name, t.registered_sex, t.registered_born, t.registered_division,
           t.registered_household_no, t.registered_address, own.number AS own_number, t.enrollment_id,
           t.state, t.completed_at, t.paid_fen, t.on_list, t.troubles, t.answer, t.reason, t.proof, t.said_by,
           t.said_at, t.entered_by, t.taken_by, t.taken_at, t.last_contact_at, t.last_outcome, t.next_step,
           t.next_on, t.free_from, t.listed_by
    FROM listed t
    LEFT JOIN survey_rows b ON b.id = t.row_id
    LEFT JOIN LATERAL (
        SELECT d.type, d.number FROM documents d WHERE t.row_id IS NULL AND d.person_id = t.person_id
        ORDER BY d.type <> 'resident_id', d.type, d.digest LIMIT 1
    ) own ON true
    WHERE (CAST(:on_list AS text) IS NULL OR t.on_list = :on_list)
      AND (NOT CAST(:troubled AS boolean) OR cardinality(t.troubles) > 0)
      AND (CAST(:trouble AS text) IS NULL OR :trouble = ANY(t.troubles))
      AND (CAST(:household_no AS text) IS NULL OR t.household_no = :household_no)
      AND (CAST(:row_id AS bigint) IS NULL OR t.row_id = :row_id)
      AND (CAST(:person_id AS bigint) IS NULL OR t.person_id = :person_id)
      AND (CAST(:taken_by AS text) IS NULL OR t.taken_by = :taken_by)
      AND (CAST(:next_by AS date) IS NULL OR t.next_on <= :next_by)
      AND (CAST(:free_on AS date) IS NULL OR t.taken_by IS NULL OR t.free_from <= :free_on)
      AND (CAST(:id_number AS bytea) IS NULL OR t.subject_id IN (
          SELECT n.subject_id FROM named n
          WHERE n.number_digest = {value_of(tables.documents.c.number_digest, "id_number")}))
      AND (t.division_code, t.household_no, t.member_no, t.subject_id)
          > (:after_division, :after_household, :after_member, CAST(:after_subject AS bigint))
    ORDER BY t.division_code, t.household_no, t.member_no, t.subject_id
    LIMIT :limit
""",
    **_OPENED,
)
_STATEMENTS = statement(f"""
    SELECT id, person_id, coverage_year, status, said, class AS status_class, grade, department,
           effective_on, ended_on, listed_on, known_at
    FROM status_statements
    WHERE person_id {any_of(tables.persons.c.id, "people")} AND coverage_year = :coverage_year
    ORDER BY person_id, status, known_at, id
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose lists are wanted, and what is narrowed down."""

    county: str
    coverage_year: int
    low: str
    high: str
    terms: Terms
    on_list: str | None = None
    troubled: bool = False
    trouble: str | None = None
    household_no: str | None = None
    row_id: int | None = None
    person_id: int | None = None
    id_number: str | None = None
    taken_by: str | None = None
    next_by: date | None = None
    free_on: date | None = None
    #: The first household of the first village, and the last one of the last; None: all of them.
    from_household: str = ""
    to_household: str | None = None

    @property
    def is_for_few(self) -> bool:
        """Whether few of any village are meant."""
        person = self.household_no, self.row_id, self.person_id, self.id_number
        few = *person, self.trouble, self.taken_by, self.next_by, self.free_on
        return any(one is not None for one in few)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list a page begins: behind this one."""

    after_division: str = ""
    after_household: str = ""
    after_member: int = 0
    after_subject: int = 0


async def page(conn: AsyncConnection, wanted: Wanted, place: Place, limit: int) -> list[Standing]:
    """People on the lists, by village and household, each head first."""
    narrowed = asdict(wanted)
    terms = narrowed.pop("terms")
    rows = await fetch(conn, _PAGE, **narrowed, **terms, **asdict(place), limit=limit)
    return [_standing(row) for row in rows]


def place_of(one: Standing) -> Place:
    """Where a page ends."""
    return Place(one.division_code, one.household_no, int(not one.head), one.subject_id)


async def statements(conn: AsyncConnection, people: Sequence[int], coverage_year: int) -> list[Recorded]:
    """What rosters of a year said of people."""
    return await fetch_as(conn, Recorded, _STATEMENTS, people=list(people), coverage_year=coverage_year)


def _standing(row: Row) -> Standing:
    known = {name: row[name] for name in Standing.__dataclass_fields__ if name in row}
    if row["row_id"] is None:
        own = {"name": "registered_name", "sex": "registered_sex", "born": "registered_born"}
        own |= {"number": "own_number", "address": "registered_address"}
        known |= {name: row[other] for name, other in own.items()}
    return Standing(**known)
