"""The first sheet of a workbook (xlsx), row by row, as files of channels are read."""

import zipfile
from collections.abc import Iterator

from libs.common.workbooks import Bounds, WorkbookUnreadable
from libs.common.workbooks import rows_of as rows_of_sheet
from services.collection.files.rules import MOST_BYTES, MOST_ROWS, Faulty


def rows_of(archive: zipfile.ZipFile) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet with their numbers. Raises Faulty."""
    try:
        yield from rows_of_sheet(archive, Bounds(MOST_ROWS, MOST_BYTES))
    except WorkbookUnreadable as why:
        raise Faulty("unreadable", str(why)) from None
