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
    repaired_year: int | None = None
    employee_fund: str | None = None

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
    """How the bank answered for one refund of a line; `withdraws` null: the whole line.

    `excess_fen` of it is out although nothing of that was left of the line.
    """

    refund_id: int
    payment_id: int
    line_no: int
    attempt: int
    outcome: str
    amount_fen: int
    withdraws: bool | None
    settled_at: datetime
    excess_fen: int = 0

    @property
    def turn(self) -> tuple[int, bool]:
        """Its place among the answers for one refund: money comes back after it was paid."""
        return self.attempt, self.outcome == "returned"


def settle(line: LineMoney, known: Refund | None, told: Refund) -> tuple[LineMoney, Refund]:
    """Give the line and the refund after an answer of the bank; `known` is the last one for the same refund.

    Without `withdraws` the contribution stands with what is left. Money that comes back is added to what is
    left; a line that had gone back whole is money of its own then, in suspense. What was never left of the
    line does not come back to it either.
    """
    if told.outcome == "paid":
        return _pay(line, told)
    paid = known if known is not None and known.outcome == "paid" else None
    if paid is None:
        line, paid = _pay(line, told)  # that it was paid has not been told, or not for this attempt
    # Of refunds of earlier releases the excess is not on record.
    back = min(paid.amount_fen - paid.excess_fen, line.refunded_fen)
    if line.state != "refunded":
        return replace(line, refunded_fen=line.refunded_fen - back), told
    if not back:
        return line, told
    # Whatever else there was of the line has gone its own way: what came back is all that is there.
    came = replace(
        line,
        state="suspended",
        reason=line.reason or Reason.REFUND_RETURNED,
        refunded_fen=line.amount_fen - back,
    )
    return came, told


def _pay(line: LineMoney, told: Refund) -> tuple[LineMoney, Refund]:
    whole = told.withdraws is None
    left = line.amount_fen - line.refunded_fen
    refunded = line.amount_fen if whole else line.refunded_fen + min(told.amount_fen, left)
    contribution = line.state == "applied" and line.add_on is None
    ends = told.withdraws is not False if contribution else whole or refunded == line.amount_fen
    after = replace(line, refunded_fen=refunded, state="refunded" if ends else line.state)
    return after, replace(told, excess_fen=max(0, told.amount_fen - left))
