"""Gives whole lists out, village by village: as a page to print, as CSV, as a workbook; each is audited."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import groupby

from libs.common.policy import Notice
from services.registration.settings import RegistrationContext
from services.registration.surveys import homes_store
from services.registration.surveys.listing import Looked, listed
from services.registration.surveys.lists_store import Place, Wanted
from services.registration.surveys.printing import (
    Village,
    cells,
    page_head,
    section,
)

#: Villages that are asked for at once: one each would ask too often, all of a township hold too many people.
_AT_ONCE = 5
#: More people than so many villages have.
_WHOLE_VILLAGES = 1_000_000


async def villages_of(
    context: RegistrationContext, notice: Notice, wanted: Wanted, looked: Looked
) -> AsyncIterator[Village]:
    """The lists of villages one after the other; no transaction is open while the caller is written to."""
    async with context.engine.connect() as conn:
        codes = await homes_store.villages(conn, wanted)
    for first in range(0, len(codes), _AT_ONCE):
        some = codes[first : first + _AT_ONCE]
        async with context.engine.begin() as conn:
            part = replace(wanted, low=some[0], high=some[-1])
            people, _ = await listed(conn, notice, part, Place(), _WHOLE_VILLAGES, looked)
        for code, members in groupby(people, key=lambda one: one.division_code):
            yield Village(code, list(members))


async def as_page(notice: Notice, villages: AsyncIterator[Village], looked: Looked) -> AsyncIterator[bytes]:
    """The page to print."""
    yield page_head(notice).encode()
    async for village in villages:
        yield "".join(section(notice, village, looked.now)).encode()
    yield b"</html>\n"


async def as_rows(villages: AsyncIterator[Village]) -> AsyncIterator[list[tuple[str, ...]]]:
    """The lines of a table, village by village; numbers run through all of them."""
    done = 0
    async for village in villages:
        yield [cells(done + place, one) for place, one in enumerate(village.people, 1)]
        done += len(village.people)
