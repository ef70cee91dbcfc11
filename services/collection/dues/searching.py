"""Finds what a person and the household owe, by ID number and name; every search is recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.security.audit import record_lookup
from libs.common.security.digests import Digests
from libs.common.security.guesses import Attempt
from libs.common.web.catalogue import TOO_MANY_GUESSES
from libs.common.web.problems import Problem
from services.collection.certificates import store as certificates
from services.collection.dues import store
from services.collection.dues.finding import OnDocument, Season, digest_of, find
from services.collection.dues.rules import Due
from services.collection.dues.store import Standing
from services.collection.households import store as households_store
from services.collection.households.rules import AddOnsBought, TermsOfNotices
from services.collection.matching.rules import person_year
from services.collection.repairs import store as repairs_store
from services.collection.repairs.rules import RepairsKnown, RepairStanding, whose_repairs
from services.collection.suspense import store as suspense_store
from services.collection.suspense.store import PersonsMoney


@dataclass(frozen=True, slots=True)
class Person:
    """One person's due, and how the year stands."""

    due: Due
    standing: Standing | None
    bought: AddOnsBought
    repairs: RepairStanding
    waiting: Sequence[PersonsMoney] = ()
    cover: tuple[date | None, date | None] | None = None
    #: Of the year before, where the notice says that it is paid first, and the place that says so.
    earlier: tuple[Due, str] | None = None

    @property
    def add_ons_fen(self) -> int:
        """What was paid for add-ons."""
        return self.bought.fen(self.due.person_id, self.due.coverage_year)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is looked for, and whether the household is listed with somebody who was found."""

    named: OnDocument
    season: Season
    with_family: Callable[[Due], bool]
    terms: TermsOfNotices


async def search(
    engine: AsyncEngine, digests: Digests, asked: Asked, attempt: Attempt, now: datetime
) -> list[Person]:
    """Find the person, who comes first, and the household.

    A wrong name and an unknown number get the same answer, Problem 404. Raises 422 for a number that cannot
    exist, and 429 for whoever failed too often.
    """
    digest, caller = digest_of(digests, asked.named.id_number, now, "#/id_number"), attempt.caller
    async with engine.begin() as conn:
        found = await find(conn, digests, attempt, asked.named, digest, asked.season)
        people = [] if isinstance(found, Problem) else [found]
        if people and asked.with_family(people[0]):
            people += await store.family(conn, people[0], caller.division)
        ids = [one.person_id for one in people]
        known = await known_of_people(conn, people, asked.terms)
        locked = isinstance(found, Problem) and found.type == TOO_MANY_GUESSES
        operation = "search_dues_refused" if locked else "search_dues"
        await record_lookup(conn, caller, operation=operation, at=now, person_ids=ids, query_digest=digest)
    if isinstance(found, Problem):
        raise found
    return known


async def known_of_people(
    conn: AsyncConnection, people: Sequence[Due], terms: TermsOfNotices
) -> list[Person]:
    """How the year stands of these people, who are enrolled in one year."""
    if not people:
        return []
    ids, year = [one.person_id for one in people], people[0].coverage_year
    standing = await store.standing(conn, ids, year)
    waiting = await suspense_store.of_people(conn, ids, year)
    bought = AddOnsBought(await households_store.bought(conn, [person_year(one) for one in people]))
    repairs = RepairsKnown(await repairs_store.standing(conn, whose_repairs(people)))
    earlier = await _earlier(conn, people, terms)
    covers = await certificates.covers_of(conn, [one.enrollment_id for one in people])
    return [
        Person(
            one,
            standing.get(one.person_id),
            bought,
            repairs.of(person_year(one)),
            waiting.get(one.person_id, ()),
            covers.get(one.enrollment_id),
            earlier.get(one.person_id),
        )
        for one in people
    ]


async def _earlier(
    conn: AsyncConnection, people: Sequence[Due], terms: TermsOfNotices
) -> dict[int, tuple[Due, str]]:
    """What these people, who are enrolled in one year, are to pay first for the year before."""
    asking = [one for one in people if terms.of(one.county, one.coverage_year).earlier_year_first]
    if not asking:
        return {}
    first = {one.person_id: one for one in asking}
    found = await store.of_people(conn, sorted(first), people[0].coverage_year - 1)
    return {
        person: (due, terms.of(due.county, due.coverage_year + 1).earlier_year_first or "")
        for person, due in found.items()
        if due.county == first[person].county
    }
