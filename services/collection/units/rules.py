"""For whom of its list a unit can pay now, and why not for the others."""

from dataclasses import dataclass
from typing import Literal

from services.collection.dues.words import Words

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
    "left_list",
]
#: Reason -> words; what cannot be paid has those of its assessment.
WHY: dict[Reason, tuple[str, str]] = {
    "not_assessed": ("Is not assessed yet; try again in a moment.", "尚在核定，请稍后再试。"),
    "paid": ("Has been paid for already.", "已缴费。"),
    "exempt": ("Is exempt: help covers the whole contribution.", "已由财政全额资助，无需缴费。"),
    "not_payable": ("Cannot be paid for now.", "目前不能缴费。"),
    "nothing_due": ("Has nothing to pay now.", "当前无应缴费用。"),
    "in_order": ("Is in another order that waits for its payment.", "在其他待支付订单中。"),
    "earlier_year": (
        "By the notice the coverage year before, which is still owed, is paid first.",
        "按通知须先缴上一年度，该年度尚未缴费。",
    ),
    "money_waits": ("Money for this person has arrived and waits for its place.", "已有款项到账待处理。"),
    "household": (
        "By the notice the household pays together, or on one tier.",
        "按通知须整户缴费，或与本户档次一致。",
    ),
    "left_list": ("Is not on the list of this unit.", "不在本单位名单中。"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as registration told of it; `channels` are those of the notice through which it pays."""

    unit_id: int
    county: str
    coverage_year: int
    code: str
    name: str
    division_code: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnList:
    """Somebody on the list of a unit."""

    person_id: int
    line_no: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody for whom the unit cannot pay now, and why."""

    person_id: int
    line_no: int
    reason: Reason
    #: What the assessment says of who cannot be paid for.
    because: Words | None = None

    @property
    def words(self) -> tuple[str, str]:
        """Why, in English and Chinese."""
        return WHY[self.reason] if self.because is None else (self.because.en, self.because.zh)
