"""What is asked and answered about refunds."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, StringConstraints

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, FreeText, Id, Instant, Page, Text
from services.subsidy.payouts.rules import PayoutState
from services.subsidy.refunds.rules import RefundState

#: An example for the documentation.
REFUND: dict[str, JsonValue] = {
    "refund_id": 3,
    "payment_id": 17,
    "line_no": 1,
    "person_id": 4711,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "channel": "tax",
    "amount_fen": 28000,
    "reason": "already_paid",
    "state": "approved",
    "withdraws": False,
    "requested_by": "system",
    "requested_at": "2020-10-20T10:00:00+08:00",
    "decided_by": "finance-1",
    "decided_at": "2020-10-21T09:30:00+08:00",
    "decision_note": "两次缴费已核实",
    "payout_id": 12,
    "payout_state": "ready",
    "payout_reason": None,
    "exceptional": False,
    "against_rule": None,
    "against_clause": None,
    "ground": None,
    "proofs": None,
    "approval_id": None,
}


#: The id of a reason of a notice, or the code of a paper.
ReasonId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,60}$")]


class RefundRequest(Body):
    """Which payment line is to be given back, and why.

    Without `amount_fen` all that is left of it. `county` and `coverage_year` place money that nobody could
    place, `payee_id_number` says whose card gets money of an unknown person, or which heir gets it. Where the
    notice lists reasons, `ground` is one of them and `proofs` are the papers that were seen. With
    `exceptional` a contribution is given back although the notice does not provide for it: the reason and the
    second person answer for it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"payment_id": 17, "line_no": 2, "reason": "moved_to_employee_insurance"}]
        },
    )

    payment_id: Id
    line_no: int = Field(ge=1, le=2**31 - 1)
    reason: FreeText = Field(min_length=1, max_length=200)
    amount_fen: int | None = Field(default=None, gt=0, le=10**15)
    county: CountyCode | None = None
    coverage_year: CoverageYear | None = None
    payee_id_number: Text | None = Field(default=None, min_length=6, max_length=30)
    exceptional: bool | None = None
    ground: ReasonId | None = None
    proofs: list[ReasonId] = Field(default=[], max_length=20)


class RefundDecision(Body):
    """What the deciding person notes for the record."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "两次缴费已核实"}]})

    note: FreeText | None = Field(default=None, max_length=500)


class Refund(Answer):
    """A refund case. `withdraws` when the contribution ends with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [REFUND]})

    refund_id: int
    payment_id: int
    line_no: int
    person_id: int | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    channel: str
    amount_fen: int
    reason: str
    state: RefundState
    withdraws: bool
    repaired_year: int | None = Field(default=None, description="the lapsed year whose repair ends with it")
    requested_by: str
    requested_at: Instant
    decided_by: str | None
    decided_at: Instant | None
    decision_note: str | None
    payout_id: int | None
    payout_state: PayoutState | None
    payout_reason: str | None
    employee_fund: str | None = Field(
        default=None,
        description="of what a personal account paid, which gets it back: no payout, the channel tells of it",
    )
    exceptional: bool = Field(description="the notice does not provide for it")
    against_rule: str | None = Field(description="what the notice says instead")
    against_clause: str | None = Field(description="where it says so")
    ground: str | None = Field(description="which of the notice's reasons; null where none was named")
    proofs: list[str] | None = Field(description="codes of the papers that were seen")
    approval_id: int | None = Field(description="what waits for a second person, also under /v1/approvals")


class RefundPage(Page[Refund]):
    """A page of refund cases."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [REFUND], "next_after": None}]})
