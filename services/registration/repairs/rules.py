"""Which repaired years count: the last word about a payment line does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.clock import business_date
from libs.common.events.collection import PaymentReturned, PaymentTakenBack, RepairReceived
from libs.common.events.envelope import Fact
from libs.common.events.subsidy import RefundSettled

#: Why a cover is told anew that repaired years changed.
YEARS_REPAIRED = "years_repaired"


@dataclass(frozen=True, slots=True)
class Repaired:
    """A lapsed year of an enrollment that was paid for; `counts` while the money is there."""

    enrollment_id: int
    repaired_year: int
    paid_at: datetime
    counts: bool

    @property
    def paid_on(self) -> date:
        """The day on which it was paid."""
        return business_date(self.paid_at)


@dataclass(frozen=True, slots=True)
class RepairRow:
    """What is told of a payment line: it repairs a year (`told_at`), or does not any more (`gone_at`)."""

    payment_id: int
    line_no: int
    county: str
    coverage_year: int
    enrollment_id: int | None
    repaired_year: int
    amount_fen: int | None
    paid_at: datetime | None
    told_at: datetime | None
    gone_at: datetime | None


def repairs_in(told: Iterable[tuple[Fact, datetime]]) -> list[RepairRow]:
    """The last word about each line of a year that was repaired, and the last that its money went."""
    rows: dict[tuple[int, int, bool], RepairRow] = {}
    for fact, at in told:
        if (row := _row(fact, at)) is not None:
            rows[row.payment_id, row.line_no, row.gone_at is not None] = row
    return list(rows.values())


def _row(fact: Fact, at: datetime) -> RepairRow | None:
    match fact:
        case RepairReceived():
            return RepairRow(
                fact.payment_id, fact.line_no, fact.county, fact.coverage_year, fact.enrollment_id,
                fact.repaired_year, fact.amount_fen, fact.paid_at, at, None,
            )  # fmt: skip
        case (
            PaymentTakenBack(repaired_year=int(repaired))
            | PaymentReturned(repaired_year=int(repaired), withdraws=True)
            | RefundSettled(repaired_year=int(repaired), outcome="paid")
        ) if fact.county is not None and fact.coverage_year is not None:
            return RepairRow(
                fact.payment_id, fact.line_no, fact.county, fact.coverage_year, None, repaired, None, None,
                None, at,
            )  # fmt: skip
        case _:
            return None
