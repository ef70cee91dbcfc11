"""Finds what somebody owes by number and name, which have to belong together; failures are counted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.security import guesses
from libs.common.security.digests import Digests
from libs.common.security.guesses import Attempt
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError, Problem
from services.collection.dues import store
from services.collection.dues.rules import Due
from services.collection.problems import PERSON_NOT_FOUND


@dataclass(frozen=True, slots=True)
class OnDocument:
    """Somebody as it stands on the identity document."""

    id_number: str
    name: str


@dataclass(frozen=True, slots=True)
class Season:
    """Of which year somebody's due is looked for; without a county in all that the caller may see."""

    county: str | None
    coverage_year: int


def digest_of(digests: Digests, id_number: str, now: datetime, pointer: str) -> str:
    """Digest a number. Raises Problem 422 for one that cannot exist, which says nothing about anybody."""
    try:
        return digests.document(identify(id_number, business_date(now)))
    except IdentityNumberInvalid as error:
        raise INVALID_REQUEST.problem(errors=[FieldError(pointer, str(error), error.message_zh)]) from None


async def find(
    conn: AsyncConnection, digests: Digests, attempt: Attempt, named: OnDocument, digest: str, season: Season
) -> Due | Problem:
    """The due of somebody whose number has this digest; else the problem to raise once the count is kept.

    A wrong name and an unknown number get the same one (404); 429 for whoever failed too often.
    """
    guess = attempt.at(digest)
    if (refused := await guesses.refusal(conn, guess)) is not None:
        return refused
    due = await store.search(conn, digest, season.county, season.coverage_year, attempt.caller.division)
    if due is not None and due.name_digest == digests.name(named.name):
        return due
    await guesses.failed(conn, guess)
    return PERSON_NOT_FOUND.problem()
