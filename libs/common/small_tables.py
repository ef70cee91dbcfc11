"""Reads small tables as spreadsheets save them: CSV in UTF-8 or GB18030, with a title above each column."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from libs.common.clock import SHANGHAI
from libs.common.money import parse_yuan
from libs.common.spreadsheets import decoded, undo_tricks
from libs.common.web.schemas import bounded

#: Brackets as a spreadsheet has them, whichever keyboard wrote them.
_WIDE = str.maketrans("()", "（）")
#: Thousands as offices write them.
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
#: 2020-11-20 16:40, 2020/11/5 9:05:00, with an offset or without; a day alone says nothing of 17:00.
_INSTANT = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?([+-]\d{2}:\d{2})?", re.ASCII
)


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
    text = decoded(body)
    if text is None:
        raise TableUnreadable(
            "The file is neither UTF-8 nor GB18030: save it as CSV (UTF-8).",
            "文件既不是 UTF-8 也不是 GB18030 编码，请另存为 CSV（UTF-8）。",
        )
    rows = list(_rows(text, columns, needed))
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
    found = _INSTANT.fullmatch(cell)
    if found is None:
        raise ValueError(f"{cell!r} is not a day with a time")
    year, month, day, hour, minute, second, offset = (part or "" for part in found.groups())
    written = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute}:{second or '00'}{offset}"
    read = datetime.fromisoformat(written)
    return bounded(read if offset else read.replace(tzinfo=SHANGHAI))


def _rows(
    text: str, columns: Mapping[str, str], needed: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, str]]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [columns.get(cell.strip().translate(_WIDE)) for cell in next(lines, [])]
        check_columns(needed, names)
        for cells in lines:
            row = {name: cell.strip() for name, cell in zip(names, undo_tricks(cells), strict=False) if name}
            if any(row.values()):
                yield lines.line_num, row
    except csv.Error:
        raise TableUnreadable(
            f"Line {lines.line_num} cannot be read: look at its quotation marks and at overlong cells.",
            f"第 {lines.line_num} 行无法读取：请检查引号和过长的单元格。",
        ) from None
