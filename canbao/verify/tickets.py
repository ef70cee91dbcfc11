"""Checks of tickets: what was carried out from one is there, or was changed again later."""

from dataclasses import dataclass

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Missing:
    ticket_id: int
    kind: str


_COUNT = statement("SELECT count(*) FROM tickets WHERE state = 'resolved'")
# Each change bears the instant of the answer. Of two records of one person either may have it.
# Of who was erased nothing is left to compare.
_MISSING = statement("""
    WITH resolved AS MATERIALIZED (
        SELECT * FROM tickets t WHERE state = 'resolved'
          AND NOT EXISTS (SELECT FROM persons e WHERE e.id = t.person_id AND e.erased_at IS NOT NULL)
    ), records AS MATERIALIZED (
        SELECT r.id AS ticket_id, p.id, p.known_at, p.household_id, p.merged_into
        FROM resolved r JOIN persons p ON p.id = r.person_id OR p.merged_into = r.person_id
    ), found AS (
        SELECT c.ticket_id FROM resolved r JOIN records c ON c.ticket_id = r.id
        WHERE r.kind = 'name' AND (c.known_at = r.answered_at OR EXISTS (
            SELECT FROM person_versions v WHERE v.person_id = c.id AND v.known_at = r.answered_at))
        UNION
        SELECT r.id FROM resolved r JOIN documents d ON d.county = r.county
         AND d.number_digest = r.number_digest AND d.person_id = r.person_id
        WHERE r.kind = 'number'
        UNION
        SELECT r.id FROM resolved r JOIN former_numbers f ON f.county = r.county
         AND f.number_digest = r.number_digest AND f.replaced_at >= r.answered_at
        WHERE r.kind = 'number'
        UNION
        SELECT r.id FROM resolved r JOIN rosters o ON o.county = r.county
         AND o.coverage_year = r.coverage_year AND o.status = r.status AND o.known_at = r.answered_at
        WHERE r.kind = 'status'
        UNION
        SELECT c.ticket_id FROM resolved r JOIN records c ON c.ticket_id = r.id
        WHERE r.kind IN ('household', 'place')
          AND (c.household_id = r.household_id OR c.known_at > r.answered_at OR c.merged_into IS NOT NULL)
        UNION
        SELECT c.ticket_id FROM resolved r JOIN records c ON c.ticket_id = r.id
        WHERE r.kind = 'duplicate' AND c.merged_into IS NOT NULL
        UNION
        SELECT r.id FROM resolved r JOIN life_events l ON l.person_id = r.person_id
         AND l.kind = 'died' AND l.happened_on = r.died_on
        WHERE r.kind = 'death'
    )
    SELECT id AS ticket_id, kind FROM resolved r
    WHERE NOT EXISTS (SELECT FROM found WHERE found.ticket_id = r.id) ORDER BY id
""")


async def are_carried_out(sources: Sources, found: Findings) -> None:
    """What a resolved ticket changed is there, or was changed again after it."""
    found.compared = await sources.number("registration", _COUNT)
    for one in await sources.rows("registration", _Missing, _MISSING):
        found.differs(f"ticket {one.ticket_id}", f"is resolved, and its {one.kind} was not changed then")
