"""What a person owes and why: by ID number and name, for oneself and the family."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import (
    INVALID_REQUEST,
    NOT_FOUND,
    OUTSIDE_DIVISION,
    SCOPE_MISSING,
    TOO_MANY_GUESSES,
)
from libs.common.web.openapi import problems
from libs.common.web.schemas import CoverageYear, Id
from services.collection.access import Context, Officer, Reader
from services.collection.dues import store
from services.collection.dues.finding import OnDocument, Season
from services.collection.dues.repairing import repair_of
from services.collection.dues.rules import Due
from services.collection.dues.schemas import DueFound, DueSearch, PersonRepair
from services.collection.dues.searching import Asked, search
from services.collection.dues.showing import shown
from services.collection.matching.rules import person_year
from services.collection.payers.rules import channel_at, check_vouching, shows_family
from services.collection.problems import PERSON_NOT_FOUND
from services.collection.repairs import store as repairs_store
from services.collection.repairs.rules import RepairsKnown

router = APIRouter(prefix="/v1/dues", tags=["dues"])


@router.get(
    "/repair",
    summary="What could this person repair, until when, at what price?",
    responses=problems(NOT_FOUND, OUTSIDE_DIVISION),
)
async def get_repair(
    caller: Officer,
    context: Context,
    person_id: Annotated[Id, Query()],
    coverage_year: Annotated[CoverageYear, Query()],
) -> PersonRepair:
    """Say which lapsed years somebody could repair now beside the contribution; the look-up is recorded."""
    now = context.clock.now()
    async with context.engine.begin() as conn:
        due = (await store.of_people(conn, [person_id], coverage_year)).get(person_id)
        if due is None:
            raise NOT_FOUND.problem()
        check_division(caller, due.division_code)
        whose = person_year(due)
        known = RepairsKnown(await repairs_store.standing(conn, [whose])).of(whose)
        await record_lookup(conn, caller, operation="get_repair", at=now, person_ids=[person_id])
    offer = repair_of(due, known, now)
    return PersonRepair(person_id=person_id, county=due.county, coverage_year=coverage_year, repair=offer)


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
