"""Works through one stored file. Each chunk is written in one transaction together with the progress, so that
whoever goes on after a kill begins where the last commit ended."""

import asyncio
import tempfile
from pathlib import Path

from libs.common.web.problems import Problem
from services.registration.imports import store
from services.registration.imports.files import OfficeFile
from services.registration.imports.importing_histories import finish_history, import_history
from services.registration.imports.importing_households import import_households
from services.registration.imports.importing_statuses import import_statuses
from services.registration.imports.importing_surveys import finish_survey, import_survey
from services.registration.imports.keeping_rows import keep_faulty
from services.registration.imports.naming import name_sheets, name_unread
from services.registration.imports.store import Import
from services.registration.settings import RegistrationContext

_IMPORT = {
    "households": import_households,
    "statuses": import_statuses,
    "survey": import_survey,
    "history": import_history,
}


async def work_through(context: RegistrationContext, job: Import) -> None:
    """Import the rest of a file; raises the problem of a file that cannot be read."""
    with tempfile.TemporaryDirectory(prefix="canbao-import-") as directory:
        path = Path(directory) / "upload"
        async with context.engine.connect() as conn:
            with path.open("wb") as upload:
                async for piece in store.pieces(conn, job.id):
                    upload.write(piece)
        with OfficeFile(path, job.format, job.encoding, job.kind) as file:
            try:
                await asyncio.to_thread(file.open)
                await _IMPORT[job.kind](context, job, file.columns, file.rows)
            except Problem:
                async with context.engine.begin() as conn:
                    await name_sheets(conn, job.id, job.kind, file)
                raise
        await keep_faulty(context, job, path)
    async with context.engine.begin() as conn:
        await name_sheets(conn, job.id, job.kind, file)
        await name_unread(conn, job.id, file)
        if job.kind == "survey":
            await finish_survey(conn, job)
        if job.kind == "history":
            await finish_history(conn, context, job)
        await store.finish(conn, job.id, file.filled, keep_file=job.dry_run)
