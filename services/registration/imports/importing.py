"""Works through one stored file. Each chunk is written in one transaction together with the progress, so that
whoever goes on after a kill begins where the last commit ended."""

import asyncio
import tempfile
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from services.registration.imports import store
from services.registration.imports.columns import find_columns
from services.registration.imports.files import rows_of
from services.registration.imports.importing_households import import_households
from services.registration.imports.importing_statuses import import_statuses
from services.registration.imports.problems import FILE_UNREADABLE
from services.registration.imports.store import Import
from services.registration.settings import RegistrationContext


async def work_through(context: RegistrationContext, job: Import) -> None:
    """Import the rest of a file; raises the problem of a file that cannot be read."""
    with tempfile.TemporaryDirectory(prefix="canbao-import-") as directory:
        path = Path(directory) / "upload"
        async with context.engine.connect() as conn:
            with path.open("wb") as file:
                async for piece in store.pieces(conn, job.id):
                    file.write(piece)
        lines = await asyncio.to_thread(_open, path, job)
        header = next(lines, None)
        if header is None:
            raise FILE_UNREADABLE.problem("The file is empty.", "文件为空。")
        columns = find_columns(job.kind, header)
        if job.kind == "households":
            await import_households(context, job, columns, lines)
        else:
            await import_statuses(context, job, columns, lines)
    async with context.engine.begin() as conn:
        await store.finish(conn, job.id)


def _open(path: Path, job: Import) -> Iterator[list[str]]:
    """The rows from the first one on; opening an xlsx reads it, which takes seconds."""
    rows = rows_of(path, job.format, job.encoding or "utf-8-sig")
    first = list(islice(rows, 1))
    return chain(first, rows)
