"""What is asked and answered about the opening of a season."""

from pydantic import Field

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Page
from services.registration.examples import asked, shown
from services.registration.seasons import examples
from services.registration.seasons.rules import OpeningState


class NewOpening(Body):
    """Which season is opened; the people are those of the year before."""

    model_config = asked(examples.SEASON)

    county: CountyCode
    coverage_year: CoverageYear = Field(description="the new year, not the one before")


class OpeningOut(Answer):
    """How far the opening of a season is."""

    model_config = shown(examples.OPENING)

    county: str
    coverage_year: int
    state: OpeningState
    people_total: int = Field(description="who was enrolled the year before, whatever became of it")
    people_done: int = Field(description="of them looked at so far")
    enrolled: int = Field(description="enrolled by this opening")
    enrolled_before: int = Field(
        description="who had an enrollment of the new year already, also an ended one"
    )
    left_out: int
    waiting: int = Field(description="enrollments of the season that wait to be assessed, whoever made them")
    trouble: str | None = Field(description="why the last attempt broke off, while it is tried again")
    opened_by: str
    opened_at: Instant
    finished_at: Instant | None = Field(description="when all were looked at")


class LeftOutPerson(Answer):
    """Somebody of the year before who is not enrolled for the new one, and why."""

    model_config = shown(examples.LEFT_OUT)

    person_id: int
    name: str = Field(description="masked without pii:read")
    division_code: str
    reason: str
    because: str
    because_zh: str
    clause: str | None = Field(description="of the notice, where its scope keeps the person out")


class LeftOutPage(Page[LeftOutPerson]):
    """People whom an opening left out, by id."""

    model_config = shown({"items": [examples.LEFT_OUT], "next_after": None})
