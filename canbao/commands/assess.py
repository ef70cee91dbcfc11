"""`canbao assess`: answers questions of the assessment contract as they arrive, one JSON object a line."""

import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol

import click
import orjson

from libs.common.policy import NoticeInvalid, Notices, QuestionMalformed, assess, load_all, parse_question
from libs.common.questions import BYTE_ORDER_MARK, Case, read_json, write_json

_LINES_PER_WRITE = 64
_BYTES_PER_READ = 65_536
_LONGEST_LINE = 1_048_576
_CUT = b" ... (cut off)"
"""Ends a line that was too long; no JSON, so that the line is answered as malformed."""
_NEWLINE = orjson.OPT_APPEND_NEWLINE


class Arriving(Protocol):
    """A stream that gives what has arrived, at most so many bytes, and waits when that is nothing."""

    def read1(self, size: int, /) -> bytes:
        """Give what is there; nothing at the end."""
        ...


@click.command(name="assess", help="Say what people owe: NDJSON questions in, NDJSON answers out, in order.")
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--policies", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Directory of notices."
)
@click.option("--no-trace", is_flag=True, help="Leave the trace out of the answers.")
def command(file: BufferedReader, policies: Path | None, no_trace: bool) -> None:
    """Exit 0 when every line was a question (a rejected person is an answer), 1 when one was not."""
    try:
        notices = load_all(policies)
    except NoticeInvalid as error:
        raise click.ClickException(str(error)) from error
    malformed = write_answers(file, sys.stdout.buffer, notices, trace=not no_trace)
    sys.exit(1 if malformed else 0)


def write_answers(lines: Arriving, out: BinaryIO, notices: Notices, trace: bool = True) -> int:
    """Answer every line in order and return how many were malformed. Holds a few answers at a time.

    Everything is flushed before waiting for more input, so whoever writes one line and waits gets its answer.
    """
    malformed, pending = 0, []
    for read in _lines_ready(lines):
        for line in read:
            answer, good = _answer(line, notices, trace)
            malformed += not good
            pending.append(answer)
            if len(pending) >= _LINES_PER_WRITE:
                out.write(b"".join(pending))
                pending.clear()
        out.write(b"".join(pending))
        pending.clear()
        out.flush()
    return malformed


def _lines_ready(source: Arriving) -> Iterator[list[bytes]]:
    """Yield the lines that have arrived, blank ones left out, each time before waiting for more.

    A line longer than any question can be is cut off, so that memory stays constant.
    """
    rest, cut, first = b"", False, True
    while chunk := source.read1(_BYTES_PER_READ):
        if first and len(rest) + len(chunk) >= len(BYTE_ORDER_MARK):
            # What editors of Windows put in front of a file.
            rest, chunk, first = b"", (rest + chunk).removeprefix(BYTE_ORDER_MARK), False
        *lines, rest = (rest + chunk).split(b"\n")
        if cut and lines:
            lines[0], cut = lines[0][:_LONGEST_LINE] + _CUT, False
        if len(rest) > _LONGEST_LINE:
            rest, cut = rest[:_LONGEST_LINE], True
        yield [line for line in lines if line and not line.isspace()]
    if rest and not rest.isspace():
        yield [rest + _CUT if cut else rest]


def _answer(line: bytes, notices: Notices, trace: bool) -> tuple[bytes, bool]:
    case: Case = None
    try:
        data, case = read_json(line)
        question = parse_question(data)
        notice = notices.get((question.county, question.year))
        if notice is None:
            raise _no_notice(question.county, question.year, notices)
        return write_json(assess(notice, question, trace).as_dict(), case, _NEWLINE), True
    except QuestionMalformed as problem:
        answer: dict[str, object] = {"case": None, "error": problem.as_problem()}
    try:
        return write_json(answer, case, _NEWLINE), False
    except QuestionMalformed:
        return orjson.dumps(answer, option=_NEWLINE), False


def _no_notice(county: str, year: int, notices: Notices) -> QuestionMalformed:
    known = ", ".join(f"{c} {y}" for c, y in notices)
    en = f"there is no notice for {county} {year}; there are {known}"
    return QuestionMalformed("county", en, f"没有 {county} {year} 年度的通知；现有：{known}")


if __name__ == "__main__":
    command()
