"""What a person's year comes to: the form in which the model and the services are compared."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, order=True)
class Help:
    """What one payer bears of a contribution, and how."""

    payer: str
    mechanism: str
    fen: int


@dataclass
class Line:
    """One payment for a person, and what became of it."""

    transaction: int
    paid_at: datetime = field(compare=False)
    amount_fen: int = 0
    refunded_fen: int = 0
    state: str = "suspended"
    reason: str | None = None

    @property
    def left_fen(self) -> int:
        """What was not given back."""
        return self.amount_fen - self.refunded_fen


@dataclass
class Outcome:
    """Where a person's year stands when everything is quiet."""

    state: str
    benefit_from: str | None
    benefit_to: str | None
    lines: list[Line]
    helps: list[Help]
    cases: list[str]

    def against(self, other: "Outcome") -> list[str]:
        """What differs, a line each.

        It does not matter why money waits beside a payment that counts, nor why it waited that is gone.
        """
        for outcome in (self, other):
            for line in outcome.lines:
                if line.state == "refunded":
                    line.reason = None
                elif line.state == "suspended" and outcome.state == "paid":
                    line.reason = "already_paid"
        return [
            f"{name}: expected {_said(ours)}, found {_said(theirs)}"
            for name in ("state", "benefit_from", "benefit_to", "lines", "helps", "cases")
            if (ours := getattr(self, name)) != (theirs := getattr(other, name))
        ]


def _said(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_said(one) for one in value) + "]"
    if isinstance(value, Help):
        return f"{value.payer} {value.mechanism} {value.fen}"
    if isinstance(value, Line):
        back = f" (back {value.refunded_fen})" if value.refunded_fen else ""
        return f"T{value.transaction} {value.state} {value.reason or ''} {value.amount_fen}{back}"
    return str(value)
