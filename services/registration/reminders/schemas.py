"""Reminders as the API takes and shows them."""

from typing import Annotated

from pydantic import Field

from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Instant, Page, Text
from services.registration.examples import Example, asked, shown
from services.registration.reminders.rules import Means

_RUN: Example = {
    "run_id": 3,
    "county": "youxi",
    "coverage_year": 2020,
    "text_id": "unpaid",
    "means": "gateway",
    "division_prefix": "350426101",
    "people": 310,
    "waiting": 12,
    "states": {"sent": 200, "delivered": 80, "failed": 2},
    "made_by": "tax-1",
    "made_at": "2019-12-10T09:00:00+08:00",
}


class NewReminders(Body):
    """Whom to remind, with which text of the notice, and by which means."""

    model_config = asked(
        {
            "county": "youxi",
            "coverage_year": 2020,
            "text_id": "unpaid",
            "means": "list",
            "division_code": "350426101",
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    text_id: Annotated[
        Text, Field(pattern=r"^[a-z0-9-]{1,60}$", description="the id of a text of the notice")
    ]
    means: Means = Field(
        description="`gateway`: sent from here; `file`: for an operator's platform; `list`: to telephone"
    )
    division_code: Annotated[Text, Field(pattern=r"^[0-9]{0,12}$")] = ""


class RunOut(Answer):
    """A run of reminders. `states` counts its messages, `waiting` the phones that had one too lately."""

    model_config = shown(_RUN)

    run_id: int
    county: str
    coverage_year: int
    text_id: str
    means: Means
    division_prefix: str
    people: int
    waiting: int
    states: dict[str, int]
    made_by: str
    made_at: Instant


class RunPage(Page[RunOut]):
    """Runs of reminders, in order."""

    model_config = shown({"items": [_RUN], "next_after": None})
