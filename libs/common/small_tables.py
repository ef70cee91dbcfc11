"""Reads small tables as spreadsheets save them: CSV in UTF-8 or GB18030, or the first sheet of a workbook
(xlsx), with a title above each column."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from libs.common.clock import SHANGHAI
from libs.common.money import parse_yuan
from libs.common.spreadsheets import decoded, undo_tricks
from libs.common.web.schemas import bounded
from libs.common.workbooks import Bounds, WorkbookUnreadable, day_of, rows_of

#: How a workbook begins, as every zip does.
_ZIP = b"PK\x03\x04"
#: What reading a zip says of one that was cut off or is under a password.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError)
#: What a small table unpacks to at most, and how many rows a sheet has, empty ones too.
_BOUNDS = Bounds(rows=20_000, bytes=16 * 1024 * 1024)

#: Brackets as a spreadsheet has them, whichever keyboard wrote them.
_WIDE = str.maketrans("()", "（）")
#: Thousands as offices write them.
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
#: 2020-11-20 16:40, 2020/11/5 9:05:00, with an offset or without; a day alone says nothing of 17:00.
_INSTANT = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?([+-]\d{2}:\d{2})?", re.ASCII
)

#: The same as a workbook keeps it: days, and a part of one.
_DAYS = re.compile(r"\d{5}\.\d+", re.ASCII)


class TableUnreadable(Exception):
    """The file as a whole cannot be read; the sentences say how to mend it."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


def read_table(
    body: bytes, columns: Mapping[str, str], needed: Mapping[str, str], most: int
) -> list[tuple[int, dict[str, str]]]:
    """Read all rows that say something, each with its line, cells by what they are.

    `columns` tells from a title what stands below it, `needed` the titles without which a file says nothing.
    Raises TableUnreadable, for more than `most` rows too.
    """
    lines = _sheet(body) if body.startswith(_ZIP) else _text(body)
    rows = list(_rows(lines, columns, needed))
    if not rows:
        raise TableUnreadable("The file has no rows.", "文件没有数据行。")
    if len(rows) > most:
        raise TableUnreadable(f"More than {most} rows: split the file.", f"超过 {most} 行，请拆分文件。")
    return rows


def check_columns(needed: Mapping[str, str], names: Collection[str | None]) -> None:
    """Raises TableUnreadable with the titles of what is needed and not there."""
    if missing := [title for name, title in needed.items() if name not in names]:
        raise TableUnreadable(
            f"The first line has to name the columns {', '.join(missing)}.",
            f"首行须有列名：{'、'.join(missing)}。",
        )


def fen_of(cell: str) -> int:
    """An amount in yuan, with the word or without: `280`, `1,280.50`, `280元`. Raises ValueError."""
    amount = cell.removesuffix("元").strip()
    if _THOUSANDS.fullmatch(amount):
        amount = amount.replace(",", "")
    return parse_yuan(f"{amount}元")


def instant_of(cell: str) -> datetime:
    """An instant as a spreadsheet writes it, in China's time where no offset stands. Raises ValueError."""
    if _DAYS.fullmatch(cell) and (moment := day_of(cell)) is not None:
        return bounded(moment.replace(tzinfo=SHANGHAI))
    found = _INSTANT.fullmatch(cell)
    if found is None:
        raise ValueError(f"{cell!r} is not a day with a time")
    year, month, day, hour, minute, second, offset = (part or "" for part in found.groups())
    written = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second or '00'}{offset}"
    read = datetime.fromisoformat(written)
    return bounded(read if offset else read.replace(tzinfo=SHANGHAI))


def _rows(
    lines: Iterator[tuple[int, list[str]]], columns: Mapping[str, str], needed: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    _, head = next(lines, (1, []))
    names = [columns.get(cell.strip().translate(_WIDE)) for cell in head]
    check_columns(needed, names)
    for line, cells in lines:
        row = {name: cell.strip() for name, cell in zip(names, undo_tricks(cells), strict=False) if name}
        if any(row.values()):
            yield line, row


def _text(body: bytes) -> Iterator[tuple[int, list[str]]]:
    text = decoded(body)
    if text is None:
        raise TableUnreadable(
            "The file is neither UTF-8 nor GB18030: save it as CSV (UTF-8).",
            "文件既不是 UTF-8 也不是 GB18030 编码，请另存为 CSV（UTF-8）。",
        )
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in lines:
            yield lines.line_num, cells
    except csv.Error:
        raise TableUnreadable(
            f"Line {lines.line_num} cannot be read: look at its quotation marks and at overlong cells.",
            f"第 {lines.line_num} 行无法读取：请检查引号和过长的单元格。",
        ) from None


def _sheet(body: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            yield from rows_of(archive, _BOUNDS)
    except (WorkbookUnreadable, *_BROKEN):
        raise TableUnreadable(
            "The workbook cannot be read: save it as xlsx without a password, or as CSV (UTF-8).",
            "工作簿无法读取，请另存为不加密码的 xlsx，或另存为 CSV（UTF-8）。",
        ) from None
