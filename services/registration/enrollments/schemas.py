"""What is asked and shown of enrollments."""

from pydantic import Field

from libs.common.policy.engine.contract import Positive
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, FreeText, Id
from services.registration.assessments.schemas import AssessmentOut
from services.registration.examples import asked
from services.registration.histories.schemas import EnrollmentHistory
from services.registration.households.rules import AddOns
from services.registration.people.schemas import EnrollmentOut
from services.registration.registering.plan import Wish


class EnrollmentIn(Body):
    """Enroll a registered person, or choose tier and add-ons of an open enrollment."""

    model_config = asked({"person_id": 42, "county": "huilong", "coverage_year": 2020, "tier": 1})

    person_id: Id
    county: CountyCode
    coverage_year: CoverageYear
    tier: Positive | None = None
    add_ons: AddOns | None = None

    def wish(self) -> Wish:
        """What is asked for the person; what is left out stays as it is."""
        add_ons = None if self.add_ons is None else tuple(sorted(set(self.add_ons)))
        return Wish(self.coverage_year, self.tier, add_ons)


class CancellationIn(Body):
    """Why an enrollment is withdrawn."""

    reason: FreeText = Field(min_length=1, max_length=200, examples=["insured as an employee elsewhere"])


class EnrollmentYear(Answer):
    """The enrollment of a person for a year, every assessment newest first, and the answer asked for."""

    enrollment: EnrollmentOut
    assessments: list[AssessmentOut]
    history: EnrollmentHistory | None = Field(
        default=None, description="what is known now of the years before; null where the notice counts none"
    )
    as_of: AssessmentOut | None = Field(default=None, description="what was owed as of the instant asked for")
