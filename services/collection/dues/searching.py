"""Finds what a person and the household owe, by ID number and name; every search is recorded."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.digests import Digests
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError
from services.collection.dues import store
from services.collection.dues.rules import Due
from services.collection.dues.store import Standing
from services.collection.problems import PERSON_NOT_FOUND


@dataclass(frozen=True, slots=True)
class Person:
    """One person's due, and how the year stands."""

    due: Due
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is looked for, as it stands on the identity document."""

    id_number: str
    name: str
    county: str | None
    coverage_year: int


async def search(
    engine: AsyncEngine, digests: Digests, caller: Caller, asked: Asked, now: datetime
) -> list[Person]:
    """Find the person, who comes first, and the household.

    A wrong name and an unknown number get the same answer, Problem 404. Raises 422 for a number that cannot
    exist.
    """
    digest = _digest(digests, asked, now)
    async with engine.begin() as conn:
        due = await store.search(conn, digest, asked.county, asked.coverage_year, caller.division)
        if due is not None and due.name_digest != digests.name(asked.name):
            due = None
        people = [due, *await store.family(conn, due)] if due is not None else []
        ids = [one.person_id for one in people]
        standing = await store.standing(conn, ids, asked.coverage_year)
        await record_lookup(
            conn, caller, operation="search_dues", at=now, person_ids=ids, query_digest=digest
        )
    if not people:
        raise PERSON_NOT_FOUND.problem()
    return [Person(one, standing.get(one.person_id)) for one in people]


def _digest(digests: Digests, asked: Asked, now: datetime) -> str:
    """Digest the number; one that cannot exist says nothing about anybody, so its fault may be named."""
    try:
        return digests.document(identify(asked.id_number, business_date(now)))
    except IdentityNumberInvalid as error:
        fault = FieldError("#/id_number", str(error), error.message_zh)
        raise INVALID_REQUEST.problem(errors=[fault]) from None
