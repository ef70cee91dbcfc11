"""What is asked and answered about work funds."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenInstant,
    Instant,
    Page,
    PaperNumber,
)

_PAID: JsonDict = {
    "division_code": "350426101000",
    "reference": "JF-2020-001",
    "amount_fen": 1000000,
    "paid_at": "2020-01-10T10:00:00+08:00",
}
_PAYMENT: JsonDict = {
    "payment_id": 1,
    **_PAID,
    "entered_by": "finance-office",
    "entered_at": "2020-01-10T11:00:00+08:00",
    "reversed_at": None,
}


class UnitState(Answer):
    """Work funds of a township or village: by the signed score sheet, paid, and still to pay.

    `missing_fen` below zero: more was paid than the sheet gives it.
    """

    division_code: str
    name: str
    settled_fen: int
    paid_fen: int
    missing_fen: int


class WorkFundsState(Answer):
    """How the work funds of a season stand; units without any are not listed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "clause": "八(三)",
                    "settled_fen": 1000000,
                    "paid_fen": 400000,
                    "units": [
                        {
                            "division_code": "350426101000",
                            "name": "梅仙镇",
                            "settled_fen": 1000000,
                            "paid_fen": 400000,
                            "missing_fen": 600000,
                        }
                    ],
                }
            ]
        }
    )

    county: str
    coverage_year: int
    clause: str
    settled_fen: int
    paid_fen: int
    units: list[UnitState]


class NewPayment(Body):
    """Work funds that were paid to a unit, by the number of the bank's or the treasury's paper."""

    division_code: Annotated[str, Field(pattern=r"^[0-9]{12}$", description="a unit of the notice's tasks")]
    reference: Annotated[PaperNumber, Field(min_length=1, max_length=100)]
    amount_fen: Annotated[int, Field(gt=0, le=10**13)]
    paid_at: GivenInstant


class NewPayments(Body):
    """Work funds that were paid. All of it is entered or nothing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"county": "youxi", "coverage_year": 2020, "payments": [_PAID]}]}
    )

    county: CountyCode
    coverage_year: CoverageYear
    payments: Annotated[list[NewPayment], Field(min_length=1, max_length=1_000)]


class PaymentReversal(Body):
    """Why work funds were entered as paid that were not paid, or not so."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "收款单位误录"}]})

    reason: FreeText = Field(min_length=1, max_length=500)


class Payment(Answer):
    """Work funds that were paid to a unit."""

    payment_id: int
    division_code: str
    reference: str
    amount_fen: int
    paid_at: Instant
    entered_by: str
    entered_at: Instant
    reversed_at: Instant | None = Field(description="when two persons took it back: it counts no more")


class PaymentsEntered(Answer):
    """What is new; `repeated` were entered before under the same reference, and count once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"payments": [_PAYMENT], "repeated": 0}]})

    payments: list[Payment]
    repeated: int


class PaymentPage(Page[Payment]):
    """A page of payments."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PAYMENT], "next_after": None}]})
