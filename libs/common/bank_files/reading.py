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
from libs.common.bank_files.calling import Called, called, titles_wanted
from libs.common.bank_files.layouts import OTHER, ResultLayout
from libs.common.clock import SHANGHAI
from libs.common.money import parse_yuan
from libs.common.security.masking import mask_text
from libs.common.spreadsheets import decoded, undo_tricks
from libs.common.workbooks import Bounds, WorkbookUnreadable, day_of, is_workbook, rows_of

_LONGEST_REASON = 200
#: By which a way of writing instants is shown.
_EXAMPLE = datetime(2020, 11, 20, 16, 45, tzinfo=SHANGHAI)
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
    called: Called = field(default_factory=Called)
    told: dict[str, str] = field(default_factory=dict)
    lines: list[ResultLine] = field(default_factory=list)
    faults: list[ResultFault] = field(default_factory=list)
    first: int = 0


def read_result_file(content: bytes, layout: ResultLayout) -> ResultFile:
    """Read what a bank says; raise ResultFileUnreadable."""
    found = _Found()
    if layout.positions:
        places = {name: place for place, name in enumerate(layout.positions) if name}
        _know(found, layout, places, (), len(layout.positions))
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
            _know(found, layout, places, cells, len(cells))
        return
    line = _line(number, cells, layout, found)
    if line is not None:
        found.lines.append(line)


def _know(
    found: _Found, layout: ResultLayout, places: dict[str, int], titles: Sequence[str], width: int
) -> None:
    """Where the columns are, and what they are called."""
    words = [one for one in layout.outcomes if one != OTHER]
    found.places, found.width = places, width
    # The number goes by another name in each kind of file.
    known = {"number" if name == layout.NUMBER else name: place for name, place in places.items()}
    found.called = called(layout.unit, words, titles, known)


def _places(titles: Sequence[str], layout: ResultLayout) -> dict[str, int]:
    found = {
        name: next((place for place, title in enumerate(titles) if title in known), None)
        for name, known in layout.columns.items()
    }
    return {name: place for name, place in found.items() if place is not None}


def _line(number: int, cells: list[str], layout: ResultLayout, found: _Found) -> ResultLine | None:
    if (fault := _wrong_width(cells, layout, found)) is not None:
        found.faults.append(ResultFault(number, *fault))
        return None
    said = {name: cells[place] if place < len(cells) else "" for name, place in found.places.items()}
    fen = _fen_of(said["amount"], layout)
    if fen is None:
        found.faults.append(ResultFault(number, *_at(found, "amount", _NO_AMOUNT[layout.unit])))
        return None
    try:
        paid_at, paid_on = _moved(said.get("paid_at", ""), layout)
    except ValueError:
        found.faults.append(ResultFault(number, *_at(found, "paid_at", _no_instant(layout))))
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
        called=found.called,
    )


def _wrong_width(cells: Sequence[str], layout: ResultLayout, found: _Found) -> tuple[str, str] | None:
    """What a line lacks, or that it goes on behind the last column."""
    lacks = [name for name in layout.needed if found.places[name] >= len(cells)]
    names = [found.called.column("number" if name == layout.NUMBER else name) for name in lacks]
    if names:
        return (
            f"the line ends before {', '.join(en for _, en in names)}; fill in what is missing",
            f"本行缺少{'、'.join(zh for zh, _ in names)}，请补齐",
        )
    if len(cells) > found.width:
        return (
            f"the line goes on behind its last column ({found.width}): put a text that has "
            f"“{layout.delimiter}” in it into quotes, or take out what is too much",
            f"本行多于 {found.width} 列：文字中含“{layout.delimiter}”的请加英文双引号，多余的请删去",
        )
    return None


def _at(found: _Found, name: str, says: tuple[str, str]) -> tuple[str, str]:
    """What is wrong with a column, by what the file calls it."""
    zh, en = found.called.column(name)
    return f"{en}: {says[0]}", f"{zh}：{says[1]}"


def _no_instant(layout: ResultLayout) -> tuple[str, str]:
    example = " or ".join(_EXAMPLE.strftime(form) for form in layout.instants)
    return f"write the instant like {example}", f"时间须写作如 {example.replace(' or ', ' 或 ')}"


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
    "fen": ("the amount must be a whole number of fen, such as 20000", "金额须为以分为单位的整数，如 20000"),
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
        zh, en = titles_wanted([layout.columns[name] for name in layout.needed])
        yield ResultFault(
            found.first or 2,
            f"no line is the heading, with {en}: leave in the line of titles as the bank wrote it",
            f"没有找到列标题行，须有{zh}：请保留银行文件的列标题行",
        )
