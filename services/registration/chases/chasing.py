"""Takes people to chase, records what was done about them, and lets go; nobody is chased by two at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.web.problems import Problem
from services.registration.chases import store
from services.registration.chases.rules import Chase, Owing, Step, taken
from services.registration.chases.schemas import NewStep
from services.registration.chases.store import KeptChase, KeptStep, Standing
from services.registration.surveys.answering import problem_of
from services.registration.surveys.answers_store import Subject


async def chase(
    conn: AsyncConnection,
    caller: Caller,
    notice: Notice,
    given: Sequence[NewStep],
    now: datetime,
    stale_days: int,
) -> list[tuple[int, Problem]]:
    """Carry out steps in their order; give those that are refused, by their places."""
    await store.take_turn(conn, notice.county)
    subjects = [Subject(place, one.row_id, one.person_id) for place, one in enumerate(given)]
    found = await store.standings(conn, notice.county, notice.year, subjects)
    chases: dict[bytes, KeptChase] = {}
    steps: list[KeptStep] = []
    refused: list[tuple[int, Problem]] = []
    for place, one in enumerate(given):
        standing = found.get(place)
        problem = problem_of(caller, standing.division_code if standing else None)
        if problem is not None or standing is None:
            refused += [(place, problem)] if problem is not None else []
            continue
        step = _step(one, now)
        after = taken(_owing(standing, chases), step, caller.subject, now, stale_days)
        if isinstance(after, Problem):
            refused.append((place, after))
            continue
        chases[standing.key] = _chase(notice, standing, after)
        steps.append(_kept(notice, standing, step, caller, now))
    await store.keep(conn, list(chases.values()), steps)
    people = {one.person_id for one in found.values() if one.person_id is not None}
    await record_lookup(conn, caller, operation="record_chase_steps", at=now, person_ids=sorted(people))
    return refused


def _step(one: NewStep, now: datetime) -> Step:
    return Step(
        kind=one.kind,
        at=one.at or now,
        means=one.means,
        outcome=one.outcome,
        next_step=one.next_step,
        next_on=one.next_on,
        note=one.note,
    )


def _owing(one: Standing, chases: Mapping[bytes, KeptChase]) -> Owing:
    """How it stands, after the steps of the same request before."""
    row = chases.get(one.key, one)
    chase = None
    if row.taken_by is not None and row.taken_at is not None and row.free_from is not None:
        chase = Chase(
            taken_by=row.taken_by,
            taken_at=row.taken_at,
            released_at=row.released_at,
            last_contact_at=row.last_contact_at,
            last_outcome=row.last_outcome,
            next_step=row.next_step,
            next_on=row.next_on,
            free_from=row.free_from,
        )
    return Owing(one.state, one.reason, one.dead, chase)


def _chase(notice: Notice, one: Standing, after: Chase) -> KeptChase:
    return KeptChase(
        county=notice.county,
        coverage_year=notice.year,
        number_digest=one.key,
        division_code=one.division_code,
        taken_by=after.taken_by,
        taken_at=after.taken_at,
        released_at=after.released_at,
        last_contact_at=after.last_contact_at,
        last_outcome=after.last_outcome,
        next_step=after.next_step,
        next_on=after.next_on,
        free_from=after.free_from,
    )


def _kept(notice: Notice, one: Standing, step: Step, caller: Caller, now: datetime) -> KeptStep:
    return KeptStep(
        county=notice.county,
        coverage_year=notice.year,
        division_code=one.division_code,
        number_digest=one.key,
        kind=step.kind,
        at=step.at,
        means=step.means,
        outcome=step.outcome,
        next_step=step.next_step,
        next_on=step.next_on,
        note=step.note,
        entered_by=caller.subject,
        entered_at=now,
    )
