"""What can be decided of lines of a roster, what that does, and what states are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.console.forms.rules import Field
from services.console.worklists.naming import Names

STATES: Names = {
    "open": ("待核验", "to be verified"),
    "held": ("暂缓", "held"),
    "released": ("核验通过", "verified"),
    "struck_out": ("已剔除", "struck out"),
    "lifted": ("已恢复", "given again"),
}
MECHANISMS: Names = {
    "paid_on_behalf": ("代缴", "paid for the person"),
    "reimburse_to_card": ("补助到卡", "paid to the card"),
}
OBSTACLES: Names = {
    "unknown": ("不在本花名册", "not on this roster"),
    "state": ("当前状态不能这样办理", "its state does not allow that"),
    "revoked": ("资助已收回", "the help was taken back"),
    "contested": ("有未办结的参保争议", "a case about the enrollment is open"),
    "money_is_out": ("款项已送银行或已发放", "its money is with the bank, or paid"),
    "stands_by_status": ("代缴的资助须由主管部门更正名册", "the department’s roster has to end it"),
}
#: Which lines of a roster are shown alone.
PARTS = tuple((code, *STATES[code]) for code in ("open", "held", "released", "struck_out"))


@dataclass(frozen=True, slots=True)
class Decision:
    """What can be decided, of lines in which states, and what that does."""

    title_zh: str
    title: str
    will_zh: str
    will: str
    of: tuple[str, ...]
    reason: bool = True


DECISIONS: Mapping[str, Decision] = {
    "release": Decision(
        "核验通过", "Verified", "资助成立；补助到卡的随下一发放批次发放。",
        "The help stands; what goes to cards goes with the next payout.", ("open", "held"), reason=False,
    ),
    "hold": Decision(
        "暂缓", "Hold", "查清之前不发放；以后可以再核验通过。", "No money goes until it is released.",
        ("open", "released"),
    ),
    "strike_out": Decision(
        "剔除", "Strike out", "收回资助，以后也不再给予，直至恢复；已送银行或已发放的不能剔除。",
        "The help is taken back, and not given again until that is undone.", ("open", "held", "released"),
    ),
    "lift": Decision(
        "恢复", "Give again", "撤销剔除，资助重新给予，列入下一花名册。",
        "The help is given anew, and stands on the next roster.", ("struck_out",),
    ),
}  # fmt: skip
_REASON = Field("reason", "理由", "Why", "long")


def fields_of(decision: Decision) -> tuple[Field, ...]:
    """What is asked for a decision."""
    return (_REASON,) if decision.reason else ()


def decisions_of(part: str) -> list[tuple[str, Decision]]:
    """What can be decided of the lines that are shown."""
    return [(code, one) for code, one in DECISIONS.items() if part in one.of]
