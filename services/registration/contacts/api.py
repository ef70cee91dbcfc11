"""HTTP for phones under which people agreed to be reminded."""

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.security.caller import Caller
from libs.common.security.masking import mask_phone
from libs.common.web.catalogue import IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, OUTSIDE_DIVISION
from libs.common.web.idempotency import Key, answer, answered, once
from libs.common.web.openapi import problems
from libs.common.web.schemas import Id
from services.registration.access import ConsentKeeper, Context, Reader, Voucher
from services.registration.contacts import store
from services.registration.contacts.problems import NO_CONSENT
from services.registration.contacts.schemas import Contact, Contacts, NewContact, WithdrawnContact
from services.registration.people import store as people
from services.registration.people.problems import PERSON_NOT_FOUND

router = APIRouter(prefix="/v1/persons/{person_id}/contacts", tags=["people"])

_ONCE = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED)


@router.post(
    "",
    status_code=201,
    summary="Keep a phone under which the person agrees to be reminded",
    response_model=Contact,
    responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION, *_ONCE),
)
async def give_contact(
    person_id: Id, body: NewContact, context: Context, caller: Voucher, key: Key
) -> Response:
    """Keep a consent to reminders for one coverage year, with who said so and when, in place of another.

    The phone lies sealed, serves reminders alone, and goes when the consent is withdrawn.
    """
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        person = await _person(conn, caller, person_id)
        new = store.NewContact(person, body.coverage_year, body.phone, caller.subject, now)
        kept = await store.give(conn, new)
        await record_lookup(conn, caller, operation="give_contact", at=now, person_ids=[person])
        return await answer(conn, request, _shown(kept))


@router.post(
    "/withdraw",
    summary="Remind this person no more, and forget the phone",
    response_model=Contact,
    responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION, NO_CONSENT, *_ONCE),
)
async def withdraw_contact(
    person_id: Id, body: WithdrawnContact, context: Context, caller: ConsentKeeper, key: Key
) -> Response:
    """End the consent that stands. The phone is gone at once; who agreed and withdrew when stays."""
    now, request = context.clock.now(), once(caller, key, body)
    async with context.engine.begin() as conn:
        if (first := await answered(conn, request, now)) is not None:
            return first
        person = await _person(conn, caller, person_id)
        ended = await store.withdraw(conn, person, body.coverage_year, caller.subject, now)
        if ended is None:
            raise NO_CONSENT.problem()
        await record_lookup(conn, caller, operation="withdraw_contact", at=now, person_ids=[person])
        return await answer(conn, request, _shown(ended), 200)


@router.get(
    "",
    summary="Under which phone does this person agree to be reminded?",
    responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION),
)
async def list_contacts(person_id: Id, context: Context, caller: Reader) -> Contacts:
    """List the consents of one person, the newest first; phones are whole with `pii:read`."""
    async with context.engine.begin() as conn:
        person = await _person(conn, caller, person_id)
        found = await store.of_person(conn, person)
        now = context.clock.now()
        await record_lookup(conn, caller, operation="list_contacts", at=now, person_ids=[person])
    return Contacts(items=[_shown(one, whole=caller.may("pii:read")) for one in found])


async def _person(conn: AsyncConnection, caller: Caller, person_id: int) -> int:
    """The id that goes on for a person. Raises Problem."""
    person = await people.one(conn, person_id)
    if person is None:
        raise PERSON_NOT_FOUND.problem()
    check_division(caller, person.division_code)
    return person.id


def _shown(one: store.Contact, *, whole: bool = False) -> Contact:
    """What is shown; answers that are kept for repetitions never hold a whole phone."""
    shown = Contact.model_validate(one)
    if one.phone is None or whole:
        return shown
    return shown.model_copy(update={"phone": mask_phone(one.phone)})
