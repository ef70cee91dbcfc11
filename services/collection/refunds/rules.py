"""What money that goes back, in whole or in parts, makes of a payment line."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.collection.fitting.rules import Reason
from services.collection.matching.rules import LineState


@dataclass(frozen=True, slots=True)
class LineMoney:
    """A payment line, and how much of it went back so far."""

    payment_id: int
    line_no: int
    state: LineState
    reason: str | None
    amount_fen: int
    refunded_fen: int
    person_id: int | None = None
    enrollment_id: int | None = None
    county: str | None = None
    coverage_year: int | None = None
    division_code: str | None = None
    identity_digest: str | None = None
    add_on: str | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Payment and line."""
        return self.payment_id, self.line_no

    @property
    def left_fen(self) -> int:
        """What is left; a line that was refunded is at its end, whatever is left of it."""
        return 0 if self.state == "refunded" else self.amount_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class Refund:
    """How the bank answered for one refund of a line; `withdraws` null: the whole line."""

    refund_id: int
    payment_id: int
    line_no: int
    attempt: int
    outcome: str
    amount_fen: int
    withdraws: bool | None
    settled_at: datetime

    @property
    def turn(self) -> tuple[int, bool]:
        """Its place among the answers for one refund: money comes back after it was paid."""
        return self.attempt, self.outcome == "returned"


def settle(line: LineMoney, known: Refund | None, told: Refund) -> LineMoney:
    """Give the line after an answer of the bank; `known` is the last one for the same refund.

    Without `withdraws` the contribution stands with what is left. Money that comes back is added to what is
    left; a line that had gone back whole is money of its own then, in suspense.
    """
    if known is not None and known.turn >= told.turn:
        return line
    if told.outcome == "paid":
        return _pay(line, told)
    if known is None or known.outcome != "paid":
        line = _pay(line, told)  # that it was paid has not been told, or not for this attempt
    back = known.amount_fen if known is not None and known.outcome == "paid" else told.amount_fen
    if told.withdraws is None:
        back = line.refunded_fen
    if line.state != "refunded":
        return replace(line, refunded_fen=max(0, line.refunded_fen - back))
    # Whatever else there was of the line has gone its own way: what came back is all that is there.
    return replace(
        line,
        state="suspended",
        reason=line.reason or Reason.REFUND_RETURNED,
        refunded_fen=line.amount_fen - back,
    )


def _pay(line: LineMoney, told: Refund) -> LineMoney:
    whole = told.withdraws is None
    refunded = line.amount_fen if whole else min(line.amount_fen, line.refunded_fen + told.amount_fen)
    contribution = line.state == "applied" and line.add_on is None
    ends = told.withdraws is not False if contribution else whole or refunded == line.amount_fen
    return replace(line, refunded_fen=refunded, state="refunded" if ends else line.state)
