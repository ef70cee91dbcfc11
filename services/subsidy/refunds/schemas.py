"""How a refund case is shown."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

#: An example for the documentation.
REFUND = {
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
}


class RefundState(StrEnum):
    """Where a refund case stands."""

    #: It waits for somebody who approves or rejects it.
    REQUESTED = "requested"
    #: It goes to the card; `payout_state` says how far it is.
    APPROVED = "approved"
    #: The bank paid it.
    PAID = "paid"
    #: Somebody rejected it.
    REJECTED = "rejected"
    #: Its money was applied to a contribution after all.
    SUPERSEDED = "superseded"


class Refund(BaseModel):
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
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None
    payout_id: int | None
    payout_state: str | None
    payout_reason: str | None
