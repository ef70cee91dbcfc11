"""Finds people by number and name; who only tries them out is slowed down."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.identity import Document, IdentityNumberInvalid
from libs.common.names import normalize_name
from libs.common.security import guesses
from libs.common.security.guesses import Guess
from libs.common.web.catalogue import INVALID_REQUEST
from libs.common.web.problems import FieldError, Problem
from services.registration.people import store
from services.registration.people.rules import Fault, read_number
from services.registration.people.store import Person


async def find(
    conn: AsyncConnection, document: Document, name: str, guess: Guess
) -> tuple[list[Person], Problem | None]:
    """Give the people of a number if the name is theirs (one per county), or why nobody is looked for.

    What shows the caller nobody counts as a failed guess.
    """
    if (refused := await guesses.refusal(conn, guess)) is not None:
        return [], refused
    wanted = normalize_name(name)
    on_record = await store.find(conn, str(document.type), document.number)
    found = [person for person in on_record if normalize_name(person.name) == wanted]
    if not any(guess.caller.sees(person.division_code) for person in found):
        await guesses.failed(conn, guess)
    return found, None


def document_of(pointer: str, given: str, now: datetime) -> Document:
    """Read the number at a place of a request. Raises Problem."""
    try:
        return read_number(given, None, business_date(now))
    except (Fault, IdentityNumberInvalid) as invalid:
        fault = FieldError(pointer, str(invalid), invalid.message_zh)
        raise INVALID_REQUEST.problem(errors=[fault]) from None
