"""What is asked and answered about rosters of who is to be subsidized, and their lines."""

from typing import Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, FreeText, Id, Instant, Page
from services.subsidy.verifications.problems import REASON_MISSING
from services.subsidy.verifications.rules import NAMED, WITH_REASON, LineEvent, LineState, Obstacle

_ROSTER: dict[str, JsonValue] = {
    "verification_id": 5,
    "county": "huining",
    "coverage_year": 2021,
    "division_prefix": "620422101",
    "payer": "county_finance",
    "number": 1,
    "line_count": 312,
    "total_fen": 6240000,
    "drawn_by": "mib-office",
    "drawn_at": "2020-12-21T09:00:00+08:00",
    "open": 1,
    "held": 2,
    "released": 305,
    "released_fen": 6100000,
    "struck_out": 3,
    "revoked": 1,
}
_LINE: dict[str, JsonValue] = {
    "grant_id": 9,
    "verification_id": 5,
    "person_id": 4711,
    "division_code": "620422101201",
    "payer": "county_finance",
    "status": "registered_poor",
    "mechanism": "reimburse_to_card",
    "amount_fen": 20000,
    "state": "held",
    "revoked": False,
    "contested": False,
    "reason": "与民政名册不符",
    "decided_by": "mib-office",
    "decided_at": "2020-12-22T10:00:00+08:00",
}
_LEFT: list[JsonValue] = [{"grant_id": 9, "why": "contested"}]

RosterFormat = Literal["html", "csv", "xlsx"]


class NewVerifications(Body):
    """For which county and year rosters are drawn of all grants that are on none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"county": "youxi", "coverage_year": 2020}]})

    county: CountyCode
    coverage_year: CoverageYear


class Verification(Answer):
    """A roster of one township and payer: what it had when it was drawn, and how far its lines are.

    `revoked` lines are of grants that were taken back meanwhile; they are in none of the other counts.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ROSTER]})

    verification_id: int
    county: str
    coverage_year: int
    division_prefix: str
    payer: str
    number: int = Field(description="of the township and payer, rising from 1")
    line_count: int
    total_fen: int
    drawn_by: str
    drawn_at: Instant
    open: int
    held: int
    released: int
    released_fen: int
    struck_out: int = Field(description="those that were lifted again are not counted")
    revoked: int


class DrawnVerifications(Answer):
    """The rosters that were drawn; none where nothing is new."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verifications": [_ROSTER]}]})

    verifications: list[Verification]


class VerificationPage(Page[Verification]):
    """A page of rosters."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ROSTER], "next_after": None}]})


class VerificationLine(Answer):
    """A grant on a roster, and the newest decision about it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LINE]})

    grant_id: int
    verification_id: int
    person_id: int
    division_code: str
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    state: LineState
    revoked: bool = Field(description="its grant was taken back")
    contested: bool = Field(description="a case of registration about its enrollment is open")
    reason: str | None
    decided_by: str | None
    decided_at: Instant | None


class VerificationLinePage(Page[VerificationLine]):
    """A page of lines."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LINE], "next_after": None}]})


class LineDecision(Body):
    """What is decided of lines: those that `grant_ids` names, else all that are open.

    All but `release` names its lines and needs a reason.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"county": "youxi", "coverage_year": 2020, "decision": "release"},
                {
                    "county": "huining",
                    "coverage_year": 2021,
                    "decision": "strike_out",
                    "grant_ids": [9],
                    "reason": "已参加职工医保",
                },
            ]
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    decision: LineEvent
    verification_id: Id | None = Field(default=None, description="only lines of this roster")
    grant_ids: list[Id] | None = Field(default=None, min_length=1, max_length=1000)
    reason: FreeText | None = Field(default=None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        unnamed = self.decision in NAMED and self.grant_ids is None
        if unnamed or (self.decision in WITH_REASON and self.reason is None):
            raise REASON_MISSING.problem()
        return self


class LeftLine(Answer):
    """A line that was named and stays as it is, and why."""

    grant_id: int
    why: Obstacle


class LinesDecided(Answer):
    """How many lines were decided, their money, and what was left: by line where lines were named."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"lines": 311, "amount_fen": 6220000, "left": _LEFT}]}
    )

    lines: int
    amount_fen: int
    left: list[LeftLine]
