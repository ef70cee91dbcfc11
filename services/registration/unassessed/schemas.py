"""What is asked and shown of enrollments that could not be assessed."""

from pydantic import Field

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Page
from services.registration import examples
from services.registration.examples import shown


class UnassessedOut(Answer):
    """An enrollment that could not be assessed, and why. What was assessed before still holds."""

    model_config = shown(examples.UNASSESSED)

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    cause: str = Field(description="what it was to be assessed for")
    assess_at: Instant
    reason: str = Field(description="for operators; personal data is masked")
    attempts: int
    failed_at: Instant


class UnassessedPage(Page[UnassessedOut]):
    """Enrollments that could not be assessed, by id."""

    model_config = shown({"items": [examples.UNASSESSED], "next_after": None})


class RetryIn(Body):
    """Of which notice they are to be tried again."""

    county: CountyCode = Field(examples=["youxi"])
    coverage_year: CoverageYear = Field(examples=[2020])


class RetryOut(Answer):
    """How many wait to be assessed again."""

    model_config = shown({"waiting": 3})

    waiting: int
