"""Collects what the questions of claimed enrollments need to know."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.assessments import rules, store
from services.registration.assessments.subject import (
    PaidTier,
    Person,
    Subject,
    Waiting,
    known_of_year,
    tier_of_others,
)
from services.registration.helps import store as helps
from services.registration.histories import store as histories
from services.registration.histories.rules import Record
from services.registration.repairs import store as repairs
from services.registration.repairs.rules import Repaired


async def gather(
    conn: AsyncConnection, claimed: Sequence[Waiting], counts: Collection[tuple[str, int]]
) -> list[Subject]:
    """Collect what the questions of the claimed enrollments need; a handful of statements.

    `counts` are the counties and years whose notices count the years before.
    """
    ids = sorted({row.person_id for row in claimed})
    people = await store.people(conn, ids)
    changed = sorted({row.person_id for row in claimed if _changed_since(people[row.person_id], row)})
    earlier = await store.earlier_facts(conn, ids, changed)
    statuses = await store.statuses(conn, ids)
    events = await store.events(conn, ids)
    helped = await helps.helped(conn, ids)
    supplied = await store.parameters(conn, sorted({row.county for row in claimed}))
    tiered = sorted({row.household_id for row in claimed if row.tier is not None})
    tiers = _by_home(await store.paid_tiers(conn, tiered) if tiered else [])
    past = await _histories(conn, claimed, counts)
    repaired = await _repairs(conn, claimed, counts)
    subjects = []
    for row in claimed:
        year = row.coverage_year
        person, before = known_of_year(people[row.person_id], earlier.get(row.person_id, ()), year)
        subjects.append(
            Subject(
                row,
                person,
                statuses.get((row.person_id, year), ()),
                [event.in_year(year) for event in events.happened.get(row.person_id, ())],
                rules.parameters_at(supplied, row.assess_at).get((row.county, year), {}),
                _tier_of_others(row, tiers),
                events.died.get(row.person_id),
                before,
                events.employed.get(row.person_id),
                helped.get(row.enrollment_id, ()),
                past.get((row.person_id, year)),
                repaired.get(row.enrollment_id, ()),
            )
        )
    return subjects


def _by_home(tiers: Iterable[PaidTier]) -> dict[tuple[int, int], list[PaidTier]]:
    homes: dict[tuple[int, int], list[PaidTier]] = {}
    for one in tiers:
        homes.setdefault((one.household_id, one.coverage_year), []).append(one)
    return homes


def _tier_of_others(row: Waiting, tiers: Mapping[tuple[int, int], Sequence[PaidTier]]) -> int | None:
    return tier_of_others(row.person_id, tiers.get((row.household_id, row.coverage_year), ()))


async def _histories(
    conn: AsyncConnection, claimed: Sequence[Waiting], counts: Collection[tuple[str, int]]
) -> dict[tuple[int, int], Record]:
    """What is known of the years before, by person and coverage year."""
    by_year: dict[int, dict[int, str]] = {}
    for row in claimed:
        if (row.county, row.coverage_year) in counts:
            by_year.setdefault(row.coverage_year, {})[row.person_id] = row.division_code
    return {
        (person, year): record
        for year, divisions in by_year.items()
        for person, record in (await histories.records(conn, divisions, year)).items()
    }


async def _repairs(
    conn: AsyncConnection, claimed: Sequence[Waiting], counts: Collection[tuple[str, int]]
) -> dict[int, list[Repaired]]:
    """The lapsed years that were repaired, by enrollment."""
    counted = [row.enrollment_id for row in claimed if (row.county, row.coverage_year) in counts]
    return await repairs.of_enrollments(conn, counted)


def _changed_since(person: Person, row: Waiting) -> bool:
    """Whether facts of the person have changed since the completion, or else what was told last."""
    since = row.known_at or row.said_at
    return since is not None and person.known_at > since
