"""Reads a bank's answers by their layout: all of a file, or what is wrong with it line by line.

Empty cells at the end of a line and lines of empty cells mean nothing: spreadsheets add both.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from libs.common.bank_files.answers import ResultFault, ResultFile, ResultLine
from libs.common.bank_files.layouts import OTHER, ResultLayout
from libs.common.clock import SHANGHAI
from libs.common.money import parse_yuan
from libs.common.security.masking import mask_text
from libs.common.spreadsheets import decoded, undo_tricks
from libs.common.workbooks import Bounds, WorkbookUnreadable, day_of, is_workbook, rows_of

_LONGEST_REASON = 200
_FEN = re.compile(r"\d{1,15}")
_YUAN = re.compile(r"\d{1,9}(\.\d{1,2})?")


class ResultFileUnreadable(Exception):
    """A result file does not follow its layout; carries the faults, line by line."""

    def __init__(self, faults: Iterable[ResultFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults")


_NO_TEXT = ResultFault(
    0, "the file is neither UTF-8 nor GB 18030 text", "文件既不是 UTF-8 也不是 GB 18030 编码文本"
)


_NO_WORKBOOK = ResultFault(
    0,
    "the file is no workbook (xlsx) that can be read; save it as one, without a password",
    "文件不是可读取的 xlsx 工作簿，请另存为不加密的 xlsx 文件",
)
#: By what a workbook is known that is none, was cut off, or is under a password.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
#: Far more than a bank answers about in one file.
_BOUNDS = Bounds(rows=200_000, bytes=64 * 1024 * 1024)


@dataclass(slots=True)
class _Found:
    """What was read of a file so far; `width` is how many columns a line may have."""

    places: dict[str, int] = field(default_factory=dict)
    width: int = 0
    told: dict[str, str] = field(default_factory=dict)
    lines: list[ResultLine] = field(default_factory=list)
    faults: list[ResultFault] = field(default_factory=list)
    first: int = 0


def read_result_file(content: bytes, layout: ResultLayout) -> ResultFile:
    """Read what a bank says; raise ResultFileUnreadable."""
    found = _Found()
    if layout.positions:
        found.places = {name: place for place, name in enumerate(layout.positions) if name}
        found.width = len(layout.positions)
    for number, cells in _lines(content, layout, found.faults):
        if cells and not _is_beside(cells, layout, found.told):
            found.first = found.first or number
            _take(number, cells, layout, found)
    faults = found.faults or list(_missing(layout, found))
    if faults:
        raise ResultFileUnreadable(faults)
    count, total = found.told.get("count"), found.told.get("total")
    return ResultFile(
        int(count) if count is not None else None,
        _fen_of(total, layout) if total is not None else None,
        tuple(found.lines),
    )


def _lines(
    content: bytes, layout: ResultLayout, faults: list[ResultFault]
) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, of text or of a sheet. Raises ResultFileUnreadable."""
    if layout.kind == "workbook":
        yield from _sheet(content)
        return
    text = decoded(content)
    if text is None:
        raise ResultFileUnreadable([_NO_TEXT])
    for number, line in enumerate(text.splitlines(), start=1):
        yield number, _cells(number, line, layout, faults)


def _sheet(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet. Raises ResultFileUnreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if not is_workbook(archive):
                raise ResultFileUnreadable([_NO_WORKBOOK])
            for number, row in rows_of(archive, _BOUNDS):
                yield number, _trimmed([cell.strip() for cell in undo_tricks(row)])
    except (*_BROKEN, WorkbookUnreadable):
        raise ResultFileUnreadable([_NO_WORKBOOK]) from None


def _trimmed(cells: list[str]) -> list[str]:
    """Without empty cells at the end."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cells(number: int, line: str, layout: ResultLayout, faults: list[ResultFault]) -> list[str]:
    """The cells of a line up to the last one with something in it."""
    try:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=layout.delimiter), [])]
    except csv.Error:
        cells = ["\0"]
    if any("\0" in cell for cell in cells):
        faults.append(
            ResultFault(number, "the line cannot be read; write it anew", "本行无法读取，请重新填写该行")
        )
        return []
    return _trimmed(cells)


def _is_beside(cells: Sequence[str], layout: ResultLayout, told: dict[str, str]) -> bool:
    """Take a line over that is no answer: what the file says of itself, or nothing."""
    line = "|".join(cells)
    for pattern in layout.told:
        if (match := pattern.fullmatch(line)) is not None:
            told.update({name: text for name, text in match.groupdict().items() if text is not None})
            return True
    return any(pattern.fullmatch(line) for pattern in layout.skipped)


def _take(number: int, cells: list[str], layout: ResultLayout, found: _Found) -> None:
    """Take an answer over, or the line of titles; words before that line say nothing."""
    if not found.places:
        places = _places(cells, layout)
        if places.keys() >= set(layout.needed):
            found.places, found.width = places, len(cells)
        return
    line = _line(number, cells, layout, found)
    if line is not None:
        found.lines.append(line)


def _places(titles: Sequence[str], layout: ResultLayout) -> dict[str, int]:
    found = {
        name: next((place for place, title in enumerate(titles) if title in known), None)
        for name, known in layout.columns.items()
    }
    return {name: place for name, place in found.items() if place is not None}


def _line(number: int, cells: list[str], layout: ResultLayout, found: _Found) -> ResultLine | None:
    least = max(found.places[name] for name in layout.needed) + 1
    if not least <= len(cells) <= found.width:
        found.faults.append(
            ResultFault(
                number,
                f"the line has {len(cells)} columns instead of {found.width}",
                f"本行有 {len(cells)} 列，应为 {found.width} 列",
            )
        )
        return None
    said = {name: cells[place] if place < len(cells) else "" for name, place in found.places.items()}
    fen = _fen_of(said["amount"], layout)
    if fen is None:
        found.faults.append(ResultFault(number, *_NO_AMOUNT[layout.unit]))
        return None
    try:
        paid_at, paid_on = _moved(said.get("paid_at", ""), layout)
    except ValueError:
        found.faults.append(ResultFault(number, *_NO_INSTANT))
        return None
    reason, words = said.get("reason"), f"{said.get('outcome', '')} {said.get('reason', '')}"
    return ResultLine(
        number,
        said[layout.NUMBER],
        _outcome(said, layout),
        fen,
        mask_text(reason)[:_LONGEST_REASON] if reason else None,
        closed=any(pattern.search(words) for pattern in layout.closing),
        paid_at=paid_at,
        paid_on=paid_on,
    )


_NO_INSTANT = (
    "the instant is not written as the profile says",
    "时间的写法与文件格式不符",
)


def _moved(text: str, layout: ResultLayout) -> tuple[datetime | None, date | None]:
    """When the money moved, or on which day where no time is written. Raises ValueError."""
    if not text:
        return None, None
    for form in layout.instants:
        try:
            found = datetime.strptime(text, form).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
        return (found, None) if "%H" in form else (None, found.date())
    if layout.kind == "workbook" and (moment := day_of(text)) is not None:
        found = moment.replace(tzinfo=SHANGHAI)
        return (found, None) if moment.time() != time() else (None, found.date())
    raise ValueError(text)


_NO_AMOUNT = {
    "fen": ("the amount must be a whole number of fen", "金额必须是以分为单位的整数"),
    "yuan": ("the amount must be yuan such as 200.00", "金额须以元为单位，如 200.00"),
}


def _outcome(said: Mapping[str, str], layout: ResultLayout) -> str:
    """What a line says; a word that the profile does not have stays, and fits nothing."""
    if layout.outcome is not None:
        return layout.outcome
    word = said["outcome"]
    known = layout.outcomes.get(word) or layout.outcomes.get(OTHER)
    return known or word


def _fen_of(text: str, layout: ResultLayout) -> int | None:
    if layout.unit == "fen":
        return int(text) if _FEN.fullmatch(text) else None
    plain = text.replace(",", "").removeprefix("¥")
    return parse_yuan(f"{plain}元") if _YUAN.fullmatch(plain) else None


def _missing(layout: ResultLayout, found: _Found) -> Iterable[ResultFault]:
    """What the file lacks as a whole."""
    wanted = {name for one in layout.told for name in one.groupindex}
    total = found.told.get("total")
    if wanted - found.told.keys() or (total is not None and _fen_of(total, layout) is None):
        yield ResultFault(
            1,
            f"the file must declare its count or total: `{layout.example}`",
            f"文件必须声明笔数或合计：`{layout.example}`",
        )
    elif not found.places:
        titles = ",".join(known[0] for known in layout.columns.values())
        yield ResultFault(found.first or 2, f"the heading must be {titles}", f"列标题必须为 {titles}")
