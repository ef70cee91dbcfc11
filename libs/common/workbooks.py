"""The first sheet of a workbook (xlsx), row by row: a table of millions of cells is never held.

Texts that rows share are held, up to a bound. What a cell looks like is not known here: days and numbers that
are to be read whole have to be texts, as banks give them out; a day that is a number is one of 1900 on.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import IO
from xml.parsers import expat

CONTENTS = "[Content_Types].xml"
_PIECE_BYTES = 64 * 1024
_MOST_SHARED = 32 * 1024 * 1024
_MOST_COLUMNS = 256
_LONGEST_CELL = 1000
#: Excel keeps fifteen digits of a number.
_MOST_DIGITS = 15
#: It knows no larger ones.
_MOST_EXPONENT = 308
#: What a number is read as whose last digits are gone: no number, and no reference.
_LOST = "\N{REPLACEMENT CHARACTER}"
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 -- the day before the first one of a workbook


class WorkbookUnreadable(Exception):
    """A workbook that is none, or asks for more than it may; the message is a word for the record."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many rows a sheet may have, and how many bytes when it is unpacked."""

    rows: int
    bytes: int


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is one."""
    return CONTENTS in archive.namelist()


def day_of(cell: str) -> datetime | None:
    """The day and time that a number of a sheet stands for."""
    try:
        days = Decimal(cell)
    except InvalidOperation:
        return None
    if not days.is_finite() or not 1 <= days < 200_000:
        return None
    return _DAY_ZERO + timedelta(seconds=round(days * 86_400))


def rows_of(archive: zipfile.ZipFile, bounds: Bounds) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet with their numbers. Raises WorkbookUnreadable."""
    shared = _Texts()
    if "xl/sharedStrings.xml" in archive.namelist():
        with archive.open("xl/sharedStrings.xml") as file:
            for _ in _parsed(file, shared, bounds.bytes):
                pass
    names = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    if not names:
        raise WorkbookUnreadable("xlsx")
    with archive.open(min(names, key=lambda name: (len(name), name))) as file:
        yield from _parsed(file, _Sheet(shared.found, bounds.rows), bounds.bytes)


class _Reader:
    """What is told of elements; `rows` are ready to be taken."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, list[str]]] = []
        self._text, self._reads = "", False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """It ends."""

    def text(self, text: str) -> None:
        """A part of its text."""
        if self._reads and len(self._text) < _LONGEST_CELL:
            self._text += text


class _Texts(_Reader):
    """Texts that cells name by their place."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._size, self._spoken = 0, False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._text = ""
        self._spoken = self._spoken or name == "rPh"
        self._reads = name == "t" and not self._spoken

    def end(self, name: str) -> None:
        self._reads = False
        if name == "rPh":
            self._spoken = False
        if name == "si":
            self.found.append(self._text)
            self._size += len(self._text) + 64
            if self._size > _MOST_SHARED:
                raise WorkbookUnreadable("xlsx")


class _Sheet(_Reader):
    """The cells of a sheet."""

    def __init__(self, shared: list[str], most_rows: int) -> None:
        super().__init__()
        self._shared, self._most_rows = shared, most_rows
        self._cells: list[str] = []
        self._row, self._column, self._kind = 0, 0, ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            # Whatever a sheet says, each row is behind the one before it.
            self._row = max(self._row + 1, int(attributes.get("r") or 0))
            self._cells, self._column = [], 0
        elif name == "c":
            self._column = _column_of(attributes.get("r", "")) or self._column + 1
            self._kind, self._text = attributes.get("t", "n"), ""
        self._reads = name in ("v", "t")

    def end(self, name: str) -> None:
        self._reads = False
        if name == "c" and self._text:
            if self._column > _MOST_COLUMNS:
                raise WorkbookUnreadable("xlsx")
            self._cells += [""] * (self._column - len(self._cells))
            self._cells[self._column - 1] = self._value()
        elif name == "row":
            if self._row > self._most_rows:
                raise WorkbookUnreadable(f"> {self._most_rows}")
            self.rows.append((self._row, self._cells))

    def _value(self) -> str:
        if self._kind == "s":
            return self._shared[abs(int(self._text))]
        return self._text if self._kind in ("str", "inlineStr", "d") else number_of(self._text)


def _column_of(place: str) -> int:
    """The number of the column of a cell such as AB12; 0 where that is not said."""
    number = 0
    for letter in place.rstrip("0123456789")[:4]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def number_of(text: str) -> str:
    """A number as a person sees it; one whose last digits a sheet has lost is none."""
    try:
        value = Decimal(text)
        # Before it is written out: 1E+999999999 would be as long as it says.
        if not value.is_finite() or value.adjusted() > _MOST_EXPONENT:
            return _LOST
        if value == value.to_integral_value() and len(value.as_tuple().digits) <= _MOST_DIGITS:
            return f"{value:f}".split(".")[0]
        return f"{Decimal(repr(float(value))):f}" if abs(value) < 10**_MOST_DIGITS else _LOST
    except (InvalidOperation, OverflowError):
        return _LOST


def _parsed(file: IO[bytes], reader: _Reader, most_bytes: int) -> Iterator[tuple[int, list[str]]]:
    """Feed a file to what reads it, and give its rows as they come. Raises WorkbookUnreadable."""
    parser, fed = expat.ParserCreate(namespace_separator=" "), 0
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: reader.begin(name.rsplit(" ", 1)[-1], attributes)
    parser.EndElementHandler = lambda name: reader.end(name.rsplit(" ", 1)[-1])
    parser.CharacterDataHandler = reader.text
    try:
        while piece := file.read(_PIECE_BYTES):
            fed += len(piece)
            parser.Parse(piece)
            if fed > most_bytes or fed - parser.CurrentByteIndex > 16 * _PIECE_BYTES:
                raise WorkbookUnreadable("xlsx")
            yield from reader.rows
            reader.rows.clear()
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, IndexError):
        raise WorkbookUnreadable("xlsx") from None


def _refuse(*_: object) -> None:
    raise WorkbookUnreadable("xlsx")
