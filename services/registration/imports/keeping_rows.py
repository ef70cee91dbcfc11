"""Keeps the rejected rows of a file as the file has them: it is read once more, some rows at a time."""

import asyncio
from pathlib import Path

from services.registration.imports import rows_store
from services.registration.imports.files import OfficeFile
from services.registration.imports.rows_store import HEADING_LINE, KeptRow
from services.registration.imports.store import Import
from services.registration.settings import RegistrationContext

_AT_ONCE = 2_000
#: The names of the columns are line 1.
_FIRST_LINE = 2


async def keep_faulty(context: RegistrationContext, job: Import, path: Path) -> None:
    """Keep the heading and the rejected rows of a file that was worked through."""
    async with context.engine.begin() as conn:
        await rows_store.clear(conn, job.id)
        lines = await rows_store.faulty_lines(conn, job.id, 0, _AT_ONCE)
    if not lines:
        return
    with OfficeFile(path, job.format, job.encoding, job.kind) as file:
        await asyncio.to_thread(file.open)
        kept, at = [KeptRow(HEADING_LINE, {"cells": [*file.heading]})], _FIRST_LINE
        while lines:
            kept += await asyncio.to_thread(_read, file, at, lines)
            async with context.engine.begin() as conn:
                await rows_store.keep(conn, job.id, kept)
                last = max(lines)
                lines = await rows_store.faulty_lines(conn, job.id, last, _AT_ONCE)
            kept, at = [], last + 1


def _read(file: OfficeFile, at: int, lines: list[int]) -> list[KeptRow]:
    """The rows of some lines; the next one of the file is that of line `at`."""
    wanted, kept = set(lines), []
    width = len(file.heading)
    for line in range(at, max(lines) + 1):
        values = next(file.rows, None)
        if values is None:
            break
        if line in wanted:
            cells = [*values, *[""] * (width - len(values))]
            kept.append(KeptRow(line, {"cells": [*cells], "sheet": _sheet(file, line)}))
    return kept


def _sheet(file: OfficeFile, line: int) -> str | None:
    if len(file.places) < 2:
        return None
    return next(place for place in reversed(file.places) if place.before < line).name
