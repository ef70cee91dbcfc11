"""What is asked and shown of chasing."""

from datetime import date

from pydantic import Field

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenDay,
    GivenInstant,
    Instant,
    Page,
)
from services.registration.chases import examples
from services.registration.chases.rules import Means, Outcome, StepKind
from services.registration.examples import asked, shown
from services.registration.surveys.schemas import OfSomebody


class NewStep(OfSomebody):
    """What an officer does about somebody. A contact takes the person as well, if nobody else is on it."""

    kind: StepKind
    at: GivenInstant | None = Field(default=None, description="now when left out")
    means: Means | None = Field(default=None, description="of a contact")
    outcome: Outcome | None = Field(default=None, description="of a contact")
    next_step: FreeText | None = Field(default=None, max_length=200)
    next_on: GivenDay | None = Field(default=None, description="on which day; at most a month ahead")
    note: FreeText | None = Field(default=None, max_length=500)


class NewSteps(Body):
    """Steps about people of one's villages, each kept or refused by itself."""

    model_config = asked(
        {
            "county": "huining",
            "coverage_year": 2021,
            "steps": [
                {
                    "row_id": 4711,
                    "kind": "contact",
                    "means": "visit",
                    "outcome": "promised",
                    "next_step": "月底前再入户",
                    "next_on": "2020-11-30",
                }
            ],
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    steps: list[NewStep] = Field(min_length=1, max_length=500)


class StepOut(Answer):
    """A step on record."""

    division_code: str
    kind: StepKind
    at: Instant
    means: Means | None
    outcome: Outcome | None
    next_step: str | None
    next_on: date | None
    note: str | None
    entered_by: str
    entered_at: Instant


class StepPage(Page[StepOut]):
    """All that was done about one person, the newest first."""

    model_config = shown({"items": [examples.STEP], "next_after": None})
