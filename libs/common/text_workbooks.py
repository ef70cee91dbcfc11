"""Writes tables as workbooks (xlsx), row by row; run as a program it writes one for its parent.

A long table is seconds of the processor, which a thread would take from all that the process answers
meanwhile: so it is written by a program apart, which has less of a claim to the processor than they.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Self

import orjson
import xlsxwriter
from xlsxwriter.format import Format

#: Isolated: neither the directory nor the variables of its parent say what it imports.
PROGRAM = (sys.executable, "-I", "-m", "libs.common.text_workbooks")
#: A sheet of a workbook holds no more rows.
_MOST_ROWS = 1_048_576
#: The same rows give the same bytes, whenever they are written.
_NO_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
_LESS = 10


class Marked(str):
    """A text that stands out: something is wrong with it."""

    __slots__ = ()


#: A cell of a table: a text, a whole number of ours, or an amount in yuan.
Cell = str | int | Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a table is called, its columns, and how wide they are.

    `filled_in`: people go on writing in it, and what they type stays the text that they typed.
    """

    title: str
    header: Sequence[str]
    widths: Sequence[int]
    filled_in: bool = False


class TextWorkbook:
    """A workbook that is written row by row; only one row is held at a time.

    Text stays text: no cell of others becomes a formula, a link or a number that loses digits. Whole numbers
    that are ours are numbers, and so are amounts.
    """

    def __init__(self, path: Path, sheet: Sheet) -> None:
        # What is written meanwhile lies beside the file, and goes with its directory.
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
        self._book.set_properties({"created": _NO_INSTANT})
        text = {"num_format": "@"} if sheet.filled_in else {}
        self._bold = self._book.add_format({"bold": True, "border": 1, "text_wrap": True, **text})
        self._plain = self._book.add_format({"border": 1, **text})
        self._marked = self._book.add_format({"border": 1, "bg_color": "#FFC7CE", **text})
        self._money = self._book.add_format({"border": 1, "num_format": "#,##0.00"})
        self._typed = self._book.add_format(text) if text else None
        self._of = sheet
        self._sheets = 0
        self._begin()

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Append rows; a full sheet is followed by another."""
        for row in rows:
            if self._row == _MOST_ROWS:
                self._begin()
            self._put(row, self._plain)

    def close(self) -> None:
        """Put the file together."""
        self._book.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        self._sheets += 1
        name = self._of.title if self._sheets == 1 else f"{self._of.title}{self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_landscape()
        for place, width in enumerate(self._of.widths):
            self._sheet.set_column(place, place, width, self._typed)
        self._row = 0
        self._put(self._of.header, self._bold)

    def _put(self, row: Sequence[Cell], look: Format) -> None:
        for place, cell in enumerate(row):
            if isinstance(cell, int):
                self._sheet.write_number(self._row, place, cell, look)
            elif isinstance(cell, Decimal):
                self._sheet.write_number(self._row, place, cell, self._money)
            elif isinstance(cell, Marked):
                self._sheet.write_string(self._row, place, cell, self._marked)
            else:
                self._sheet.write_string(self._row, place, cell, look)
        self._row += 1


#: The last line that the program reads: there are no more rows.
TOLD_ALL = b"\n"


def told(sheet: Sheet) -> bytes:
    """A line that tells the program which sheet it writes; the first that it reads."""
    return orjson.dumps(asdict(sheet)) + b"\n"


def told_rows(rows: Sequence[Sequence[Cell]]) -> bytes:
    """A line that tells it rows."""
    return orjson.dumps(rows, default=_named, option=orjson.OPT_PASSTHROUGH_SUBCLASS) + b"\n"


def _named(cell: object) -> dict[str, str]:
    if isinstance(cell, Decimal):
        return {"amount": str(cell)}
    if isinstance(cell, Marked):
        return {"marked": str(cell)}
    raise TypeError(f"no cell: {type(cell).__name__}")


def _cell(given: str | int | dict[str, str]) -> Cell:
    if not isinstance(given, dict):
        return given
    return Decimal(given["amount"]) if "amount" in given else Marked(given["marked"])


def main(path: Path) -> None:
    """Write what the parent tells; nothing is put together when it ends before it has told all."""
    os.nice(_LESS)
    lines = sys.stdin.buffer
    with TextWorkbook(path, Sheet(**orjson.loads(lines.readline()))) as book:
        while (line := lines.readline()) != TOLD_ALL:
            if not line.endswith(b"\n"):
                os._exit(1)
            book.write([_cell(cell) for cell in row] for row in orjson.loads(line))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
