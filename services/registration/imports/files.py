"""The rows of a file: CSV (UTF-8, GB18030) or xlsx, as texts; no CSV is held whole."""

import codecs
import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import python_calamine

from services.registration.imports.problems import FILE_UNREADABLE

#: Excel keeps 15 digits of a number; an ID number typed into such a cell is damaged for good.
_EXACT_NUMBERS_BELOW = 1e15
_LONGEST_FIELD = 10_000


class Encoding:
    """Finds out while a file arrives whether it is UTF-8; what is not is GB18030, as Chinese Excel writes."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._broken = False

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes."""
        if not self._broken:
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError:
                self._broken = True

    def name(self) -> str:
        """The encoding, after the last bytes."""
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self._broken = True
        return "gb18030" if self._broken else "utf-8-sig"


def format_of(first: bytes) -> str:
    """xlsx begins as a ZIP archive; everything else is taken for CSV."""
    return "xlsx" if first.startswith(b"PK\x03\x04") else "csv"


def rows_of(path: Path, kind: str, encoding: str) -> Iterator[list[str]]:
    """The rows of a file, the one with the column names first. Raises the problem of an unreadable file."""
    return _csv_rows(path, encoding) if kind == "csv" else _xlsx_rows(path)


def _csv_rows(path: Path, encoding: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding=encoding, newline="") as lines:
            start = lines.readline()
            lines.seek(0)
            tabs = "\t" in start and "," not in start
            yield from csv.reader(lines, delimiter="\t" if tabs else ",")
    except (UnicodeDecodeError, csv.Error) as error:
        raise FILE_UNREADABLE.problem() from error


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    try:
        sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (python_calamine.CalamineError, IndexError, OSError) as error:
        raise FILE_UNREADABLE.problem() from error
    for row in sheet.iter_rows():
        yield [cell_text(cell) for cell in row]


def cell_text(cell: object) -> str:
    """A cell as text; a number with more digits than Excel keeps is marked, not guessed."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell)) if abs(cell) < _EXACT_NUMBERS_BELOW else "?damaged number?"
        return repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
