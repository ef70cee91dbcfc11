"""What can be decided of lines of a roster, and what that does."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.console.forms.rules import Field


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
        "核定通过", "Verified", "资助成立；补助到卡的随下一发放批次发放。",
        "The help stands; what goes to cards goes with the next payout.", ("open", "held"), reason=False,
    ),
    "hold": Decision(
        "暂缓", "Hold", "查清之前不发放；以后可以再核定通过。", "No money goes until it is released.",
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
