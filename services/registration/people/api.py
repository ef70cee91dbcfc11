"""HTTP for people: search, look-up and correction. Every look-up is audited."""

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.identity import clean_number
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.guesses import Address, Attempt
from libs.common.web.catalogue import OUTSIDE_DIVISION, TOO_MANY_GUESSES
from libs.common.web.idempotency import Key, answer, answered, give_back, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id
from services.registration.access import Context, IdentityReader, Reader, Writer
from services.registration.merges.proposing import open_case, pair_of
from services.registration.people import store
from services.registration.people.correcting import correct
from services.registration.people.finding import document_of, find
from services.registration.people.problems import (
    NOTHING_TO_CORRECT,
    NUMBER_NOT_ON_RECORD,
    NUMBER_OF_ANOTHER,
    PERSON_NOT_FOUND,
)
from services.registration.people.renumbering import correct_number
from services.registration.people.schemas import (
    CorrectionIn,
    Identities,
    IdentitiesWanted,
    Identity,
    NumberCorrection,
    PersonOut,
    PersonSearch,
    PersonsFound,
)
from services.registration.people.store import Person
from services.registration.people.viewing import view

router = APIRouter(prefix="/v1", tags=["people"])


@router.post("/persons/search", responses=problems(TOO_MANY_GUESSES))
async def search_persons(
    wanted: PersonSearch, context: Context, caller: Reader, address: Address
) -> PersonsFound:
    """Find a person by ID number and name. The search is audited, whether or not it finds somebody."""
    now = context.clock.now()
    document = document_of("#/id_number", wanted.id_number, now)
    digest = context.digests.document(document)
    guess = Attempt(caller, address, context.settings.guess_limit).at(digest)
    async with context.engine.begin() as conn:
        people, refused = await find(conn, document, wanted.name, guess)
        seen = [p for p in people if caller.sees(p.division_code)]
        await record_lookup(
            conn,
            caller,
            operation="search_persons_refused" if refused else "search_persons",
            at=now,
            person_ids=[p.id for p in seen],
            query_digest=digest,
            note=wanted.purpose,
        )
        items = [await view(conn, context.notices, caller, p) for p in seen]
    if refused is not None:
        raise refused
    return PersonsFound(items=items, outside_division=len(people) - len(seen))


@router.post("/persons/identities", summary="Numbers and names of people, for what is exchanged about them")
async def list_identities(wanted: IdentitiesWanted, context: Context, caller: IdentityReader) -> Identities:
    """Give them whole, to fill the files that collector and bureau get; each look is on record.

    Who is not on record, was erased or lies outside of the caller's division is left out.
    """
    async with context.engine.begin() as conn:
        found = await store.identities(conn, wanted.person_ids)
        seen = [one for one in found if caller.sees(one.division_code)]
        await record_lookup(
            conn,
            caller,
            operation="list_identities",
            at=context.clock.now(),
            person_ids=[one.person_id for one in seen],
        )
    return Identities(items=[Identity.model_validate(one) for one in seen])


@router.get("/persons/{person_id}", responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION))
async def get_person(person_id: Id, context: Context, caller: Reader) -> PersonOut:
    """Look up a person. Numbers are masked unless the token has pii:read; the look-up is audited."""
    async with context.engine.begin() as conn:
        person = await store.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        await record_lookup(
            conn, caller, operation="get_person", at=context.clock.now(), person_ids=[person_id]
        )
        return await view(conn, context.notices, caller, person)


@router.patch(
    "/persons/{person_id}", responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION, NOTHING_TO_CORRECT)
)
async def correct_person(
    person_id: Id, correction: CorrectionIn, context: Context, caller: Writer
) -> PersonOut:
    """Correct a person on record. Open enrollments are assessed again; what was known before is kept."""
    now = context.clock.now()
    facts = correction.facts()
    if not (correction.name or correction.born or correction.sex or facts):
        raise NOTHING_TO_CORRECT.problem()
    async with context.engine.begin() as conn:
        person = await store.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        await correct(conn, person, correction, now)
        await record_lookup(conn, caller, operation="correct_person", at=now, person_ids=[person_id])
        return await view(conn, context.notices, caller, await store.the(conn, person_id))


@router.post(
    "/persons/{person_id}/documents/correction",
    response_model=PersonOut,
    responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION, NUMBER_NOT_ON_RECORD, NUMBER_OF_ANOTHER),
)
async def correct_document(
    person_id: Id, correction: NumberCorrection, context: Context, caller: Writer, key: Key
) -> Response:
    """Correct a wrong number. The person stays one: payments under either number are this person's.

    Where the right number is on record as another person's, a case (case_id) asks whether both are one.
    """
    now, wanted = context.clock.now(), once(caller, key, correction)
    right = document_of("#/right_number", correction.right_number, now)
    async with context.engine.begin() as conn:
        if repeated := await answered(conn, wanted, now):
            return repeated
        person = await _seen(conn, person_id, caller)
        wrong = clean_number(correction.wrong_number)
        owner = await correct_number(conn, context.digests, person, wrong, right, now)
        seen = [person.id] if owner is None else [person.id, owner]
        await record_lookup(
            conn, caller, operation="correct_document", at=now, person_ids=seen, note=correction.reason
        )
        if owner is None:
            return await answer(
                conn, wanted, await view(conn, context.notices, caller, await store.the(conn, person.id)), 200
            )
        # The record that has the right number is the one that is right.
        other = await store.the(conn, owner)
        case_id = await open_case(conn, pair_of(other, person), now)
        await give_back(conn, wanted)
    # Who may not see the other record does not learn which it is: whoever sees both decides the case.
    if not caller.sees(other.division_code):
        raise NUMBER_OF_ANOTHER.problem(case_id=case_id)
    raise NUMBER_OF_ANOTHER.problem(person_id=owner, case_id=case_id)


async def _seen(conn: AsyncConnection, person_id: int, caller: Caller) -> Person:
    person = await store.one(conn, person_id)
    if person is None:
        raise PERSON_NOT_FOUND.problem()
    check_division(caller, person.division_code)
    return person
