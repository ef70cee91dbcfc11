"""What is asked and answered about fees of channels."""

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, FreeText, Instant, Page
from services.collection.examples import listed
from services.collection.fees.rules import Reason

_FEE: JsonDict = {
    "fee_id": 3,
    "county": "youxi",
    "coverage_year": 2020,
    "channel": "wechat",
    "business_on": "2019-11-20",
    "amount_fen": 456,
    "state": "booked",
    "file_id": 17,
    "statement_file_id": None,
    "statement_line": None,
    "reverses_id": None,
    "reason": None,
    "booked_by": "settings",
    "approved_by": None,
    "booked_at": "2019-11-21T10:00:00+08:00",
}


class FeeReversal(Body):
    """Why a fee was booked wrongly."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "渠道本月免收手续费"}]})

    reason: Annotated[FreeText, Field(min_length=1, max_length=500)]


class ChannelFee(Answer):
    """What a channel kept of the money of one coverage year of a day, or the mirror of such a fee.

    `amount_fen` below zero: it gave fees back. `booked_by` is `settings` where nobody had to decide.
    """

    fee_id: int
    county: str
    coverage_year: int
    channel: str
    business_on: date
    amount_fen: int
    state: Annotated[str, Field(description="booked, reversed; reversal: the mirror of another one")]
    file_id: int = Field(description="the bill of the day")
    statement_file_id: int | None = Field(
        description="the statement that shows what came, where it was asked"
    )
    statement_line: int | None
    reverses_id: int | None
    reason: Reason | None = Field(description="of a reversal")
    booked_by: str
    approved_by: str | None
    booked_at: Instant


class ChannelFees(Page[ChannelFee]):
    """Fees in the order in which they were booked."""

    model_config = ConfigDict(json_schema_extra={"examples": [listed(_FEE)]})
