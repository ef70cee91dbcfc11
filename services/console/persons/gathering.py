"""Gathers all that the services know of one person; each records the look at its own part."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused, ServiceAway
from services.console.home.rules import approvals_of, may
from services.console.persons.rules import OPEN_STATES, Event, year_shown
from services.console.persons.schemas import (
    Assessment,
    CaseOfPerson,
    CasesOfPerson,
    EnrollmentStory,
    Payments,
    Person,
    Subsidies,
)
from services.console.persons.telling import story

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Seen:
    """A person as the page shows them in one year, and which services could not say."""

    person: Person
    year: int | None
    known: EnrollmentStory | None
    now: Assessment | None
    events: list[Event]
    cases: list[tuple[str, CaseOfPerson]]
    away: list[str] = field(default_factory=list)


async def gather(asking: Asking, person_id: int, wanted: int | None, now: datetime) -> Seen:
    """Ask all services that the role may ask. Raises ServiceAway and Refused of registration alone."""
    person = await asking.get(Person, "registration", f"/v1/persons/{person_id}")
    years = [one.coverage_year for one in person.enrollments]
    year, away = year_shown(years, wanted), set[str]()

    async def part(service: str, answer: Coroutine[object, object, Part]) -> Part | None:
        try:
            return await answer
        except ServiceAway:
            away.add(service)
        except Refused:
            pass
        return None

    services = approvals_of(asking.visitor)
    async with asyncio.TaskGroup() as group:
        known = group.create_task(part("registration", _enrollment(asking, person, year, now)))
        payments = group.create_task(part("collection", _payments(asking, person_id)))
        subsidies = group.create_task(part("subsidy", _subsidies(asking, person_id)))
        cases = {name: group.create_task(part(name, _cases(asking, name, person_id))) for name in services}
    events = []
    if year is not None:
        events = story(person_id, year, known.result(), payments.result(), subsidies.result())
    return Seen(
        person=person,
        year=year,
        known=known.result(),
        now=_now(known.result()),
        events=events,
        cases=[(name, one) for name, found in cases.items() for one in found.result() or ()],
        away=sorted(away),
    )


def _now(known: EnrollmentStory | None) -> Assessment | None:
    if known is None:
        return None
    return known.as_of or max(known.assessments, key=lambda one: one.assessed_at, default=None)


async def _enrollment(
    asking: Asking, person: Person, year: int | None, now: datetime
) -> EnrollmentStory | None:
    """The year; of who has still to pay, with what would be owed now."""
    if year is None:
        return None
    unpaid = any(one.coverage_year == year and one.state in OPEN_STATES for one in person.enrollments)
    query: Query = {"as_of": now.isoformat()} if unpaid else {}
    path = f"/v1/persons/{person.person_id}/enrollments/{year}"
    return await asking.get(EnrollmentStory, "registration", path, query)


async def _payments(asking: Asking, person_id: int) -> Payments | None:
    if not may(asking.visitor, "collection:read"):
        return None
    return await asking.get(Payments, "collection", "/v1/payments", {"person_id": person_id})


async def _subsidies(asking: Asking, person_id: int) -> Subsidies | None:
    if not may(asking.visitor, "subsidy:read"):
        return None
    return await asking.get(Subsidies, "subsidy", f"/v1/persons/{person_id}/subsidies")


async def _cases(asking: Asking, service: str, person_id: int) -> list[CaseOfPerson]:
    return (await asking.get(CasesOfPerson, service, "/v1/cases", {"person_id": person_id})).items
