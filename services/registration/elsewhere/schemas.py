"""What is asked and answered about help for people who are insured elsewhere."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    Instant,
    Page,
    PaperNumber,
    Text,
)
from services.registration.elsewhere import examples
from services.registration.examples import asked, shown

Proof = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class NewElsewhereHelp(Body):
    """Who is insured where for the year, what was paid there and when, and which papers lie before."""

    model_config = asked(examples.NEW)

    county: CountyCode
    coverage_year: CoverageYear
    id_number: Text = Field(min_length=1, max_length=40)
    name: Text = Field(min_length=1, max_length=60)
    insured_in: Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")] = Field(
        description="division code of the county where the person is insured, 6 digits"
    )
    paid_on: date
    paid_fen: int = Field(gt=0, le=10**9, description="what the person themselves paid there")
    voucher_no: PaperNumber = Field(min_length=1, max_length=100, description="of the other place's voucher")
    proofs: list[Proof] = Field(
        default=[], max_length=20, description="codes of papers that the notice names"
    )
    tier: int | None = Field(default=None, ge=1, le=9, description="where this notice has tiers")


class HelpingLine(Answer):
    """What one payer gives; `mechanism` is always reimburse_to_card."""

    model_config = shown(examples.LINE)

    payer: str
    status: str
    amount_fen: int
    mechanism: str


class ElsewhereAsked(Answer):
    """The help that follows when a second person agrees."""

    model_config = shown(examples.ASKED)

    elsewhere_help_id: int
    approval_id: int
    subsidies: list[HelpingLine]
    amount_fen: int


class ElsewhereHelp(Answer):
    """A record on its way from asked to agreed or refused, and perhaps to its end."""

    model_config = shown(examples.HELP)

    elsewhere_help_id: int
    county: str
    coverage_year: int
    person_id: int
    division_code: str
    insured_in: str
    paid_on: date
    paid_fen: int
    voucher_no: str
    proofs: list[str]
    tier: int | None
    subsidies: list[HelpingLine]
    amount_fen: int
    state: Literal["asked", "agreed", "refused", "ended"]
    recorded_by: str
    asked_at: Instant
    agreed_at: Instant | None
    ended_at: Instant | None
    end_reason: Literal["withdrawn", "insured_here", "status_gone", "merged"] | None


class ElsewhereHelpPage(Page[ElsewhereHelp]):
    """A page of help for people who are insured elsewhere."""

    model_config = shown({"items": [examples.HELP], "next_after": None})


class ElsewhereWithdrawal(Body):
    """Why a record is wrong."""

    model_config = asked({"reason": "参保地已退费"})

    reason: FreeText = Field(min_length=1, max_length=200)
