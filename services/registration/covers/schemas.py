"""What is shown of a cover before it is paid for."""

from datetime import date

from pydantic import Field

from libs.common.web.schemas import Answer, Instant
from services.registration.examples import Example, shown
from services.registration.histories.schemas import Past

_PREVIEW: Example = {
    "person_id": 101,
    "county": "youxi",
    "coverage_year": 2020,
    "at": "2020-03-05T10:00:00+08:00",
    "outcome": "payable",
    "own_due_fen": 25000,
    "cover_from": "2020-05-04",
    "cover_to": "2020-12-31",
    "cover_days": 242,
    "waiting_days": 60,
    "words": "paid late: after a wait of 60 days covered from 2020-05-04 to 2020-12-31, 242 days",
    "words_zh": "逾期缴费：等待60天，待遇期为2020-05-04至2020-12-31，共242天",
    "warnings": [
        {
            "id": "overdue",
            "clause": "四",
            "words": "paying late means a wait",
            "words_zh": "逾期缴费有待遇等待期",
        }
    ],
}


class Warning(Answer):
    """Something to hear before paying, with the clause that says it."""

    id: str
    clause: str
    words: str
    words_zh: str


class CoverPreview(Answer):
    """From when to when somebody would be covered who paid at this moment, both days included."""

    model_config = shown(_PREVIEW)

    person_id: int
    county: str
    coverage_year: int
    at: Instant
    outcome: str = Field(description="payable, exempt, paid, rejected or blocked, as in assessments")
    own_due_fen: int | None
    cover_from: date | None = Field(description="null: no day of cover, or none that is known")
    cover_to: date | None
    cover_days: int
    waiting_days: int
    words: str = Field(description="the same as a sentence, with the wait and its reason")
    words_zh: str
    past: Past | None = Field(
        default=None, description="the years before in words; null where the notice counts none"
    )
    warnings: list[Warning] = Field(description="before paying: `no_benefit_days`, `on_unit_list` and others")
