"""Which postings the work funds make: what a signed score sheet owes each unit, and what it was paid.

It is money of the county's budget and none of the fund's, so all of its accounts lie outside (尤溪 八(三),
东安 附2四). It never goes up to the city.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pydantic import AwareDatetime

from libs.common.events.envelope import Fact
from libs.common.events.registration import WorkFundsSettled
from libs.common.policy import Notice
from services.ledger.accounts import rules as accounts
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season


class WorkFundsPaid(Fact):
    """Work funds were paid to a unit."""

    type: ClassVar[str] = "canbao.work_funds.paid.v1"
    topic: ClassVar[str] = "canbao.ledger"

    payment_id: int
    county: str
    coverage_year: int
    division_code: str
    #: Facts of before it was kept have none.
    reference: str | None = None
    amount_fen: int
    paid_at: AwareDatetime


class WorkFundsPaymentReversed(Fact):
    """Work funds were entered wrongly as paid: two persons took it back."""

    type: ClassVar[str] = "canbao.work_funds.reversed.v1"
    topic: ClassVar[str] = "canbao.ledger"

    payment_id: int
    county: str
    coverage_year: int
    division_code: str
    amount_fen: int
    reversed_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class UnitFunds:
    """How the work funds of a unit stand."""

    division_code: str
    settled_fen: int
    paid_fen: int


def settlement_legs(fact: WorkFundsSettled) -> Iterator[Leg]:
    """Post what each unit is owed more than before, or mirror what it is owed less."""
    season = Season(fact.county, fact.coverage_year)
    for one in fact.units:
        leg = Leg(
            season, Kind.WORK_FUNDS_SETTLED, accounts.WORK_FUNDS, accounts.work_funds_due(one.division_code),
            abs(one.change_fen), division_code=one.division_code, payer=one.division_code,
        )  # fmt: skip
        if one.change_fen:
            yield leg if one.change_fen > 0 else leg.mirrored()


def payment_legs(fact: WorkFundsPaid | WorkFundsPaymentReversed) -> Iterator[Leg]:
    """Post what a unit was paid, or that it was not."""
    unit = fact.division_code
    paid = Leg(
        Season(fact.county, fact.coverage_year), Kind.WORK_FUNDS_PAID, accounts.work_funds_due(unit),
        accounts.work_funds_paid(unit), fact.amount_fen, division_code=unit, payer=unit,
    )  # fmt: skip
    yield paid.mirrored() if isinstance(fact, WorkFundsPaymentReversed) else paid


def clause_of(notice: Notice) -> str | None:
    """By which clause units get work funds; None where the notice has none."""
    if notice.score is not None:
        return notice.score.money.clause
    return None if notice.work_funds is None else notice.work_funds.clause
