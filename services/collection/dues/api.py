"""What a person owes and why: by ID number and name, for oneself and the family."""

from fastapi import APIRouter

from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import INVALID_REQUEST, SCOPE_MISSING, TOO_MANY_GUESSES
from libs.common.web.openapi import problems
from services.collection.access import Context, Reader
from services.collection.dues.finding import OnDocument, Season
from services.collection.dues.rules import Due
from services.collection.dues.schemas import DueFound, DueSearch
from services.collection.dues.searching import Asked, search
from services.collection.dues.showing import shown
from services.collection.payers.rules import channel_at, check_vouching, shows_family
from services.collection.problems import PERSON_NOT_FOUND

router = APIRouter(prefix="/v1/dues", tags=["dues"])


@router.post(
    "/search",
    summary="What does this person owe, and why?",
    responses=problems(PERSON_NOT_FOUND, TOO_MANY_GUESSES, SCOPE_MISSING, INVALID_REQUEST),
)
async def search_dues(asked: DueSearch, caller: Reader, context: Context, address: Address) -> DueFound:
    """Find a person by ID number and name. A wrong name and an unknown number get the same answer.

    The family is listed where the channel may pay for it, and of channels that ask who pays to the payer
    alone; its members are told apart by relation, year of birth and the end of the number.
    """
    now = context.clock.now()
    if asked.is_payer:
        check_vouching(caller)

    def with_family(due: Due) -> bool:
        notice = context.notices.get((due.county, due.coverage_year))
        channel = channel_at(notice, caller, asked.notice_channel)
        return shows_family(channel, is_payer=asked.is_payer)

    named, season = OnDocument(asked.id_number, asked.name), Season(asked.county, asked.coverage_year)
    attempt = Attempt(caller, address, context.settings.guess_limit)
    wanted = Asked(named, season, with_family, context.parts.settling.terms)
    people = await search(context.engine, context.digests, wanted, attempt, now)
    found = people[0].due
    notice = context.notices.get((found.county, found.coverage_year))
    person, *family = [shown(one, found, notice, now) for one in people]
    return DueFound(**dict(person), family=family)
