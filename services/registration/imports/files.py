"""Files of offices, CSV or xlsx, as the rows of one list; no file is held whole by this process."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from libs.common.web.problems import Problem
from services.registration.imports.delimited import DelimitedFile
from services.registration.imports.encodings import Encoding as Encoding
from services.registration.imports.headings import Heading
from services.registration.imports.sheets import Place, plan_sheets, rows_of
from services.registration.imports.workbooks import BOUNDS, Workbook


def format_of(first: bytes) -> str:
    """xlsx begins as a ZIP archive; everything else is taken for CSV."""
    return "xlsx" if first.startswith(b"PK\x03\x04") else "csv"


class OfficeFile:
    """A file of an office. When it is open:

    `columns` are the places of known columns, `titles` what the file calls them, `heading` all its titles.
    `rows` are the rows below the names of the columns: the row of line `n` is the one at place `n` - 2, and
    lines that hold no row are blank. `places` are the sheets of a workbook that are read, `unread` are the
    reasons why others are not. `filled` counts the rows that were given and are not blank.
    """

    columns: dict[str, int]
    heading: list[str]
    titles: dict[str, str]
    rows: Iterator[list[str]]
    filled: int

    def __init__(
        self,
        path: Path,
        file_format: str,
        encoding: str | None,
        kind: str,
        bounds: Mapping[str, int] = BOUNDS,
    ) -> None:
        self._path = path
        self._encoding = encoding or "utf-8-sig"
        self._kind = kind
        self._workbook = Workbook(path, bounds) if file_format == "xlsx" else None
        self.places: list[Place] = []
        self.unread: list[Problem] = []
        self.titles = {}
        self.filled = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._workbook is not None:
            self._workbook.close()

    def open(self) -> None:
        """Look through the file, which takes seconds; raises the problem of one that cannot be read."""
        if self._workbook is None:
            file = DelimitedFile(self._path, self._encoding, self._kind)
            self._take(file.heading, file.rows())
            return
        plan = plan_sheets(self._kind, self._workbook.heads())
        self.places, self.unread = plan.places, plan.unread
        self._take(plan.places[0].heading, rows_of(self._workbook, plan))

    def _take(self, heading: Heading, rows: Iterator[list[str]]) -> None:
        self.columns, self.heading = heading.columns, heading.cells
        self.titles = {name: heading.cells[place].strip() for name, place in heading.columns.items()}
        self.rows = self._counted(rows)

    def _counted(self, rows: Iterator[list[str]]) -> Iterator[list[str]]:
        for row in rows:
            self.filled += any(row)
            yield row
