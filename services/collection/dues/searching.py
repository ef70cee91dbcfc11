"""Finds what a person and the household owe, by ID number and name; every search is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security import guesses
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from libs.common.security.guesses import Attempt
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError
from services.collection.dues import store
from services.collection.dues.rules import Due, asks_for_add_ons
from services.collection.dues.store import Standing
from services.collection.households import store as households_store
from services.collection.households.rules import AddOnsBought
from services.collection.matching.rules import person_year
from services.collection.problems import PERSON_NOT_FOUND
from services.collection.suspense import store as suspense_store
from services.collection.suspense.store import PersonsMoney


@dataclass(frozen=True, slots=True)
class Person:
    """One person's due, and how the year stands."""

    due: Due
    standing: Standing | None
    add_ons_fen: int = 0
    waiting: Sequence[PersonsMoney] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is looked for, as it stands on the identity document."""

    id_number: str
    name: str
    county: str | None
    coverage_year: int


async def search(
    engine: AsyncEngine, digests: Digests, asked: Asked, attempt: Attempt, now: datetime
) -> list[Person]:
    """Find the person, who comes first, and the household.

    A wrong name and an unknown number get the same answer, Problem 404. Raises 422 for a number that cannot
    exist, and 429 for whoever failed too often.
    """
    digest, caller = _digest(digests, asked, now), attempt.caller
    guess = attempt.at(digest)
    async with engine.begin() as conn:
        refused = await guesses.refusal(conn, guess)
        due = None if refused else await _find(conn, asked, digest, digests.name(asked.name), caller)
        people = [due, *await store.family(conn, due)] if due is not None else []
        ids = [one.person_id for one in people]
        standing = await store.standing(conn, ids, asked.coverage_year)
        waiting = await suspense_store.of_people(conn, ids, asked.coverage_year)
        offered = [person_year(one) for one in people if asks_for_add_ons(one)]
        bought = AddOnsBought(await households_store.bought(conn, offered))
        if not people and refused is None:
            await guesses.failed(conn, guess)
        operation = "search_dues_refused" if refused else "search_dues"
        await record_lookup(conn, caller, operation=operation, at=now, person_ids=ids, query_digest=digest)
    if refused is not None:
        raise refused
    if not people:
        raise PERSON_NOT_FOUND.problem()
    return [
        Person(
            one,
            standing.get(one.person_id),
            bought.fen(one.person_id, one.coverage_year),
            waiting.get(one.person_id, ()),
        )
        for one in people
    ]


async def _find(
    conn: AsyncConnection, asked: Asked, digest: str, name_digest: str, caller: Caller
) -> Due | None:
    due = await store.search(conn, digest, asked.county, asked.coverage_year, caller.division)
    return due if due is not None and due.name_digest == name_digest else None


def _digest(digests: Digests, asked: Asked, now: datetime) -> str:
    """Digest the number; one that cannot exist says nothing about anybody, so its fault may be named."""
    try:
        return digests.document(identify(asked.id_number, business_date(now)))
    except IdentityNumberInvalid as error:
        fault = FieldError("#/id_number", str(error), error.message_zh)
        raise INVALID_REQUEST.problem(errors=[fault]) from None
