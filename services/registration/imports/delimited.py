"""The rows of a CSV file: its separator, its quotation marks, its physical lines.

The file is looked through before its first row is given, so that a quotation mark that swallows lines refuses
it whole, and nothing of it is imported.
"""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TextIO

from libs.common.spreadsheets import undo_tricks
from libs.common.web.problems import Problem
from services.registration.imports.encodings import GB18030, UTF_16, check_text, settle, undecodable_line
from services.registration.imports.headings import (
    ROWS_LOOKED_AT,
    Heading,
    find_heading,
    heading_problem,
)
from services.registration.imports.lines import lines_of
from services.registration.imports.looking import Look, look_through
from services.registration.imports.problems import FILE_UNREADABLE, QUOTES_UNBALANCED

_LONGEST_FIELD = 10_000
_SEPARATORS = (",", "\t", ";")
_SEPARATOR_SAID = re.compile(r'\ufeff?"?sep=(.)"?[\r\n]*')
_QUOTED = re.compile(r'"(?:[^"]|"")*("?)')
_BREAK = re.compile(r"\r\n|\r|\n")
#: How old .xls files begin, and workbooks with a password.
_OLE = b"\xd0\xcf\x11\xe0"
_BLANK: list[str] = []


class DelimitedFile:
    """A CSV file whose lines have been looked through; raises the problem of one that cannot be read."""

    def __init__(self, path: Path, guessed_encoding: str, kind: str) -> None:
        with path.open("rb") as file:
            if file.read(len(_OLE)) == _OLE:
                raise FILE_UNREADABLE.problem(
                    "This is an old .xls file, or a workbook with a password. Save it as .xlsx without one.",
                    "该文件为旧版 .xls 格式或设有密码，请另存为不带密码的 .xlsx。",
                )
        self._path = path
        self._look = look_through(path)
        self._encoding = settle(path, guessed_encoding, odd=self._look.odd)
        if self._encoding == UTF_16:
            self._look = Look(quotes=True, tricks=True)
        try:
            self._separator, self.heading, self._last_line = self._find_heading(kind)
            if self._encoding == GB18030:
                check_text(path, GB18030)
            if self._look.quotes or self._look.longest_line > _LONGEST_FIELD:
                self._check()
        except UnicodeError as error:
            raise undecodable_line(path, self._encoding) from error

    def rows(self) -> Iterator[list[str]]:
        """The rows below the heading. Rows that are blank stand for lines that hold none: the row of line `n`
        is the one at place `n` - 2."""
        yield from [_BLANK] * (self._last_line - 1)
        with self._open() as file:
            reader = csv.reader(file, delimiter=self._separator, strict=True)
            while reader.line_num < self._last_line:
                next(reader)
            if not self._look.quotes:
                yield from map(undo_tricks, reader) if self._look.tricks else reader
                return
            line = self._last_line
            for row in reader:
                yield undo_tricks(row)
                line += 1
                if reader.line_num != line:
                    yield from [_BLANK] * (reader.line_num - line)
                    line = reader.line_num

    @contextmanager
    def _open(self) -> Iterator[TextIO]:
        csv.field_size_limit(_LONGEST_FIELD)
        with self._path.open(encoding=self._encoding, newline="") as file:
            yield file

    def _find_heading(self, kind: str) -> tuple[str, Heading, int]:
        """The separator, the heading, the last line of the heading."""
        with self._open() as file:
            lines = list(islice(lines_of(file), ROWS_LOOKED_AT))
        said = _SEPARATOR_SAID.fullmatch(lines[0]) if lines else None
        if said:
            lines[0] = "\n"
        for separator in (said[1],) if said else _SEPARATORS:
            rows, ends = _first_rows(lines, separator)
            heading = find_heading(kind, rows)
            if heading is not None:
                return separator, heading, ends[heading.row]
        tabs = bool(lines) and "\t" in lines[0] and "," not in lines[0]
        rows, _ = _first_rows(lines, said[1] if said else "\t" if tabs else ",")
        raise heading_problem(kind, rows)

    def _check(self) -> None:
        """Raise the problem of a quotation mark that is not closed, or that swallows lines."""
        before = 0
        with self._open() as file:
            reader = csv.reader(lines_of(file), delimiter=self._separator, strict=True)
            try:
                for row in reader:
                    if reader.line_num != before + 1:
                        self._check_breaks(row, before, reader.line_num)
                    before = reader.line_num
            except csv.Error as error:
                raise self._fault(before, reader.line_num, str(error)) from error

    def _check_breaks(self, row: list[str], before: int, last: int) -> None:
        """Refuse a cell with line breaks when a line in it is as rich in separators as a row."""
        width = len([title for title in self.heading.cells if title.strip()])
        rich = 1 if width <= 2 else max(2, width // 2)
        broken = [lines for cell in row if len(lines := _BREAK.split(cell)) > 1]
        swallowing = any(line.count(self._separator) >= rich for lines in broken for line in lines)
        if swallowing or len(row) > len(self.heading.cells):
            raise _unbalanced(self._opened(before, last))

    def _fault(self, before: int, last: int, words: str) -> Problem:
        opened = self._opened(before, last)
        if opened or "field limit" not in words:
            return _unbalanced(opened or before + 1)
        return FILE_UNREADABLE.problem(
            f"A cell in line {last} has more than {_LONGEST_FIELD:,} characters. Shorten it.",
            f"第 {last} 行有单元格超过 {_LONGEST_FIELD:,} 个字符，请缩短。",
            line=last,
        )

    def _opened(self, before: int, last: int) -> int:
        """The line with the first quotation mark that is not closed in it, within a row; 0 when none is."""
        with self._open() as file:
            text = "".join(islice(file, before, last))
        place = 0
        while place < len(text):
            if text[place] == '"' and (quoted := _QUOTED.match(text, place)):
                followed = text[quoted.end() : quoted.end() + 1] not in ("", self._separator, "\r", "\n")
                if followed or not quoted[1] or _BREAK.search(quoted[0]):
                    return before + 1 + len(_BREAK.findall(text[:place]))
                place = quoted.end()
            ends = re.compile(f"[{re.escape(self._separator)}\r\n]+?").search(text, place)
            place = ends.end() if ends else len(text)
        return 0


def _first_rows(lines: list[str], separator: str) -> tuple[list[list[str]], list[int]]:
    """The rows of the first lines, and the last line of each."""
    rows, ends = [], []
    reader = csv.reader(lines, delimiter=separator)
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
    except csv.Error:
        pass  # whatever it is, the look through the whole file names it
    return rows, ends


def _unbalanced(line: int) -> Problem:
    return QUOTES_UNBALANCED.problem(
        f"A quotation mark is opened in line {line} and not closed there. Close or remove it, and upload the "
        "file again; nothing of it was imported.",
        f"第 {line} 行的引号未在该行闭合。请补上或删除引号后重新上传；本文件尚未导入任何内容。",
        line=line,
    )
