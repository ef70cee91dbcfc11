"""Writes payouts for the bank and reads its answers, by a profile, which is data.

Banks all differ, so a layout is a JSON file in `profiles/`; a new bank needs no code.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from libs.common.security.masking import mask_text
from libs.common.spreadsheets import decoded
from services.subsidy.payout_batches.rules import ResultFault, ResultLine

PROFILES = Path(__file__).with_name("profiles")
RESULT_COLUMNS = ("payout_no", "outcome", "amount_fen", "reason")


@dataclass(frozen=True, slots=True)
class Profile:
    """The layout of a bank's file.

    `columns` pairs a heading with a field (payout_no, account_no, holder, bank, amount_fen, amount_yuan,
    remark, or empty). `head` and `tail` are lines with {batch_id}, {count}, {total_fen}, {total_yuan}.
    """

    name: str
    about: str
    encoding: str
    line_end: str
    delimiter: str
    head: tuple[str, ...]
    heading: bool
    columns: tuple[tuple[str, str], ...]
    tail: tuple[str, ...]
    quoting: bool


class ProfileUnknown(Exception):
    """There is no bank profile of this name."""


def profile_names() -> list[str]:
    """The profiles that can be chosen."""
    return sorted(path.stem for path in PROFILES.glob("*.json"))


def load_profile(name: str) -> Profile:
    """Read the profile `name`; raise ProfileUnknown."""
    if name not in profile_names():
        raise ProfileUnknown(name)
    data = json.loads((PROFILES / f"{name}.json").read_text("utf-8"))
    return Profile(
        name=name,
        about=data["about"],
        encoding=data["encoding"],
        line_end=data["line_end"],
        delimiter=data["delimiter"],
        head=tuple(data["head"]),
        heading=data["heading"],
        columns=tuple((heading, field) for heading, field in data["columns"]),
        tail=tuple(data["tail"]),
        quoting=data["quoting"],
    )


@dataclass(frozen=True, slots=True)
class FileLine:
    """One sum in a bank's file, with the account in the clear."""

    payout_no: str
    account_no: str
    holder: str
    bank: str
    amount_fen: int
    remark: str


def write_payout_file(profile: Profile, batch_id: int, lines: Sequence[FileLine]) -> bytes:
    """Write the whole file of a batch, the same bytes each time."""
    total_fen = sum(line.amount_fen for line in lines)
    words = {
        "batch_id": batch_id,
        "count": len(lines),
        "total_fen": total_fen,
        "total_yuan": yuan(total_fen),
    }
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=profile.delimiter,
        lineterminator=profile.line_end,
        quoting=csv.QUOTE_MINIMAL if profile.quoting else csv.QUOTE_NONE,
        quotechar='"' if profile.quoting else None,
    )
    out.writelines(text.format(**words) + profile.line_end for text in profile.head)
    if profile.heading:
        writer.writerow([heading for heading, _ in profile.columns])
    writer.writerows([_value(line, field) for _, field in profile.columns] for line in lines)
    out.writelines(text.format(**words) + profile.line_end for text in profile.tail)
    return out.getvalue().encode(profile.encoding)


def _value(line: FileLine, field: str) -> str:
    if not field:
        return ""
    if field == "amount_yuan":
        return yuan(line.amount_fen)
    return str(getattr(line, field))


def yuan(amount_fen: int) -> str:
    """Write fen as yuan with two decimals, without a detour through binary fractions."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result file that could be read."""

    declared_count: int
    declared_total_fen: int
    lines: tuple[ResultLine, ...]


class ResultFileUnreadable(Exception):
    """A result file does not follow its layout; carries the faults, line by line."""

    def __init__(self, faults: Iterable[ResultFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults")


_NO_TEXT = ResultFault(
    0, "the file is neither UTF-8 nor GB 18030 text", "文件既不是 UTF-8 也不是 GB 18030 编码文本"
)
_DECLARED = re.compile(r"#\s*count=(\d{1,9})[ ,;]+total_fen=(\d{1,15})\s*")


def read_result_file(content: bytes) -> ResultFile:
    """Read `# count=N total_fen=M`, a heading and the lines; raise ResultFileUnreadable.

    Empty cells at the end of a line and lines of empty cells mean nothing: spreadsheets add both.
    """
    text = decoded(content)
    if text is None:
        raise ResultFileUnreadable([_NO_TEXT])
    faults: list[ResultFault] = []
    rows = [
        (number, cells)
        for number, line in enumerate(text.splitlines(), start=1)
        if (cells := _cells(number, line, faults))
    ]
    if faults:
        raise ResultFileUnreadable(faults)
    told = (_DECLARED.fullmatch(",".join(cells)) for _, cells in rows)
    declared = next((match for match in told if match), None)
    if declared is None:
        raise ResultFileUnreadable(
            [
                ResultFault(
                    1,
                    "the first line must declare `# count=<lines> total_fen=<sum>`",
                    "首行必须声明 `# count=<笔数> total_fen=<合计分>`",
                )
            ]
        )
    rows = [(number, cells) for number, cells in rows if not cells[0].startswith("#")]
    if [cells for _, cells in rows[:1]] != [list(RESULT_COLUMNS)]:
        expected = ",".join(RESULT_COLUMNS)
        fault = ResultFault(
            rows[0][0] if rows else 2, f"the heading must be {expected}", f"列标题必须为 {expected}"
        )
        raise ResultFileUnreadable([fault])
    lines = [_result_line(number, cells, faults) for number, cells in rows[1:]]
    if faults:
        raise ResultFileUnreadable(faults)
    return ResultFile(int(declared[1]), int(declared[2]), tuple(line for line in lines if line is not None))


def _cells(number: int, line: str, faults: list[ResultFault]) -> list[str]:
    """The cells of a line up to the last one with something in it."""
    try:
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        cells = ["\0"]
    if any("\0" in cell for cell in cells):
        faults.append(
            ResultFault(number, "the line cannot be read; write it anew", "本行无法读取，请重新填写该行")
        )
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _result_line(number: int, cells: Sequence[str], faults: list[ResultFault]) -> ResultLine | None:
    if len(cells) not in (3, 4):
        faults.append(
            ResultFault(
                number,
                f"the line has {len(cells)} columns instead of 4",
                f"本行有 {len(cells)} 列，应为 4 列",
            )
        )
        return None
    if not re.fullmatch(r"\d{1,15}", cells[2]):
        faults.append(
            ResultFault(
                number, "amount_fen must be a whole number of fen", "amount_fen 必须是以分为单位的整数"
            )
        )
        return None
    reason = mask_text(cells[3])[:200] if len(cells) == 4 and cells[3] else None
    return ResultLine(number, cells[0], cells[1], int(cells[2]), reason)
