"""What is asked and answered about help by others."""

from typing import Annotated, Self

from fastapi import UploadFile
from pydantic import Field, model_validator

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    Id,
    Instant,
    Page,
    PaperNumber,
    Text,
)
from services.registration.examples import asked, shown
from services.registration.helps import examples
from services.registration.helps.rules import Reason

#: A list has as many lines at most.
MOST_LINES = 1_000
Fen = Annotated[int, Field(gt=0, le=10**9)]


class ListedPerson(Body):
    """Whom a list helps, by id or by number and name, and with how much."""

    person_id: Id | None = None
    id_number: Text | None = Field(default=None, max_length=40, description="with `name`, instead of the id")
    name: Text | None = Field(default=None, max_length=60)
    amount_fen: Fen | None = Field(default=None, description="all that is owed when left out; never more")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.person_id is None) == (self.id_number is None or self.name is None):
            raise ValueError("give person_id, or id_number and name")
        return self


class NewHelpList(Body):
    """Which money helps whom; `helper` is who gives it, by name."""

    model_config = asked(examples.LIST)

    county: CountyCode
    coverage_year: CoverageYear
    arrival_id: Id
    helper: FreeText = Field(min_length=1, max_length=100)
    dry_run: bool = Field(default=False, description="say what would happen, and keep nothing")
    lines: list[ListedPerson] = Field(min_length=1, max_length=MOST_LINES)


class HelpForm(Body):
    """Which money helps whom, as a spreadsheet; `helper` is who gives it, by name."""

    file: UploadFile = Field(
        description="CSV (UTF-8, GB18030 or UTF-16) or xlsx: number, name, and how much in yuan (else all "
        "that is owed)",
        examples=["help.csv"],
    )
    county: CountyCode = Field(examples=["dongan"])
    coverage_year: CoverageYear = Field(examples=[2020])
    arrival_id: Id = Field(examples=[7])
    helper: FreeText = Field(min_length=1, max_length=100, examples=["某村股份经济合作社"])
    dry_run: bool = Field(default=False, description="say what would happen, and keep nothing")

    def values(self) -> dict[str, object]:
        """What is said about the file."""
        return self.model_dump(mode="json", exclude={"file"})


class GivenOut(Answer):
    """Who is helped, with how much: what they owe at most. `index` counts lines from 0; of a file it is the
    line."""

    index: int
    person_id: int
    amount_fen: int


class LeftOutOut(Answer):
    """A line that helps nobody, and why."""

    index: int
    reason: Reason
    because: str
    because_zh: str


class HelpListed(Answer):
    """What became of a list, and what is left of the money."""

    model_config = shown(examples.LISTED)

    dry_run: bool
    given: list[GivenOut]
    left_out: list[LeftOutOut]
    left_fen: int


class HelpMoney(Answer):
    """Money of somebody who helps; what is left waits for a list. Below zero: people were helped with money
    that was taken back."""

    model_config = shown(examples.MONEY)

    arrival_id: int
    county: str
    coverage_year: int
    payer: str
    payer_label: str
    payer_label_zh: str
    amount_fen: int
    arrived_at: Instant
    reversed_at: Instant | None
    listed_fen: int
    complete_fen: int = Field(description="of the listed, for people who paid the rest or owe nothing")
    returned_fen: int = Field(description="went back to who gave it")
    left_fen: int


class HelpMoneyPage(Page[HelpMoney]):
    """A page of money of those who help."""

    model_config = shown({"items": [examples.MONEY], "next_after": None})


class HelpLine(Answer):
    """Who is helped. `counts` is false where its person was complete without it, or it was withdrawn."""

    model_config = shown(examples.LINE)

    line_id: int
    arrival_id: int
    person_id: int
    division_code: str
    payer: str
    helper: str
    amount_fen: int
    listed_by: str
    listed_at: Instant
    withdrawn_at: Instant | None
    complete: bool
    counts: bool


class HelpLinePage(Page[HelpLine]):
    """A page of whom money helps."""

    model_config = shown({"items": [examples.LINE], "next_after": None})


class HelpWithdrawal(Body):
    """Why a line is wrong."""

    model_config = asked({"reason": "误列他人"})

    reason: FreeText = Field(min_length=1, max_length=200)


class HelpReturn(Body):
    """How much goes back to who gave it, by which paper, and why."""

    model_config = asked(
        {"amount_fen": 20000, "reference": "TH-2020-3", "reason": "人员已外出参保，余款退回"}
    )

    amount_fen: Fen
    reference: PaperNumber = Field(min_length=1, max_length=100)
    reason: FreeText = Field(min_length=1, max_length=200)
