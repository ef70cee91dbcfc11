"""Takes people to chase, records what was done about them, and lets go; nobody is chased by two at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
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
    return Step(**one.model_dump(exclude={"at", "row_id", "person_id"}), at=one.at or now)


def _owing(one: Standing, chases: Mapping[bytes, KeptChase]) -> Owing:
    """How it stands, after the steps of the same request before."""
    row = chases.get(one.key, one)
    chase = None
    if row.taken_by is not None:
        chase = Chase(**{each.name: getattr(row, each.name) for each in fields(Chase)})
    return Owing(one.state, one.reason, one.dead, chase)


def _chase(notice: Notice, one: Standing, after: Chase) -> KeptChase:
    return KeptChase(
        county=notice.county,
        coverage_year=notice.year,
        number_digest=one.key,
        division_code=one.division_code,
        **asdict(after),
    )


def _kept(notice: Notice, one: Standing, step: Step, caller: Caller, now: datetime) -> KeptStep:
    return KeptStep(
        county=notice.county,
        coverage_year=notice.year,
        division_code=one.division_code,
        number_digest=one.key,
        entered_by=caller.subject,
        entered_at=now,
        **asdict(step),
    )
