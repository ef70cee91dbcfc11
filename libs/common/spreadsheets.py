"""What spreadsheets do to texts, on the way in and out: encodings, tricks that keep texts texts, formulas;
and tables of texts, given out as CSV or as workbooks."""

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Self

import xlsxwriter

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_QUOTED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_AMOUNT = re.compile(r"-?\d+(\.\d\d)?")

#: A cell of a table: a text, a whole number of ours, or an amount in yuan.
Cell = str | int | Decimal

#: A sheet of a workbook holds no more rows.
_MOST_ROWS = 1_048_576
_PIECE_BYTES = 256 * 1024
#: The same rows give the same bytes, whenever they are written.
_NO_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


class TextWorkbook:
    """A workbook that is written row by row; only one row is held at a time.

    Text stays text: no cell of others becomes a formula, a link or a number that loses digits. Whole numbers
    that are ours are numbers, and so are amounts.
    """

    def __init__(self, path: Path, title: str, header: Sequence[str], widths: Sequence[int]) -> None:
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._bold = self._book.add_format({"bold": True, "border": 1, "text_wrap": True})
        self._plain = self._book.add_format({"border": 1})
        self._money = self._book.add_format({"border": 1, "num_format": "#,##0.00"})
        self._book.set_properties({"created": _NO_INSTANT})
        self._title, self._header, self._widths = title, header, widths
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
        name = self._title if self._sheets == 1 else f"{self._title}{self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_landscape()
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, width)
        self._row = 0
        self._put(self._header, self._bold)

    def _put(self, row: Sequence[Cell], look: object) -> None:
        for place, cell in enumerate(row):
            if isinstance(cell, int):
                self._sheet.write_number(self._row, place, cell, look)
            elif isinstance(cell, Decimal):
                self._sheet.write_number(self._row, place, cell, self._money)
            else:
                self._sheet.write_string(self._row, place, cell, look)
        self._row += 1


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of a table; what others wrote becomes no formula, and a long number stays a text."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless(str(cell)) for cell in row] for row in rows)
    return out.getvalue().encode()


async def csv_pieces(
    header: Sequence[str], parts: AsyncIterator[Sequence[Sequence[Cell]]]
) -> AsyncIterator[bytes]:
    """A table that is given out while it is read, behind a mark by which spreadsheets read the Chinese."""
    yield b"\xef\xbb\xbf" + csv_lines([header])
    async for rows in parts:
        yield csv_lines(rows)


async def workbook_pieces(
    title: str, header: Sequence[str], widths: Sequence[int], parts: AsyncIterator[Sequence[Sequence[Cell]]]
) -> AsyncIterator[bytes]:
    """A workbook: put together on disk, and given out from there when its last row is written."""
    with tempfile.TemporaryDirectory(prefix="canbao-workbook-") as directory:
        path = Path(directory) / "table.xlsx"
        book = TextWorkbook(path, title, header, widths)
        async for rows in parts:
            await asyncio.to_thread(book.write, rows)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece


def decoded(body: bytes) -> str | None:
    """Read a small file as spreadsheets save it: UTF-8, with a mark or without, or GB18030; else None."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def undo_tricks(row: list[str]) -> list[str]:
    """The cells of a row as their author meant them; a row without tricks is given back as it is.

    Programs keep a text a text by `="350..."`, a leading apostrophe, or `_x000D_`.
    """
    text = "\n".join(row)
    if "'" in text or "`" in text or '="' in text or "_x" in text:
        return [_plain(cell) for cell in row]
    return row


def harmless(text: str) -> str:
    """Keep a spreadsheet from reading a text of others as a formula; amounts stay amounts."""
    dangerous = text.startswith(_FORMULA_BEGINS) and not _AMOUNT.fullmatch(text)
    return f"'{text}" if dangerous else text


def _plain(cell: str) -> str:
    bare = _ESCAPED.sub(_character, cell).strip()
    if formula := _QUOTED_FORMULA.fullmatch(bare):
        bare = formula[1].replace('""', '"').strip()
    return bare.lstrip("'`").strip()


def _character(escaped: re.Match[str]) -> str:
    number = int(escaped[1], 16)
    return escaped[0] if 0xD800 <= number <= 0xDFFF else chr(number)
