"""Write-offs of paper as the API shows and takes them."""

from datetime import date

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, GivenDay, Instant, Page
from services.collection.cash.schemas import ChannelCode, Division
from services.collection.examples import listed, shown

_ASKED: JsonDict = {
    "county": "huining",
    "coverage_year": 2021,
    "voucher": "tax_triplicate",
    "division_code": "620422101000",
    "up_to": "2020-11-30",
}
_WRITEOFF: JsonDict = {
    "writeoff_id": 3,
    **_ASKED,
    "used": 30,
    "void": 1,
    "entered_at": "2020-12-01T09:00:00+08:00",
    "entered_by": "township-3",
}
_PROPOSAL: JsonDict = {
    "up_to": "2020-11-30",
    "used": 30,
    "void": 1,
    "numbers": [
        {
            "what": "used",
            "division_code": "620422101201",
            "collector_id": 12,
            "first_no": "00120041",
            "last_no": "00120070",
            "count": 30,
        }
    ],
    "obstacles": [],
}


class NewWriteoff(Body):
    """Write off what an office and all below it have used or declared void, up to a day."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ASKED]})

    county: CountyCode
    coverage_year: CoverageYear = Field(description="whose notice has the paper")
    voucher: ChannelCode = Field(description="the notice's code of the paper")
    division_code: Division
    up_to: GivenDay = Field(description="a month's or a year's last day, as the notice has it")


class Writeoff(Answer):
    """What was written off, as it was then."""

    model_config = shown(_WRITEOFF)

    writeoff_id: int
    county: str
    coverage_year: int
    voucher: str
    division_code: str
    up_to: date
    used: int
    void: int
    entered_at: Instant
    entered_by: str


class Writeoffs(Page[Writeoff]):
    """Write-offs in the order in which they were made."""

    model_config = shown(listed(_WRITEOFF))


class DoneNumbers(Answer):
    """Numbers that are used or void, and who holds them."""

    what: str
    division_code: str
    collector_id: int | None
    first_no: str
    last_no: str
    count: int


class Obstacle(Answer):
    """What has to be settled before."""

    detail: str
    detail_zh: str


class WriteoffProposal(Answer):
    """What would be written off, and what stands in the way."""

    model_config = shown(_PROPOSAL)

    up_to: date
    used: int
    void: int
    numbers: list[DoneNumbers]
    obstacles: list[Obstacle]
