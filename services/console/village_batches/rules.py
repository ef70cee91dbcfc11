"""Which step of a village's batch is whose, what may be done to it, and how counted paper is typed."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.console.forms.rules import Pick, fen_of
from services.console.home.rules import may
from services.console.session.rules import Visitor
from services.console.village_batches.schemas import Difference, Step, WholeBatch
from services.console.worklists.schemas import Batch

#: What the village may still change.
WITH_THE_VILLAGE = ("draft", "sent_back")
_OVER = ("discarded", "reversed")
#: Steps that an office does by saying so.
_LOOKS = ("review", "book", "confirm")


def step_of(batch: WholeBatch, step: str) -> Step | None:
    """A step of the batch's course; None where the notice has it no more."""
    return next((one for one in batch.steps if one.step == step), None)


def looks_at(visitor: Visitor, batch: Batch) -> bool:
    """Whether the step that a batch waits for is a look of the visitor's office."""
    own = batch.owner == visitor.role and visitor.department in ("", batch.department)
    return batch.state == "open" and batch.step_kind in _LOOKS and own


def batch_pick(visitor: Visitor, one: Batch) -> Pick:
    """A batch where several are ticked: its key says what was seen, so that nothing else is passed."""
    seen = f"{one.round}-{one.people}-{one.amount_fen}-{one.step_kind}-{one.step}"
    cannot = ("", "")
    if one.state != "open" or one.step_kind not in _LOOKS:
        cannot = "不在审核、入库或确认步骤", "no office looks at it now"
    elif not looks_at(visitor, one):
        cannot = "须由其他部门办理", "the step is another office's"
    elif one.opened_by == visitor.name:
        cannot = "本人编制，须由他人审核", "you made it: somebody else looks at it"
    return Pick(f"{one.batch_id}-{seen}", one.amount_fen, *cannot, people=one.people)


def passed_together(key: str) -> dict[str, object]:
    """What passing the batch of such a key says: at a review, that paper and money are as the file."""
    _, round_no, people, fen, kind, step = key.split("-", 5)
    said: dict[str, object] = {"step": step, "round": int(round_no), "passed": True}
    if kind == "review":
        said["counted"] = {"people": int(people), "amount_fen": int(fen), "money_fen": int(fen)}
    return said


def may_mend(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether lines may be added, mended and left out, and the batch handed in or given up."""
    return may(visitor, "cash:write") and batch.state in WITH_THE_VILLAGE


def may_replace(visitor: Visitor, batch: WholeBatch, line_no: int) -> bool:
    """Whether money of a line may be given back or written down anew: somebody else sent it back for it."""
    back = [one for one in batch.moves if one.kind == "sent_back"][-1:]
    named = {one.line_no for move in back for one in move.differences}
    found_by_oneself = any(move.entered_by == visitor.name for move in back)
    return may_mend(visitor, batch) and line_no in named and not found_by_oneself


def was_in_it(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether somebody made the batch, mended it or handed it in, or passed it for another office."""
    made = {one.entered_by for one in batch.moves if one.kind in ("opened", "submitted", "corrected")}
    elsewhere = {
        one.entered_by
        for one in batch.moves
        if (one.kind, one.round) == ("passed", batch.round) and one.department != batch.department
    }
    return visitor.name in made | elsewhere


def may_look(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether the step that the batch waits for is the visitor's to do."""
    return looks_at(visitor, batch) and not was_in_it(visitor, batch)


def may_return(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether the visitor may send it back: not once its money had to be at the bank."""
    kinds = [one.kind for one in batch.steps]
    ids = [one.step for one in batch.steps]
    is_banked = "deposit" in kinds and batch.step in ids[kinds.index("deposit") :]
    return may_look(visitor, batch) and not is_banked


def may_reverse(visitor: Visitor, batch: WholeBatch) -> bool:
    """Whether all of it may be asked back: nothing of it is at the bank."""
    standing = batch.state not in _OVER and batch.lines > 0 and not batch.deposited_fen
    return may(visitor, "collection:write") and standing


def place_of(step: Step) -> str:
    """Where the API takes a look at a step."""
    return "audits" if step.owner in ("tax_officer", "medical_insurance_officer") else "reviews"


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


def said_of(one: Difference) -> tuple[str, str]:
    """A difference in words, with its line and paper."""
    where_zh = f"第 {one.line_no} 行" if one.line_no is not None else ""
    where = f"line {one.line_no}" if one.line_no is not None else ""
    if one.voucher_no:
        where_zh, where = f"{where_zh}票据 {one.voucher_no}", f"{where} paper {one.voucher_no}".strip()
    note_zh, note = (f"（{one.note}）", f" ({one.note})") if one.note else ("", "")
    zh = f"{where_zh}：{one.why_zh}{note_zh}" if where_zh else f"{one.why_zh}{note_zh}"
    return zh, f"{where}: {one.why}{note}" if where else f"{one.why}{note}"


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
