"""`canbao assess`: answers questions of the assessment contract, one JSON object a line, streaming."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import orjson

from libs.common.policy import NoticeInvalid, Notices, QuestionMalformed, assess, load_all, parse_question

_LINES_PER_WRITE = 64


@click.command(name="assess", help="Say what people owe: NDJSON questions in, NDJSON answers out, in order.")
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--policies", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Directory of notices."
)
@click.option("--no-trace", is_flag=True, help="Leave the trace out of the answers.")
def command(file: BinaryIO, policies: Path | None, no_trace: bool) -> None:
    """Exit 0 when every line was a question (a rejected person is an answer), 1 when one was not."""
    try:
        notices = load_all(policies)
    except NoticeInvalid as error:
        raise click.ClickException(str(error)) from error
    malformed = write_answers(file, sys.stdout.buffer, notices, trace=not no_trace)
    sys.exit(1 if malformed else 0)


def write_answers(lines: BinaryIO, out: BinaryIO, notices: Notices, trace: bool = True) -> int:
    """Answer every line in order and return how many were malformed. Holds a few answers at a time."""
    malformed, pending = 0, []
    for answer, good in _answers(lines, notices, trace):
        malformed += not good
        pending.append(answer)
        if len(pending) >= _LINES_PER_WRITE:
            out.write(b"".join(pending))
            pending.clear()
    out.write(b"".join(pending))
    out.flush()
    return malformed


def _answers(lines: BinaryIO, notices: Notices, trace: bool) -> Iterator[tuple[bytes, bool]]:
    dumps, newline = orjson.dumps, orjson.OPT_APPEND_NEWLINE
    for line in lines:
        if line.isspace():
            continue
        data = None
        try:
            data = orjson.loads(line)
            question = parse_question(data)
            notice = notices.get((question.county, question.year))
            if notice is None:
                raise _no_notice(question.county, question.year, notices)
            yield dumps(assess(notice, question, trace).as_dict(), option=newline), True
        except orjson.JSONDecodeError as error:
            problem = QuestionMalformed("(line)", f"is not JSON: {error}", "不是合法的 JSON")
            yield dumps({"case": None, "error": problem.as_problem()}, option=newline), False
        except QuestionMalformed as error:
            case = data.get("case") if isinstance(data, dict) else None
            yield dumps({"case": case, "error": error.as_problem()}, option=newline), False


def _no_notice(county: str, year: int, notices: Notices) -> QuestionMalformed:
    known = ", ".join(f"{c} {y}" for c, y in notices)
    en = f"there is no notice for {county} {year}; there are {known}"
    return QuestionMalformed("county", en, f"没有 {county} {year} 年度的通知；现有：{known}")


if __name__ == "__main__":
    command()
