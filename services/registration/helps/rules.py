"""For whom of a list others' money can help, with how much, and why not for the rest. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from libs.common.policy import Notice
from services.registration.enrollments.rules import COMPLETE

Reason = Literal[
    "unknown",
    "twice",
    "not_enrolled",
    "not_assessed",
    "not_payable",
    "paid",
    "exempt",
    "no_money_left",
    "unreadable",
]
#: Reason -> words, in English and Chinese.
WHY: Mapping[Reason, tuple[str, str]] = {
    "unknown": (
        "Nobody of this number and name is registered in your area; look at both, or register the person.",
        "辖区内没有该证件号码和姓名的登记人员，请核对或先行登记。",
    ),
    "twice": ("Stands on the list above already.", "名单中重复。"),
    "not_enrolled": ("Is not enrolled for this year.", "本年度未参保登记。"),
    "not_assessed": ("Is not assessed yet; send the line again in a moment.", "尚在核定，请稍后重新提交。"),
    "not_payable": ("Cannot be paid for now.", "目前不能缴费。"),
    "paid": ("Has paid already: nothing is paid twice.", "已缴费，不重复资助。"),
    "exempt": ("Owes nothing: others bear all of it.", "已全额资助，无需缴费。"),
    "no_money_left": ("More than is left of the money.", "超过该笔款项的余额。"),
    "unreadable": (
        "Number, name or amount of this line cannot be read; write the amount in yuan, such as 50.00.",
        "本行证件号码、姓名或金额无法识别；金额以元填写，如 50.00。",
    ),
}


@dataclass(frozen=True, slots=True)
class Money:
    """Money of a payer that has come, how much of it lists gave to people, what went back, and what is left.

    `complete_fen` of it is for people who have paid the rest or owe nothing: that stands. Below zero is left
    where money that people were helped with was taken back.
    """

    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    amount_fen: int
    arrived_at: datetime
    reversed_at: datetime | None
    listed_fen: int
    complete_fen: int
    returned_fen: int

    @property
    def left_fen(self) -> int:
        """What no list has given to anybody, and what has not gone back."""
        come = self.amount_fen if self.reversed_at is None else 0
        return come - self.returned_fen - self.listed_fen


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with somebody of a list; `owed_fen` by the newest assessment, less what was given since.

    `taken_over` is a line of the same payer whose money was taken back after it had helped.
    """

    person_id: int
    enrollment_id: int
    division_code: str
    state: str
    outcome: str | None
    owed_fen: int
    taken_over: int | None = None
    taken_over_fen: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a list: whom, and with how much; None is all that is owed."""

    index: int
    person_id: int | None
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """What a line comes to."""

    index: int
    standing: Standing
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What a list comes to: who is helped, and who is left out with why."""

    given: tuple[Given, ...]
    left_out: tuple[tuple[Asked, Reason], ...]


def is_other(notice: Notice, payer: str) -> bool:
    """Whether a payer is one of those who help by lists."""
    others = notice.document.help_by_others
    return others is not None and payer in others.payers


def judge(lines: Iterable[Asked], known: Mapping[int, Standing], left_fen: int) -> Judged:
    """Give to one after another what they owe at most, as far as the money goes."""
    given: list[Given] = []
    left_out: list[tuple[Asked, Reason]] = []
    seen: set[int] = set()
    for line in lines:
        one = None if line.person_id is None else known.get(line.person_id)
        if line.person_id is None:
            left_out.append((line, "unknown"))
        elif line.person_id in seen:
            left_out.append((line, "twice"))
        elif one is None:
            left_out.append((line, "not_enrolled"))
        elif (reason := _why_not(one)) is not None:
            left_out.append((line, reason))
        elif (fen := _fen(line, one)) > left_fen:
            left_out.append((line, "no_money_left"))
        else:
            left_fen -= fen
            seen.add(one.person_id)
            given.append(Given(line.index, one, fen))
    return Judged(tuple(given), tuple(left_out))


def _why_not(one: Standing) -> Reason | None:
    if one.taken_over is not None:
        return None
    if one.state in COMPLETE:
        return "paid" if one.state == "paid" else "exempt"
    if one.state != "assessed":
        return "not_assessed" if one.state == "registered" else "not_enrolled"
    if one.outcome == "exempt" or (one.outcome == "payable" and one.owed_fen <= 0):
        return "exempt"
    return None if one.outcome == "payable" else "not_payable"


def _fen(line: Asked, one: Standing) -> int:
    if one.taken_over is not None:
        return one.taken_over_fen
    return one.owed_fen if line.amount_fen is None else min(line.amount_fen, one.owed_fen)
