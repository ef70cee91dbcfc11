"""SQL of the list of merges: the case about each two records, with what a second person said of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, statement
from services.registration.cases.rules import SAME_PERSON
from services.registration.merges.rules import MergeState
from services.registration.tables import approvals, cases, persons

_STATE = """
    CASE WHEN c.state = 'decided' THEN CASE c.step WHEN 'merge' THEN 'merged' ELSE 'apart' END
         WHEN c.state = 'closed' THEN 'gone' WHEN a.state = 'waiting' THEN 'waiting' ELSE 'open' END
"""
_PAGE = statement(
    f"""
    SELECT found.*, p.name FROM (
        SELECT c.case_id, c.county, c.division_code, {_STATE} AS state, c.opened_at, c.decided_by,
               c.decided_at, c.reason AS decided_because, a.approval_id, a.state AS approval_state,
               a.asked_by, a.asked_at, a.decided_by AS second_by, a.reason AS asked_because,
               (c.evidence ->> 'right_person_id')::bigint AS right_person_id,
               (c.evidence ->> 'survivor_person_id')::bigint AS person_id,
               greatest((c.evidence ->> 'right_person_id')::bigint,
                        (c.evidence ->> 'other_person_id')::bigint) AS merged_person_id
        FROM cases c
        LEFT JOIN LATERAL (
            SELECT * FROM approvals WHERE case_id = c.case_id ORDER BY approval_id DESC LIMIT 1
        ) a ON true
        WHERE c.kind = '{SAME_PERSON.code}' AND c.division_code BETWEEN :low AND :high
          AND (CAST(:before AS bigint) IS NULL OR c.case_id < :before)
    ) found
    JOIN persons w ON w.id = found.person_id
    JOIN persons p ON p.id = coalesce(w.merged_into, w.id)
    WHERE (CAST(:state AS text) IS NULL OR found.state = :state)
      AND (CAST(:person_id AS bigint) IS NULL OR :person_id IN (found.person_id, found.merged_person_id)
           OR coalesce(w.merged_into, w.id)
              = (SELECT coalesce(merged_into, id) FROM persons WHERE id = :person_id))
    ORDER BY found.case_id DESC LIMIT :limit
""",
    persons.c.name,
    decided_because=cases.c.reason,
    asked_because=approvals.c.reason,
)


@dataclass(frozen=True, slots=True)
class MergeRow:
    """Two records that are, or may be, one person; `name` is that of who goes on."""

    case_id: int
    county: str
    division_code: str
    state: MergeState
    opened_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_because: str | None
    approval_id: int | None
    approval_state: str | None
    asked_by: str | None
    asked_at: datetime | None
    second_by: str | None
    asked_because: str | None
    right_person_id: int
    person_id: int
    merged_person_id: int
    name: str


async def page(
    conn: AsyncConnection,
    division: tuple[str, str],
    state: MergeState | None,
    person_id: int | None,
    before: int | None,
    limit: int,
) -> list[MergeRow]:
    """A page of merges, the newest first; of a person, by whichever of the ids."""
    return await fetch_as(
        conn, MergeRow, _PAGE, low=division[0], high=division[1], state=state, person_id=person_id,
        before=before, limit=limit,
    )  # fmt: skip
