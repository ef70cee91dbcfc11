"""Asks an officer which day is right where a person is said to have died on two: the newest report stands."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow, Gone, NewCase
from services.registration.assessments import store as assessments
from services.registration.cases.rules import TWO_DEATHS
from services.registration.life_events import store
from services.registration.life_events.store import Death
from services.registration.people.store import active_enrollments

_SETTLED = "one_day"


async def keep_questions(conn: AsyncConnection, people: Sequence[int], now: datetime) -> None:
    """Open the question about each of these people who died on two days, and close it for the others."""
    if not people:
        return
    found = await store.deaths(conn, people)
    told = {key: list(some) for key, some in groupby(found, key=lambda death: death.person_id)}
    twice = {person_id: some for person_id, some in told.items() if len(some) > 1}
    await cases.open_cases(conn, [_case(some, now) for some in twice.values()])
    gone = [Gone(TWO_DEATHS.code, _subject(one)) for one in people if one not in twice]
    await cases.close_cases(conn, gone, now, _SETTLED)


async def earlier(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """The earlier day is right: the others are taken back."""
    await _settle(conn, case, decision, right=0)


async def later(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """The later day is right."""
    await _settle(conn, case, decision, right=-1)


async def _settle(conn: AsyncConnection, case: CaseRow, decision: Decision, *, right: int) -> None:
    person_id = int(case.subject.removeprefix("persons/"))
    told = await store.deaths(conn, [person_id])
    for death in told:
        if death.id != told[right].id:
            await store.withdraw(conn, death.id, decision.at, decision.by)
    active = await active_enrollments(conn, [person_id])
    await assessments.enqueue(conn, active, "life_event", decision.at)


def _subject(person_id: int) -> str:
    return f"persons/{person_id}"


def _case(told: Sequence[Death], now: datetime) -> NewCase:
    newest = max(told, key=lambda death: (death.known_at, death.id))
    return NewCase(
        kind=TWO_DEATHS.code,
        subject=_subject(newest.person_id),
        owner=TWO_DEATHS.owner,
        proposed="later" if newest is told[-1] else "earlier",
        opened_at=now,
        evidence={
            "days": [death.happened_on.isoformat() for death in told],
            "counts_until_decided": newest.happened_on.isoformat(),
        },
        county=newest.county,
        division_code=newest.division_code,
        person_id=newest.person_id,
    )
