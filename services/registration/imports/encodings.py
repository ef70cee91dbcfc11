"""The encoding of a text file: UTF-8, GB18030 or UTF-16 with its mark; a mixture is refused with its line.

A GB18030 line can be valid UTF-8 by chance (谢石 reads as лʯ), so a line that can be read both ways counts
for the reading that makes sense.
"""

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path

from libs.common.web.problems import Problem
from services.registration.imports.lines import lines_of
from services.registration.imports.problems import ENCODING_MIXED, FILE_UNREADABLE

UTF_8, GB18030, UTF_16, _EITHER = "utf-8-sig", "gb18030", "utf-16", "either"
_PIECE_BYTES = 1024 * 1024
_SHOWN = {UTF_8: "UTF-8", GB18030: "GB18030"}

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Characters that no Chinese office writes and that GB18030 bytes make when they are read as UTF-8.
_ODD = re.compile("[\u0080-\u00b6\u00b8-\u00bf\u00d7\u00f7\u0250-\u07ff]")
#: Latin letters with accents inside of a word: Müller, José.
_ACCENTED = re.compile("(?<=[A-Za-z])[\u00c0-\u024f]|[\u00c0-\u024f](?=[A-Za-z])")
_BEYOND_TWO_BYTES = re.compile("[\u0800-\U0010ffff]")
_HAN_WORD = re.compile("[\u4e00-\u9fff]{2}")
#: Above 0xD7 the two-byte rows of GB 2312 hold rare characters, in the order of their radicals.
_COMMON_ROWS = range(0xA1, 0xD8)


class Encoding:
    """Guesses an encoding while a file arrives; `settle` looks at the lines when it is complete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._broken = False
        self._start = b""

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes."""
        if len(self._start) < 2:
            self._start += piece[:2]
        if not self._broken:
            try:
                self._decoder.decode(piece)
            except UnicodeDecodeError:
                self._broken = True

    def name(self) -> str:
        """The encoding, after the last bytes."""
        if self._start[:2] in _UTF_16_MARKS:
            return UTF_16
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self._broken = True
        return GB18030 if self._broken else UTF_8


def settle(path: Path, guessed: str, *, odd: bool) -> str:
    """The encoding of a whole file; raises the problem of a file in two encodings.

    `odd` says that it has characters of two bytes, were it UTF-8.
    """
    if guessed == UTF_16 or (guessed == UTF_8 and not odd):
        return guessed
    votes = _Votes()
    with path.open("rb") as file:
        for number, line in enumerate(lines_of(file), 1):
            if not line.isascii():
                votes.count(number, line)
    return votes.result()


@dataclass
class _Votes:
    """How many lines are which, and the first of each."""

    number: dict[str, int] = field(default_factory=lambda: {UTF_8: 0, GB18030: 0})
    first: dict[str, int] = field(default_factory=dict)

    def count(self, line: int, body: bytes) -> None:
        """Count a line that has other than ASCII characters."""
        winner = _read_as(body.removeprefix(codecs.BOM_UTF8))
        if winner != _EITHER:
            self.number[winner] += 1
            self.first.setdefault(winner, line)

    def result(self) -> str:
        """The encoding of all lines."""
        if not self.number[GB18030]:
            return UTF_8
        if not self.number[UTF_8]:
            return GB18030
        most, other = (UTF_8, GB18030) if self.number[UTF_8] >= self.number[GB18030] else (GB18030, UTF_8)
        name, line = _SHOWN[most], self.first[other]
        raise ENCODING_MIXED.problem(
            f"Most of the file is {name}, line {line} is not. Save the whole file in one encoding.",
            f"文件大部分为 {name} 编码，但第 {line} 行不是。请将整个文件以同一编码保存。",
            line=line,
        )


def check_text(path: Path, encoding: str) -> None:
    """Raise UnicodeDecodeError for a file with bytes that are no text in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            decoder.decode(piece)
    decoder.decode(b"", final=True)


def undecodable_line(path: Path, encoding: str) -> Problem:
    """The problem of a file with bytes that are no text in its encoding; names their line."""
    line = 0
    with path.open("rb") as file:
        for number, body in enumerate(lines_of(file), 1):
            if encoding != UTF_16 and _decoded(body, encoding) is None:
                line = number
                break
    if not line:
        return FILE_UNREADABLE.problem()
    return FILE_UNREADABLE.problem(
        f"Line {line} is neither UTF-8 nor GB18030. Save the file as CSV (UTF-8) again.",
        f"第 {line} 行既不是 UTF-8 也不是 GB18030 编码，请将文件重新另存为 CSV（UTF-8）。",
        line=line,
    )


def _read_as(body: bytes) -> str:
    """What a line is. Few bytes are valid UTF-8 by chance, nearly all are valid GB18030."""
    utf8 = _decoded(body, "utf-8")
    if utf8 is None:
        return GB18030
    gb18030 = _decoded(body, GB18030)
    if gb18030 is None:
        return UTF_8
    if _BEYOND_TWO_BYTES.search(utf8):
        likely, unlikely = _common(utf8), _common(gb18030)
        return UTF_8 if likely >= unlikely else GB18030 if likely == 0 and unlikely == 1 else _EITHER
    odd = _ODD.search(utf8) and _HAN_WORD.search(gb18030) and not _ACCENTED.search(utf8)
    return GB18030 if odd and _common(gb18030) > 0 else _EITHER


def _decoded(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        return None


def _common(text: str) -> float:
    """The share of common characters among those beyond ASCII."""
    beyond = [character for character in text if character > "\x7f"]
    return sum(map(_is_common, beyond)) / len(beyond)


def _is_common(character: str) -> bool:
    try:
        return character.encode("gb2312")[0] in _COMMON_ROWS
    except UnicodeEncodeError:
        return character == "·"
