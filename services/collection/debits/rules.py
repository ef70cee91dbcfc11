"""What a bank debits on a day: its lines, why people are left out, and what an answer does to a line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from libs.common.bank_files.answers import Outcome, ResultFault, ResultLine, contradicts, line_faults
from libs.common.clock import SHANGHAI
from services.collection.units.rules import WHY

#: What a second person agrees to: that the file leaves; that nothing of it was debited.
OPERATION, GIVING_UP = "debit_batch", "debit_batch_given_up"
#: A channel's clock may run ahead of ours by this much.
_SKEW = timedelta(hours=1)

#: making: its lines are being put together; waiting: for a second person; approved: its file may leave;
#: given_out: the bank has it; done: every line has an answer, or the batch came to nothing.
BatchState = Literal["making", "waiting", "approved", "given_out", "done"]
#: taken_out: the file left without it; refused: the second person refused; given_up: two persons said that
#: the bank did not debit it.
DebitOutcome = Literal["paid", "failed", "returned", "taken_out", "refused", "given_up"]
Reason = Literal[
    "not_assessed",
    "paid",
    "exempt",
    "not_payable",
    "nothing_due",
    "in_order",
    "earlier_year",
    "money_waits",
    "household",
    "debit_unanswered",
    "above_limit",
    "other_household",
]
#: A mandate has no list that somebody could have left.
_ORDERED = {cast("Reason", code): words for code, words in WHY.items() if code != "left_list"}
#: Reason -> words.
LEFT_OUT: dict[Reason, tuple[str, str]] = {
    **_ORDERED,
    "debit_unanswered": (
        "Is in a debit of which the bank has not told the result.",
        "已在一笔尚无回盘结果的代扣中。",
    ),
    "above_limit": (
        "Would pass the upper bound that the agreement has for one year.",
        "超过代扣协议约定的年度限额。",
    ),
    "other_household": (
        "Lives in another household than the one that the agreement pays for.",
        "已不在协议约定的家庭户中。",
    ),
}


class DebitTerms(BaseModel):
    """How a county's bank debits: by which profiles, how long lines wait, when somebody asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str = "generic"
    result_profile: str | None = None
    holds_days: int = Field(default=10, ge=1, le=60)
    alert_after_workdays: int = Field(default=3, ge=1, le=20)
    notice_channel: str | None = None

    @property
    def answered_by(self) -> str:
        """The profile of answers."""
        return self.result_profile or self.profile


def subject_of(batch_id: int) -> str:
    """What approvals and alerts of a batch are about."""
    return f"debit-batches/{batch_id}"


def batch_of(subject: str) -> int:
    """The batch that an approval is about."""
    return int(subject.removeprefix("debit-batches/"))


_NUMBER = re.compile(r"D(\d{12})")


def debit_no(debit_id: int) -> str:
    """Number a debit; unique over all batches, and the reference that the bank gives back."""
    return f"D{debit_id:012d}"


def numbered(text: str) -> int | None:
    """The debit of a number; None for what none of ours looks like."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found is not None else None


def held_until(debit_at: datetime, days: int) -> datetime:
    """Until when lines are held that a bank debits then: the end of a day of ours."""
    last = debit_at.astimezone(SHANGHAI).date() + timedelta(days=days + 1)
    return datetime.combine(last, time(), SHANGHAI)


@dataclass(frozen=True, slots=True)
class FileLine:
    """One debit in a bank's file, with the account in the clear."""

    debit_no: str
    account_no: str
    holder: str
    agreement_no: str
    amount_fen: int
    remark: str


@dataclass(frozen=True, slots=True)
class SentDebit:
    """One line of a batch as we know it."""

    debit_id: int
    mandate_id: int
    order_no: str
    amount_fen: int
    outcome: DebitOutcome | None

    @property
    def answered(self) -> Outcome | None:
        """What the bank said of it; None while it has not."""
        return Outcome(self.outcome) if self.outcome in ("paid", "failed", "returned") else None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an answer does to a line; `before` is what the bank had said, where it now denies it.

    `paid_at` is when it was debited, `returned_at` when it came back.
    """

    debit: SentDebit
    outcome: Outcome
    reason: str | None
    closed: bool
    paid_at: datetime
    returned_at: datetime
    before: Outcome | None = None

    @property
    def brings_money(self) -> bool:
        """Whether money is told of by it: of what came back without having been told as paid, too."""
        said = self.before or self.debit.answered
        return self.outcome is not Outcome.FAILED and said in (None, Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class Judged:
    """A result file that was read against its batch: faults, or else what it settles, and what it denies."""

    faults: tuple[ResultFault, ...] = ()
    settled: tuple[Settlement, ...] = ()
    denied: tuple[Settlement, ...] = ()


_UNKNOWN = ("this debit is not in the file of the batch", "该批次的代扣文件中没有这笔扣款")
_TWICE = ("this debit stands in the file twice", "同一笔扣款在文件中重复出现")
_AHEAD = (
    "it would have been debited in the future; send the file when the bank has debited",
    "扣款时间晚于当前时间；请在银行扣款后再导入结果文件",
)


def judge(
    lines: Sequence[ResultLine], sent: Mapping[str, SentDebit], debit_at: datetime, now: datetime
) -> Judged:
    """Check lines of a result file against the debits of their batch, by number."""
    faults = line_faults(lines, {no: one.amount_fen for no, one in sent.items()}, _UNKNOWN, _TWICE)
    settled: list[Settlement] = []
    denied: list[Settlement] = []
    bad = {fault.line for fault in faults}
    for line in lines:
        if line.line in bad:
            continue
        known, outcome = sent[line.number], Outcome(line.outcome)
        moved, before = moved_at(line, debit_at), known.answered
        if outcome is not Outcome.FAILED and (moved or debit_at) > now + _SKEW:
            faults.append(ResultFault(line.line, *_AHEAD))
            continue
        back = outcome is Outcome.RETURNED
        found = Settlement(
            known,
            outcome,
            None if outcome is Outcome.PAID else line.reason,
            line.closed,
            paid_at=debit_at if back or moved is None else moved,
            returned_at=moved if back and moved is not None else now,
            before=before if contradicts(before, outcome) else None,
        )
        if found.before is not None:
            denied.append(found)
        elif before is not outcome:
            settled.append(found)
    if faults:
        return Judged(faults=tuple(sorted(faults, key=lambda fault: fault.line)))
    return Judged(settled=tuple(settled), denied=tuple(denied))


def moved_at(line: ResultLine, debit_at: datetime) -> datetime | None:
    """When money moved: as the file says, at the bank's time of day where it says the day alone."""
    if line.paid_at is not None or line.paid_on is None:
        return line.paid_at
    return at_time_of(line.paid_on, debit_at.astimezone(SHANGHAI).time())


def at_time_of(day: date, at: time) -> datetime:
    """A day of ours at a time."""
    return datetime.combine(day, at, SHANGHAI)
