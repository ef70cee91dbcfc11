"""Names places to the sender as the file does: columns, the sheet of a fault, sheets that were not read."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.imports import naming_store, store
from services.registration.imports.advancing import faults_of
from services.registration.imports.explanations import titles
from services.registration.imports.files import OfficeFile
from services.registration.imports.store import LineFault


async def name_sheets(conn: AsyncConnection, import_id: int, kind: str, file: OfficeFile) -> None:
    """Call columns as the file does, and put the sheet and its row in front where several were read.

    What it has no column for is called as in the template, unless it calls columns by our names.
    """
    by_our_names = any(name == title for name, title in file.titles.items())
    await naming_store.name_columns(
        conn, import_id, file.titles if by_our_names else titles(kind) | file.titles
    )
    for place in file.places if len(file.places) > 1 else ():
        name = place.name.replace("%", "%%")
        await naming_store.name_rows(
            conn,
            import_id,
            before=place.before,
            last=place.before + place.rows,
            words=f'Sheet "{name}", row %s: ',
            words_zh=f"工作表“{name}”第 %s 行：",
        )


async def name_unread(conn: AsyncConnection, import_id: int, file: OfficeFile) -> None:
    """List the sheets that were not read among the faults, as line 0, each counted as rejected."""
    job = await store.one(conn, import_id)
    if not file.unread or job is None:
        return
    faults = [
        LineFault(0, number, fault.problem, None, fault.detail, fault.detail_zh)
        for number, problem in enumerate(file.unread)
        for fault in faults_of(0, problem)
    ]
    await store.add_errors(conn, import_id, faults)
    counts = {"new": 0, "updated": 0, "unchanged": 0, "rejected": len(faults)}
    await store.progress(conn, import_id, before=job.rows_done, rows=0, counts=counts)
