"""What is asked and answered about money for help: applied for, confirmed."""

from pydantic import ConfigDict, Field, JsonValue

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    Instant,
    Page,
)

_PART: dict[str, JsonValue] = {"division_prefix": "620422101", "line_count": 305, "total_fen": 6100000}
_APPLICATION: dict[str, JsonValue] = {
    "application_id": 2,
    "county": "huining",
    "coverage_year": 2021,
    "payer": "county_finance",
    "number": 1,
    "line_count": 305,
    "total_fen": 6100000,
    "applied_by": "mib-office",
    "applied_at": "2020-12-23T09:00:00+08:00",
    "confirmed_fen": 6000000,
    "short_fen": 100000,
    "confirmed_by": "finance-office",
    "confirmed_at": "2020-12-25T16:00:00+08:00",
    "funded_lines": 300,
    "townships": [_PART],
}
_LINE: dict[str, JsonValue] = {
    "grant_id": 9,
    "verification_id": 5,
    "person_id": 4711,
    "division_code": "620422101201",
    "status": "registered_poor",
    "mechanism": "reimburse_to_card",
    "amount_fen": 20000,
    "state": "released",
    "revoked": False,
    "funded_at": "2020-12-25T16:00:00+08:00",
}


class NewApplications(Body):
    """For which county and year money is applied for: all lines that are released and were in none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"county": "huining", "coverage_year": 2021}]})

    county: CountyCode
    coverage_year: CoverageYear


class TownshipPart(Answer):
    """What an application asks for one township."""

    division_prefix: str
    line_count: int
    total_fen: int


class FundApplication(Answer):
    """An application of one payer's money, by township; what it sums up never changes.

    `confirmed_fen` is null until finance answered, `short_fen` what is missing then. `funded_lines` may be
    paid out.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_APPLICATION]})

    application_id: int
    county: str
    coverage_year: int
    payer: str
    number: int
    line_count: int
    total_fen: int
    applied_by: str
    applied_at: Instant
    confirmed_fen: int | None
    short_fen: int | None
    confirmed_by: str | None
    confirmed_at: Instant | None
    funded_lines: int
    townships: list[TownshipPart]


class MadeApplications(Answer):
    """The applications that were made, one for each payer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"applications": [_APPLICATION]}]})

    applications: list[FundApplication]


class FundApplicationPage(Page[FundApplication]):
    """A page of applications."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_APPLICATION], "next_after": None}]})


class FundLine(Answer):
    """A grant whose money an application asks for; `revoked` where the help was taken back since."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LINE]})

    grant_id: int
    verification_id: int
    person_id: int
    division_code: str
    status: str
    mechanism: str
    amount_fen: int
    state: str
    revoked: bool
    funded_at: Instant | None = Field(description="since when its money is confirmed")


class FundLinePage(Page[FundLine]):
    """A page of such lines."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LINE], "next_after": None}]})


class Confirmation(Body):
    """All that finance has for an application up to now; less than applied for is said as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"confirmed_fen": 6000000}]})

    confirmed_fen: int = Field(ge=0, le=10**15)
