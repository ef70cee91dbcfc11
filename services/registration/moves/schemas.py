"""What is asked and answered about moves."""

from pydantic import Field

from libs.common.cases.schemas import Approval
from libs.common.web.schemas import Answer, Body, FreeText, Text
from services.registration.examples import asked
from services.registration.people.schemas import PersonOut


class MoveIn(Body):
    """The household that a person joins, by its number and village, and why."""

    model_config = asked({"household_no": "0012", "division_code": "620422102201", "reason": "婚迁"})

    household_no: Text = Field(min_length=1, max_length=40)
    division_code: str = Field(pattern=r"^[0-9]{12}$")
    reason: FreeText = Field(min_length=1, max_length=200)


class MoveOut(Answer):
    """The person as registered now; `approval` when the other side has to agree first."""

    person: PersonOut | None
    approval: Approval | None
