"""Collects what the questions of claimed enrollments need to know."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.assessments import rules, store
from services.registration.assessments.subject import Person, Subject, Waiting
from services.registration.helps import store as helps


async def gather(conn: AsyncConnection, claimed: Sequence[Waiting]) -> list[Subject]:
    """Collect what the questions of the claimed enrollments need; a handful of statements."""
    ids = sorted({row.person_id for row in claimed})
    people = await store.people(conn, ids)
    changed = sorted({row.person_id for row in claimed if _changed_since(people[row.person_id], row)})
    earlier = await store.earlier_facts(conn, changed) if changed else {}
    statuses = await store.statuses(conn, ids)
    events = await store.events(conn, ids)
    helped = await helps.helped(conn, ids)
    supplied = await store.parameters(conn, sorted({row.county for row in claimed}))
    tiered = sorted({row.household_id for row in claimed if row.tier is not None})
    tiers = await store.paid_tiers(conn, tiered) if tiered else []
    paid_tiers = {(row.household_id, row.coverage_year): row for row in tiers}
    subjects = []
    for row in claimed:
        tier = paid_tiers.get((row.household_id, row.coverage_year))
        subjects.append(
            Subject(
                row,
                people[row.person_id],
                statuses.get((row.person_id, row.coverage_year), ()),
                events.happened.get(row.person_id, ()),
                rules.parameters_at(supplied, row.assess_at).get((row.county, row.coverage_year), {}),
                tier.tier if tier is not None and tier.person_id != row.person_id else None,
                events.died.get(row.person_id),
                earlier.get(row.person_id, ()),
                events.employed.get(row.person_id),
                helped.get(row.enrollment_id, ()),
            )
        )
    return subjects


def _changed_since(person: Person, row: Waiting) -> bool:
    """Whether facts of the person have changed since the completion, or else what was told last."""
    since = row.known_at or row.said_at
    return since is not None and person.known_at > since
