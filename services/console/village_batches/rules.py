"""How counted paper and lines that differ are typed, how long a step may take, and what a tick passes."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.console.forms.rules import fen_of
from services.console.persons.words import REASONS


def passed_together(key: str) -> dict[str, object]:
    """What passing the batch of such a key says: at a review, that paper and money are as the file."""
    _, round_no, people, fen, kind, step = key.split("-", 5)
    said: dict[str, object] = {"step": step, "round": int(round_no), "passed": True}
    if kind == "review":
        said["counted"] = {"people": int(people), "amount_fen": int(fen), "money_fen": int(fen)}
    return said


def days_left(due_on: date | None, year_unknown: int | None, today: date) -> tuple[str, str]:
    """How long a step may still take by the notice."""
    if year_unknown is not None:
        return (
            f"{year_unknown} 年工作日安排未定，期限待定",
            f"the workdays of {year_unknown} are not known yet",
        )
    if due_on is None:
        return "通知未规定期限", "the notice names no day"
    days = (due_on - today).days
    if days < 0:
        return f"{due_on}，已超期 {-days} 天", f"{due_on}, {-days} days over"
    if days == 0:
        return f"{due_on}，今天到期", f"{due_on}, today"
    return f"{due_on}，还剩 {days} 天", f"{due_on}, {days} days left"


def reported_lines(text: str) -> list[dict[str, object]]:
    """Lines that are not as the paper says, one to a row: number, amount on the paper, remark.

    Amount and remark may be missing. Raises ValueError where a row begins with no number.
    """
    return [_reported(row) for row in text.splitlines() if row.strip()]


def _reported(row: str) -> dict[str, object]:
    number, _, rest = row.strip().partition(" ")
    said: dict[str, object] = {"line_no": int(number)}
    amount, _, note = rest.strip().partition(" ")
    try:
        said["found_fen"] = fen_of(amount)
    except ValueError:
        note = rest
    if note.strip():
        said["note"] = note.strip()
    return said


def seen_vouchers(text: str) -> list[dict[str, object]]:
    """Numbers of paper with their amounts, one to a row. Raises ValueError for a row that is none."""
    found: list[dict[str, object]] = []
    for row in text.splitlines():
        if row.strip():
            number, amount = row.split()
            found.append({"voucher_no": number, "amount_fen": fen_of(amount)})
    return found


def counted_of(typed: Mapping[str, str]) -> dict[str, object] | None:
    """What was counted, as the API takes it; None where nothing was typed. What is missing the API says."""
    said: dict[str, object] = {}
    if typed.get("people"):
        said["people"] = int(typed["people"])
    said |= {name: fen_of(typed[name]) for name in ("amount_fen", "money_fen") if typed.get(name)}
    if typed.get("vouchers"):
        said["vouchers"] = seen_vouchers(typed["vouchers"])
    return said or None


def ids_ticked(names: Sequence[str]) -> list[int]:
    """The receipts of ticks like `receipt_31`; what is none of ours is passed over."""
    found = [name.removeprefix("receipt_") for name in names if name.startswith("receipt_")]
    return sorted({int(one) for one in found if one.isascii() and one.isdigit() and len(one) < 19})


def difference_said(
    why: tuple[str, str], line_no: int | None, voucher_no: str | None, note: str | None
) -> tuple[str, str]:
    """Why paper, file and money are not one, at which line and paper, with what was noted of it."""
    line_zh, line = (f"第 {line_no} 行", f"line {line_no}") if line_no is not None else ("", "")
    paper_zh, paper = (f"票据 {voucher_no}", f"paper {voucher_no}") if voucher_no else ("", "")
    where_zh, where = line_zh + paper_zh, " ".join(word for word in (line, paper) if word)
    # Of money that waits for its person the note is the reason why, as a code.
    said_zh, said = REASONS.get(note or "", (note, note))
    note_zh, noted = (f"（{said_zh}）", f" ({said})") if note else ("", "")
    zh, en = f"{why[0]}{note_zh}", f"{why[1]}{noted}"
    return (f"{where_zh}：{zh}", f"{where}: {en}") if where else (zh, en)
