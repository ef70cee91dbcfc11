"""Gives faulty rows back in the layout of their file: to look at, or as a file to correct and send again."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from itertools import groupby

from libs.common.security.masking import mask_identities, mask_identity_number, mask_name, mask_phone
from libs.common.spreadsheets import csv_pieces, workbook_pieces
from libs.common.text_workbooks import Marked, Sheet
from services.registration.imports import rows_store
from services.registration.imports.columns import known_columns
from services.registration.imports.rows_store import KeptRow
from services.registration.imports.schemas import FaultyRow, RowFault
from services.registration.imports.store import LineFault
from services.registration.settings import RegistrationContext

#: The last column of a file that is given back; an import passes over it.
REASON_TITLE = "错误原因"
_AT_ONCE = 1_000
_MASKS: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("id_number", "guardian"), mask_identity_number),
    **dict.fromkeys(("name", "said_by"), mask_name),
    "phone": mask_phone,
    "address": lambda cell: "***" if cell else "",
    "born": lambda cell: f"{cell[:4]}***" if cell else "",
}


async def page(
    context: RegistrationContext, import_id: int, after: int, limit: int
) -> tuple[list[str], list[FaultyRow]]:
    """The heading of the file, and faulty rows behind a line."""
    async with context.engine.connect() as conn:
        heading = await rows_store.heading(conn, import_id)
        rows = await rows_store.rows(conn, import_id, after, limit)
        first, last = (rows[0].line, rows[-1].line) if rows else (0, 0)
        faults = await rows_store.faults(conn, import_id, first, last) if rows else []
    of_lines = {line: list(own) for line, own in groupby(faults, key=lambda fault: fault.line)}
    return heading, [_shown(row, heading, of_lines.get(row.line, [])) for row in rows]


def masked(kind: str, heading: Sequence[str], row: FaultyRow) -> FaultyRow:
    """A row for whoever may not see personal data: what a column is not known to be is hidden, too."""
    names = known_columns(kind, heading)
    cells = [
        _masked(names[place] if place < len(names) else None, cell) for place, cell in enumerate(row.cells)
    ]
    return row.model_copy(update={"cells": cells})


def _masked(column: str | None, cell: str) -> str:
    if column is None:
        return "***" if cell else ""
    return _MASKS.get(column, mask_identities)(cell)


def _shown(row: KeptRow, heading: Sequence[str], faults: Iterable[LineFault]) -> FaultyRow:
    titles = [title.strip() for title in heading]
    return FaultyRow(
        line=row.line,
        sheet=row.sheet,
        cells=row.cells,
        faults=[
            RowFault(
                column=fault.column_name,
                column_no=titles.index(fault.column_name) if fault.column_name in titles else None,
                problem=fault.problem,
                detail=fault.detail,
                detail_zh=fault.detail_zh,
            )
            for fault in faults
        ],
    )


async def _parts(context: RegistrationContext, import_id: int) -> AsyncIterator[list[FaultyRow]]:
    after = 0
    while rows := (await page(context, import_id, after, _AT_ONCE))[1]:
        yield rows
        after = rows[-1].line


async def as_csv(context: RegistrationContext, import_id: int) -> AsyncIterator[bytes]:
    """The faulty rows as CSV, the reasons in the last column."""
    heading, _ = await page(context, import_id, 0, 1)
    own = _own_places(heading)

    async def lines() -> AsyncIterator[list[list[str]]]:
        async for rows in _parts(context, import_id):
            yield [[*_cells(row, own), _reasons(row)] for row in rows]

    async for piece in csv_pieces([*(heading[place] for place in own), REASON_TITLE], lines()):
        yield piece


async def as_workbook(context: RegistrationContext, import_id: int) -> AsyncIterator[bytes]:
    """The faulty rows as a workbook, faulty cells marked: all is text, so that it comes back as it was."""
    heading, _ = await page(context, import_id, 0, 1)
    own = _own_places(heading)
    header = [*(heading[place] for place in own), REASON_TITLE]
    sheet = Sheet("待更正", header, [*[18] * len(own), 60], filled_in=True)

    async def lines() -> AsyncIterator[list[list[str]]]:
        async for rows in _parts(context, import_id):
            yield [[*_marked_cells(row, own), _reasons(row)] for row in rows]

    async for piece in workbook_pieces(sheet, lines()):
        yield piece


def _own_places(heading: Sequence[str]) -> list[int]:
    """The columns of the file, without the reasons of an earlier return."""
    return [place for place, title in enumerate(heading) if title.strip() != REASON_TITLE]


def _cells(row: FaultyRow, own: Sequence[int]) -> list[str]:
    return [row.cells[place] if place < len(row.cells) else "" for place in own]


def _marked_cells(row: FaultyRow, own: Sequence[int]) -> list[str]:
    faulty = {fault.column_no for fault in row.faults}
    cells = zip(own, _cells(row, own), strict=True)
    return [Marked(cell) if place in faulty else cell for place, cell in cells]


def _reasons(row: FaultyRow) -> str:
    return "；".join(
        f"{fault.column}：{fault.detail_zh}" if fault.column else fault.detail_zh for fault in row.faults
    )
