"""Gathers all that the services know of one person; each records the look at its own part."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from libs.common.clock import business_date
from services.console.apis.asking import Asking, Query
from services.console.apis.rules import Refused, ServiceAway
from services.console.home.rules import approvals_of, may
from services.console.persons.calling import Calling
from services.console.persons.finding import seasons
from services.console.persons.history_schemas import PersonRepair, RepairOffer
from services.console.persons.money_schemas import Notifications, Orders, RefusedOrders
from services.console.persons.rules import (
    OPEN_STATES,
    Called,
    Cover,
    Event,
    cover_says,
    page_of,
    sees_notifications,
    year_shown,
)
from services.console.persons.schemas import (
    Assessment,
    CaseOfPerson,
    CasesOfPerson,
    EnrollmentStory,
    Line,
    Notice,
    Payment,
    Payments,
    Person,
    Subsidies,
    Ticket,
    Tickets,
)
from services.console.persons.telling import Story

Part = TypeVar("Part")
Answer = TypeVar("Answer", bound=BaseModel)
#: More than anybody has in one year: the newest of it stand on the page.
_ALL = 1_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A person as the page shows them in one year, and which services could not say."""

    person: Person
    #: The years of the person's own enrollments, the newest first, and the one that is shown.
    years: list[int]
    year: int | None
    season: Notice | None
    known: EnrollmentStory | None
    now: Assessment | None
    cover: tuple[str, str] | None
    events: Sequence[Event]
    #: So many pages back stands what happened before; None where it begins here.
    earlier: int | None
    #: What was paid for the year and not given back yet, with its payment.
    lines: list[tuple[Payment, Line]]
    cases: list[tuple[str, CaseOfPerson]]
    tickets: list[Ticket]
    #: What can be repaired beside the contribution, or after it.
    repair: RepairOffer | None = None
    called: Called = field(default_factory=Called)
    away: list[str] = field(default_factory=list)


class Gathering:
    """Asks about one person; what a service does not say, or may not say, is missing."""

    def __init__(self, asking: Asking, calling: Calling, person_id: int, now: datetime) -> None:
        self._asking = asking
        self._calling = calling
        self._person_id = person_id
        self._now = now
        self._path = f"/v1/persons/{person_id}"
        self.away: set[str] = set()

    async def gather(self, wanted: int | None, back: int = 0) -> Seen:
        """Ask all services that the role may ask. Raises ServiceAway and Refused of registration alone."""
        person = await self._asking.get(Person, "registration", self._path)
        year = year_shown(years := _years(person), wanted)
        names = approvals_of(self._asking.visitor)
        async with asyncio.TaskGroup() as group:
            known = group.create_task(self._part("registration", self._enrollment(person, year)))
            season = group.create_task(self._part("registration", self._season(person, year)))
            payments = group.create_task(self._part("collection", self._payments()))
            orders = group.create_task(self._listed(Orders, "orders", year))
            refused = group.create_task(self._listed(RefusedOrders, "refused-orders", year))
            notified = group.create_task(self._listed(Notifications, "notifications", year))
            subsidies = group.create_task(self._part("subsidy", self._subsidies()))
            repair = group.create_task(self._part("collection", self._repair(year)))
            tickets = group.create_task(self._part("registration", self._tickets(person, year)))
            cases = {name: group.create_task(self._part(name, self._cases(name))) for name in names}
        notice, called = season.result() or (None, Called())
        story, reported = known.result(), tickets.result() or []
        money = payments.result(), subsidies.result(), reported
        asked = orders.result(), notified.result(), refused.result()
        shown, earlier = page_of(
            self._telling(year, called).told(story, *money, *asked) if year else [], back
        )
        return Seen(
            person=person,
            years=years,
            year=year,
            season=notice,
            known=story,
            now=_now(story),
            cover=self._cover(story),
            events=shown,
            earlier=earlier,
            lines=self._lines(payments.result(), year),
            cases=[(name, one) for name, found in cases.items() for one in found.result() or ()],
            tickets=[one for one in reported if one.answered_at is None],
            repair=repair.result(),
            called=called,
            away=sorted(self.away),
        )

    def _telling(self, year: int, called: Called) -> Story:
        return Story(self._person_id, year, called, clear=sees_notifications(self._asking.visitor))

    async def _part(self, service: str, answer: Coroutine[object, object, Part]) -> Part | None:
        try:
            return await answer
        except ServiceAway:
            self.away.add(service)
        except Refused:
            pass
        return None

    async def _enrollment(self, person: Person, year: int | None) -> EnrollmentStory | None:
        """The year; of who has still to pay, with what would be owed now."""
        if year is None:
            return None
        unpaid = any(one.coverage_year == year and one.state in OPEN_STATES for one in person.enrollments)
        query: Query = {"as_of": self._now.isoformat()} if unpaid else {}
        path = f"/v1/persons/{person.person_id}/enrollments/{year}"
        return await self._asking.get(EnrollmentStory, "registration", path, query)

    async def _season(self, person: Person, year: int | None) -> tuple[Notice, Called] | None:
        """The notice of the year, with its words."""
        of_county = [one for one in await seasons(self._asking) if one.county == person.county]
        notice = next((one for one in of_county if one.coverage_year == year), None)
        return None if notice is None else (notice, await self._calling.of(self._asking, notice))

    async def _payments(self) -> Payments | None:
        if not may(self._asking.visitor, "collection:read"):
            return None
        query: Query = {"person_id": self._person_id, "limit": _ALL}
        return await self._asking.get(Payments, "collection", "/v1/payments", query)

    async def _listed(self, shape: type[Answer], what: str, year: int | None) -> Answer | None:
        """What collection lists of the person in a year."""
        return await self._part("collection", self._of_year(shape, what, year))

    async def _of_year(self, shape: type[Answer], what: str, year: int | None) -> Answer | None:
        if year is None or not may(self._asking.visitor, "collection:read"):
            return None
        query: Query = {"coverage_year": year, "limit": _ALL}
        return await self._asking.get(shape, "collection", f"{self._path}/{what}", query)

    async def _subsidies(self) -> Subsidies | None:
        if not may(self._asking.visitor, "subsidy:read"):
            return None
        return await self._asking.get(Subsidies, "subsidy", f"{self._path}/subsidies")

    async def _repair(self, year: int | None) -> RepairOffer | None:
        if year is None or not may(self._asking.visitor, "collection:read"):
            return None
        query: Query = {"person_id": self._person_id, "coverage_year": year}
        return (await self._asking.get(PersonRepair, "collection", "/v1/dues/repair", query)).repair

    async def _tickets(self, person: Person, year: int | None) -> list[Ticket]:
        if year is None or not may(self._asking.visitor, "tickets:read"):
            return []
        query: Query = {"county": person.county, "coverage_year": year, "person_id": self._person_id}
        return (await self._asking.get(Tickets, "registration", "/v1/tickets", query)).items

    async def _cases(self, service: str) -> list[CaseOfPerson]:
        query: Query = {"person_id": self._person_id}
        return (await self._asking.get(CasesOfPerson, service, "/v1/cases", query)).items

    def _lines(self, payments: Payments | None, year: int | None) -> list[tuple[Payment, Line]]:
        return [
            (payment, line)
            for payment in (payments.items if payments else ())
            for line in payment.lines
            if line.person_id == self._person_id and line.coverage_year == year
            if line.amount_fen > line.refunded_fen
        ]

    def _cover(self, story: EnrollmentStory | None) -> tuple[str, str] | None:
        if story is None:
            return None
        one = story.enrollment
        cover = Cover(one.state, one.benefit_from, one.benefit_to, bool(one.contested))
        return cover_says(cover, business_date(self._now))


def _years(person: Person) -> list[int]:
    """The years of somebody's own enrollments, the newest first."""
    # One that was merged into another of the same year stands there.
    own = (one for one in person.enrollments if one.county == person.county and one.merged_into is None)
    return sorted({one.coverage_year for one in own}, reverse=True)


def _now(known: EnrollmentStory | None) -> Assessment | None:
    if known is None:
        return None
    return known.as_of or max(known.assessments, key=lambda one: one.assessed_at, default=None)
