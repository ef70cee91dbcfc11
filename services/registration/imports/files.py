"""Files of offices, CSV or xlsx, as the rows of one list; no file is held whole by this process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from libs.common.web.problems import Problem
from services.registration.imports.delimited import DelimitedFile
from services.registration.imports.encodings import Encoding as Encoding
from services.registration.imports.sheets import Place, plan_sheets, rows_of
from services.registration.imports.workbooks import Workbook


def format_of(first: bytes) -> str:
    """xlsx begins as a ZIP archive; everything else is taken for CSV."""
    return "xlsx" if first.startswith(b"PK\x03\x04") else "csv"


class OfficeFile:
    """A file of an office. When it is open:

    `columns` are the places of known columns. `rows` are the rows below the names of the columns: the row of
    line `n` is the one at place `n` - 2, and lines that hold no row are blank. `places` are the sheets of a
    workbook that are read, `unread` are the reasons why others are not.
    """

    columns: dict[str, int]
    rows: Iterator[list[str]]

    def __init__(self, path: Path, file_format: str, encoding: str | None, kind: str) -> None:
        self._path = path
        self._encoding = encoding or "utf-8-sig"
        self._kind = kind
        self._workbook = Workbook(path) if file_format == "xlsx" else None
        self.places: list[Place] = []
        self.unread: list[Problem] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._workbook is not None:
            self._workbook.close()

    def open(self) -> None:
        """Look through the file, which takes seconds; raises the problem of one that cannot be read."""
        if self._workbook is None:
            file = DelimitedFile(self._path, self._encoding, self._kind)
            self.columns, self.rows = file.heading.columns, file.rows()
            return
        plan = plan_sheets(self._kind, self._workbook.heads())
        self.places, self.unread = plan.places, plan.unread
        self.columns, self.rows = plan.columns, rows_of(self._workbook, plan)
