"""What a notice says of village batches (Songming 2018, 七(二); Dong'an 2020, 七(二)), and what has to agree.

Each line is a receipt: it is a payment since it was recorded, at the instant on its paper, whatever becomes
of the batch. What waits for the steps is the way of the money and paper, never the cover.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pydantic import JsonValue

from libs.common.cases.owners import is_anothers, role_of
from libs.common.clock import business_date
from libs.common.dates import instant_of
from libs.common.policy import Notice
from libs.common.policy.engine.office_days import batch_due_on
from libs.common.policy.format.custody_rules import BatchStep, VillageBatches, Voucher
from libs.common.security.caller import Caller
from libs.common.workdays import YearUnknown
from services.collection.cash.rules import Instrument, ReceiptState, Term, waits_for_review

#: draft: the village adds lines; open: at one of its steps; sent_back: the village mends it; done: through;
#: discarded: given up by the village, its receipts are free for another batch; reversed: wrong as a whole,
#: the money of all its receipts was booked back.
BatchState = Literal["draft", "open", "sent_back", "done", "discarded", "reversed"]
#: undone: a deposit was withdrawn, and what followed it is to be done again.
BatchMoveKind = Literal[
    "opened", "submitted", "passed", "sent_back", "corrected", "undone", "discarded", "reversed"
]
#: replace: given back and taken anew; give_back: the payer has the money again; leave_out: for a later batch.
CorrectionKind = Literal["replace", "give_back", "leave_out"]
DifferenceCode = Literal[
    "stated_people",
    "stated_money",
    "paper_people",
    "paper_money",
    "counted_money",
    "not_on_paper",
    "not_in_file",
    "paper_amount",
    "number_missing",
    "not_matched",
    "held",
    "refused",
    "gone",
    "waits",
    "reported",
]
#: Why two of the three differ, for people.
WORDS: Mapping[DifferenceCode, tuple[str, str]] = {
    "stated_people": ("The village states another number of people.", "村报人数与电子名册不符。"),
    "stated_money": ("The village states another sum.", "村报金额与电子名册不符。"),
    "paper_people": ("The paper has another number of people.", "纸质名册人数与电子名册不符。"),
    "paper_money": ("The paper comes to another sum.", "纸质金额与电子名册不符。"),
    "counted_money": ("The money that was counted is another sum.", "清点的资金与电子名册不符。"),
    "not_on_paper": ("A number of the file is not among the paper.", "电子名册中的票据号码未见纸质票据。"),
    "not_in_file": ("A number of the paper is not in the file.", "纸质票据号码不在电子名册中。"),
    "paper_amount": ("The paper says another amount.", "纸质票据金额与电子名册不符。"),
    "number_missing": ("A number of paper is missing.", "缺少票据号码。"),
    "not_matched": ("Not matched yet; look again in a moment.", "尚未匹配入账，请稍后再看。"),
    "held": ("Held until its case is decided.", "待审，待办事项处理后入账。"),
    "refused": ("Not counted: its case was decided so.", "待办事项已定：不予入账。"),
    "gone": ("The money was given back, or taken back by the bank.", "款项已退回或被银行冲回。"),
    "waits": ("The money waits for its person.", "款项挂账，未对应到参保人。"),
    "reported": ("Found by whoever looked at the paper.", "审核人发现。"),
}
#: What a batch may pass with all the same: it is known by name, and a case until it is settled.
_SOFT: frozenset[DifferenceCode] = frozenset({"waits"})
#: With what nobody confirms that everybody is registered and has paid. What went back is known of.
_UNCONFIRMED: frozenset[DifferenceCode] = frozenset({"waits", "not_matched", "held"})
#: Steps that a department does by saying so; the others are done by handing in, and at the bank.
LOOKS = ("review", "book", "confirm")
#: Whose work a department's is, and the scope that doing it needs.
SCOPES: Mapping[str, str] = {
    "township": "cash:review",
    "finance": "cash:review",
    "medical_insurance": "collection:write",
    "collector": "collection:write",
}


def may_look(notice: Notice, caller: Caller, department: str, scope: str) -> bool:
    """Whether a department's step is the caller's, by the right that was used.

    Tokens that say whose officer somebody is, by department or by role, are for the steps of that one alone.
    """
    elsewhere = caller.department not in ("", department) or is_anothers(notice, department, caller.role)
    return SCOPES.get(role_of(notice, department)) == scope and not elsewhere


@dataclass(frozen=True, slots=True)
class Line:
    """A receipt of a batch with what became of it."""

    line_no: int
    receipt_id: int
    instrument: Instrument
    paid_at: datetime
    people: int
    amount_fen: int
    returned_fen: int
    state: ReceiptState
    deposit_id: int | None
    numbers: int
    matched: int
    applied: int
    waiting: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number of paper on a line, and the money it is for; None while nobody can tell."""

    line_no: int
    voucher_no: str
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What an officer counted: people and money on paper, the money itself, and single numbers."""

    people: int
    amount_fen: int
    money_fen: int
    vouchers: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which paper, file and money are not the same; `said` is the file's."""

    code: DifferenceCode
    line_no: int | None = None
    voucher_no: str | None = None
    said: int | None = None
    found: int | None = None
    note: str | None = None

    @property
    def stops(self) -> bool:
        """Whether the batch cannot pass with it."""
        return self.code not in _SOFT

    @property
    def unconfirmed(self) -> bool:
        """Whether money of the line has not found its person yet."""
        return self.code in _UNCONFIRMED

    def as_json(self) -> dict[str, JsonValue]:
        """As it is kept and told, with words for people."""
        why, why_zh = WORDS[self.code]
        kept: dict[str, JsonValue] = {
            "code": self.code,
            "why": why,
            "why_zh": why_zh,
            "line_no": self.line_no,
            "voucher_no": self.voucher_no,
            "said": self.said,
            "found": self.found,
            "note": self.note,
        }
        return kept


def batches_of(notice: Notice, channel: str) -> VillageBatches | None:
    """How what this channel takes is handed in and checked; None where the notice says nothing of it."""
    found = notice.document.village_batches
    return found if found is not None and channel in found.channels else None


def waits_for_release(notice: Notice, channel: str) -> bool:
    """Whether money may be deposited only when its batch was released."""
    return waits_for_review(notice) and batches_of(notice, channel) is not None


def first_step(batches: VillageBatches) -> BatchStep:
    """How a batch begins: handed in by the village."""
    return batches.steps[0]


def step_named(batches: VillageBatches, step_id: str) -> BatchStep | None:
    """The step of this id; None when the notice has it no more."""
    return next((step for step in batches.steps if step.id == step_id), None)


def step_after(batches: VillageBatches, step_id: str) -> BatchStep | None:
    """The step that follows; None after the last one."""
    ids = [step.id for step in batches.steps]
    place = ids.index(step_id) + 1
    return batches.steps[place] if place < len(ids) else None


def deposit_step(batches: VillageBatches) -> BatchStep | None:
    """The step in which the money goes to the bank, where it is one of them."""
    return next((step for step in batches.steps if step.kind == "deposit"), None)


def follows_deposit(batches: VillageBatches, step_id: str) -> bool:
    """Whether the money of the batch is at the bank already when it comes to a step."""
    ids, deposit = [step.id for step in batches.steps], deposit_step(batches)
    return deposit is not None and ids.index(step_id) > ids.index(deposit.id)


def term_of(notice: Notice, step: BatchStep, begun_at: datetime) -> Term:
    """Until when a step has to be done that was reached at an instant."""
    try:
        return Term(batch_due_on(notice, step, business_date(begun_at)))
    except YearUnknown as unknown:
        return Term(year_unknown=unknown.year)


def handed_in_until(notice: Notice) -> datetime | None:
    """The first instant at which everything taken before should be handed in; None where no day is said."""
    batches = notice.document.village_batches
    by = None if batches is None else first_step(batches).by
    return next((instant_of(one.by) for one in notice.document.deadlines if one.id == by), None)


def is_late(due_on: date | None, on: date) -> bool:
    """Whether a step is over its day."""
    return due_on is not None and due_on < on


def numbers_for(paper: Voucher | None) -> int | None:
    """How many numbers a receipt needs: 1, or 0 for one for each person; None where no paper is counted."""
    if paper is None:
        return None
    return 0 if paper.per == "person" else 1


def differences_of_lines(lines: Sequence[Line], papers: int | None) -> Iterator[Difference]:
    """What is wrong with single lines; `papers` as `numbers_for` gives it."""
    for line in lines:
        if line.returned_fen:
            yield Difference("gone", line.line_no, said=line.amount_fen, found=line.returned_fen)
        elif line.state != "passed":
            yield Difference(
                "held" if line.state == "held" else "refused", line.line_no, said=line.amount_fen
            )
        elif not line.matched:
            yield Difference("not_matched", line.line_no, said=line.amount_fen)
        elif line.waiting:
            yield Difference("waits", line.line_no, said=line.people, found=line.applied, note=line.reason)
        counts = line.state != "refused" and not line.returned_fen
        if counts and papers is not None and line.numbers < (needed := papers or line.people):
            yield Difference("number_missing", line.line_no, said=needed, found=line.numbers)


def differences_of_totals(
    lines: Sequence[Line], stated: tuple[int, int] | None, counted: Counted | None
) -> Iterator[Difference]:
    """Where people and money of the file are not what the village states, or what an officer counted."""
    people, fen = sum(line.people for line in lines), sum(line.amount_fen for line in lines)
    pairs: list[tuple[DifferenceCode, int, int]] = []
    if stated is not None:
        pairs += [("stated_people", people, stated[0]), ("stated_money", fen, stated[1])]
    if counted is not None:
        pairs += [("paper_people", people, counted.people), ("paper_money", fen, counted.amount_fen)]
        pairs += [("counted_money", fen, counted.money_fen)]
    for code, said, found in pairs:
        if said != found:
            yield Difference(code, said=said, found=found)


def differences_of_numbers(numbers: Sequence[Numbered], seen: Mapping[str, int]) -> Iterator[Difference]:
    """Where the numbers of the file are not those that an officer has seen on paper."""
    for one in numbers:
        if one.voucher_no not in seen:
            yield Difference("not_on_paper", one.line_no, one.voucher_no, one.amount_fen)
        elif one.amount_fen is not None and seen[one.voucher_no] != one.amount_fen:
            yield Difference(
                "paper_amount", one.line_no, one.voucher_no, one.amount_fen, seen[one.voucher_no]
            )
    known = {one.voucher_no for one in numbers}
    for number, fen in seen.items():
        if number not in known:
            yield Difference("not_in_file", voucher_no=number, found=fen)
