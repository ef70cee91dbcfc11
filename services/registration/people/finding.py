"""Finds people by number and name; who only tries them out is slowed down."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.identity import Document
from libs.common.names import normalize_name
from libs.common.security import guesses
from libs.common.security.guesses import Guess
from libs.common.web.problems import Problem
from services.registration.people import store
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
