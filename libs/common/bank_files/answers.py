"""What a bank's answers say, whatever they are about and however they are laid out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from libs.common.bank_files.calling import Called


class Outcome(StrEnum):
    """What a bank says about one order to move money."""

    #: The money moved.
    PAID = "paid"
    #: It never did.
    FAILED = "failed"
    #: It came back after it had moved.
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One line of a result file; `line` is its place in the file, from 1, `number` what it was sent under.

    `closed`: the account is no more. `paid_at` is when the money moved, or `paid_on` the day alone, where the
    file says so. `called` is what the file calls its columns.
    """

    line: int
    number: str
    outcome: str
    amount_fen: int
    reason: str | None
    closed: bool = False
    paid_at: datetime | None = None
    paid_on: date | None = None
    called: Called = field(default_factory=Called, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result file that could be read, with what it says of itself; None: it does not."""

    declared_count: int | None
    declared_total_fen: int | None
    lines: tuple[ResultLine, ...]


@dataclass(frozen=True, slots=True)
class ResultFault:
    """Why a result file is refused; `line` is 0 when it is about the whole file."""

    line: int
    detail: str
    detail_zh: str


def declared_faults(file: ResultFile) -> list[ResultFault]:
    """Where a file says something else of itself than its lines do."""
    faults, lines = [], file.lines
    count, total_fen = file.declared_count, file.declared_total_fen
    if count is not None and count != len(lines):
        faults.append(
            ResultFault(
                0,
                f"the file declares {count} lines and has {len(lines)}",
                f"文件声明 {count} 笔，实有 {len(lines)} 笔",
            )
        )
    actual_fen = sum(line.amount_fen for line in lines)
    if total_fen is not None and total_fen != actual_fen:
        words = lines[0].called if lines else Called()
        (says_zh, says), (adds_zh, adds) = words.money(total_fen), words.money(actual_fen)
        faults.append(
            ResultFault(
                0,
                f"the file declares {says} in all and its lines add up to {adds}",
                f"文件声明合计 {says_zh}，明细合计 {adds_zh}",
            )
        )
    return faults


def line_faults(
    lines: Sequence[ResultLine],
    sent_fen: Mapping[str, int],
    unknown: tuple[str, str],
    twice: tuple[str, str],
) -> list[ResultFault]:
    """What is wrong with lines beside what was sent, by its numbers; the words say what was sent."""
    faults: list[ResultFault] = []
    seen: set[str] = set()
    for line in lines:
        fault = _line_fault(line, sent_fen.get(line.number), line.number in seen, unknown, twice)
        seen.add(line.number)
        if fault is not None:
            faults.append(ResultFault(line.line, *fault))
    return faults


def _line_fault(
    line: ResultLine, fen: int | None, repeated: bool, unknown: tuple[str, str], twice: tuple[str, str]
) -> tuple[str, str] | None:
    words = line.called
    if fen is None or repeated:
        return of_number(line, unknown if fen is None else twice)
    if line.outcome not in set(Outcome):
        return _unknown_outcome(words)
    if line.amount_fen != fen:
        at_zh, at = words.column("amount")
        (has_zh, has), (sent_zh, sent) = words.money(line.amount_fen), words.money(fen)
        return f"{at}: the amount is {has}, {sent} were sent", f"{at_zh}：金额为 {has_zh}，发送的是 {sent_zh}"
    return None


def of_number(line: ResultLine, says: tuple[str, str]) -> tuple[str, str]:
    """What is wrong with the number of a line, in English and Chinese, by what the file calls it."""
    zh, en = line.called.column("number")
    return f"{en}: {says[0]}", f"{zh}：{says[1]}"


def _unknown_outcome(words: Called) -> tuple[str, str]:
    at_zh, at = words.column("outcome")
    return (
        f"{at}: the outcome must be {' or '.join(words.outcomes)}; other words of the bank stand in its "
        "profile, under outcomes",
        f"{at_zh}：结果只能是 {'、'.join(words.outcomes)}；银行另有用语的，请补充到该文件格式的 outcomes 中",
    )


def contradicts(before: Outcome | None, now: Outcome) -> bool:
    """Whether an answer denies an earlier one: after paid only returned may follow."""
    return before is not None and now is not before and (before, now) != (Outcome.PAID, Outcome.RETURNED)
