"""What a person's year comes to: the form in which the model and the services are compared."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from canbao.simulate.life import Paper

#: A paper of somebody: the number of the record that has it, and which one it is (None: the right number).
Shown: TypeAlias = tuple[int, Paper | None]


@dataclass(frozen=True, order=True)
class Help:
    """What one payer bears of a contribution, and how."""

    payer: str
    mechanism: str
    fen: int
    #: Whether it was granted after payment.
    late: bool = field(default=False, compare=False)


@dataclass
class Line:
    """One payment for a person, and what became of it."""

    transaction: int
    paid_at: datetime = field(compare=False)
    amount_fen: int = 0
    refunded_fen: int = 0
    state: str = "suspended"
    reason: str | None = None
    #: What of it went back outside, by its channel.
    outside_fen: int = field(default=0, compare=False)
    #: Whether all of it is to go back to the card, and what was on the card by then.
    withdrawn: bool = field(default=False, compare=False)
    netted_fen: int = field(default=0, compare=False)
    #: In which order lines were told.
    arrived: int = field(default=0, compare=False)
    #: Which paper and name it gives.
    shown: Shown = field(default=(0, None), compare=False)
    misnamed: bool = field(default=False, compare=False)

    @property
    def left_fen(self) -> int:
        """What was not given back."""
        return self.amount_fen - self.refunded_fen


_COMPARED = ("state", "benefit_from", "benefit_to", "lines", "helps", "cases", "payouts", "refunds")


@dataclass
class Outcome:
    """Where a person's year stands when everything is quiet."""

    state: str
    benefit_from: str | None
    benefit_to: str | None
    lines: list[Line]
    helps: list[Help]
    cases: list[str]
    #: What goes to the card: payer, fen and how far it is.
    payouts: list[str] = field(default_factory=list)
    #: What goes back to the card: payment, fen and how far it is.
    refunds: list[str] = field(default_factory=list)

    def pass_over_reasons(self) -> None:
        """Forget the reasons that do not matter."""
        ended = self.state in ("withdrawn", "cancelled") or any(line.refunded_fen for line in self.lines)
        for line in self.lines:
            if ended:
                line.reason = None
            elif line.state == "suspended" and self.state == "paid":
                line.reason = "already_paid"

    def against(self, other: "Outcome") -> list[str]:
        """What differs, a line each.

        It does not matter why money waits beside a payment that counts, nor why it waits where some
        went back, or the enrollment ended: it may have been judged before that.
        """
        for outcome in (self, other):
            outcome.pass_over_reasons()
        return [
            f"{name}: expected {_said(ours)}, found {_said(theirs)}"
            for name in _COMPARED
            if (ours := getattr(self, name)) != (theirs := getattr(other, name))
        ]


#: What a record comes to that went into another one.
MERGED = Outcome("merged", None, None, [], [], [])


def _said(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_said(one) for one in value) + "]"
    if isinstance(value, Help):
        return f"{value.payer} {value.mechanism} {value.fen}"
    if isinstance(value, Line):
        back = f" (back {value.refunded_fen})" if value.refunded_fen else ""
        return f"T{value.transaction} {value.state} {value.reason or ''} {value.amount_fen}{back}"
    return str(value)
