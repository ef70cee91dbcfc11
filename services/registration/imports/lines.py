"""The lines of a text file, none longer than a bound: a file without line breaks is not held whole."""

from collections.abc import Iterator
from typing import Protocol, TypeVar

from services.registration.imports.problems import FILE_TOO_LARGE

#: In characters, or bytes. A line of a list of people has some hundreds.
LONGEST_LINE = 1_000_000


Text = TypeVar("Text", str, bytes, covariant=True)


class Readable(Protocol[Text]):
    """A file that gives lines."""

    def readline(self, limit: int, /) -> Text:
        """The next line, or its beginning."""


def lines_of(file: Readable[Text]) -> Iterator[Text]:
    """The lines of a file with their ends; raises the problem of a line that is too long."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise FILE_TOO_LARGE.problem(
                f"Line {number} has more than {LONGEST_LINE:,} characters. Save the file as CSV with "
                "a line break after every row.",
                f"第 {number} 行超过 {LONGEST_LINE:,} 个字符。请另存为每行一条记录的 CSV。",
                line=number,
                bound=LONGEST_LINE,
            )
        yield line
