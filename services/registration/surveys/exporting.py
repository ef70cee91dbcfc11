"""Gives whole lists out, village by village: as a page to print, as CSV, as a workbook; each is audited."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from libs.common.policy import Notice
from libs.common.spreadsheets import TextWorkbook
from services.registration.settings import RegistrationContext
from services.registration.surveys import lists_store as store
from services.registration.surveys.listing import Looked, listed
from services.registration.surveys.lists_store import Place, Wanted
from services.registration.surveys.printing import (
    HEADER,
    WIDTHS,
    Village,
    cells,
    csv_head,
    csv_lines,
    page_head,
    section,
)

#: Villages that are asked for at once: one each would ask too often, all of a township hold too many people.
_AT_ONCE = 5
#: More people than so many villages have.
_WHOLE_VILLAGES = 1_000_000
_PIECE_BYTES = 256 * 1024


async def villages_of(
    context: RegistrationContext, notice: Notice, wanted: Wanted, looked: Looked
) -> AsyncIterator[Village]:
    """The lists of villages one after the other; no transaction is open while the caller is written to."""
    async with context.engine.connect() as conn:
        codes = await store.villages(conn, wanted)
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


async def as_csv(villages: AsyncIterator[Village]) -> AsyncIterator[bytes]:
    """The table; numbers run through all villages."""
    yield csv_head()
    done = 0
    async for village in villages:
        yield csv_lines([cells(done + place, one) for place, one in enumerate(village.people, 1)])
        done += len(village.people)


async def as_workbook(title: str, villages: AsyncIterator[Village]) -> AsyncIterator[bytes]:
    """The workbook: put together on disk, and given out from there when its last row is written."""
    with tempfile.TemporaryDirectory(prefix="canbao-roster-") as directory:
        path = Path(directory) / "roster.xlsx"
        book, done = TextWorkbook(path, title, HEADER, WIDTHS), 0
        async for village in villages:
            rows = [cells(done + place, one) for place, one in enumerate(village.people, 1)]
            await asyncio.to_thread(book.write, rows)
            done += len(rows)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
