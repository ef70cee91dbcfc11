"""What the reports say."""

from pydantic import ConfigDict, Field

from libs.common.web.schemas import Answer, Instant, Page
from services.registration import examples
from services.registration.assessments.schemas import Document, LateSubsidy
from services.registration.examples import shown


class UnitProgress(Answer):
    """One township or village, whichever the notice sets tasks for.

    `task` and `population` are the notice's; completion is (paid + exempt) / task.
    """

    division: str
    name: str | None = None
    task: int | None = None
    population: int | None = None
    work_funds_percent: int | None = Field(
        default=None, description="what of its work funds it has earned, where they go by completion"
    )
    registered: int = 0
    assessed: int = 0
    paid: int = 0
    exempt: int = 0
    cancelled: int = 0
    withdrawn: int = 0


class WorkFunds(Answer):
    """By what the notice settles the work funds of units: `by_completion`, or `by_score`."""

    rule: str
    clause: str
    words: str
    words_zh: str


class Progress(Answer):
    """Enrollments of a season. Counts are people; `registered` ones wait to be assessed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "enrollments": 2,
                    "by_state": {
                        "registered": 0,
                        "assessed": 1,
                        "paid": 1,
                        "exempt": 0,
                        "cancelled": 0,
                        "withdrawn": 0,
                    },
                    "work_funds": {
                        "rule": "by_completion",
                        "clause": "八(三)",
                        "words": "in the county budget, settled by completion",
                        "words_zh": "列入县财政预算单独核算，按完成情况结算",
                    },
                    "stated_total": 388800,
                    "units": [
                        {
                            "division": "350426100000",
                            "name": "城关镇",
                            "task": 30224,
                            "population": 57645,
                            "work_funds_percent": 0,
                            "registered": 0,
                            "assessed": 1,
                            "paid": 1,
                            "exempt": 0,
                            "cancelled": 0,
                            "withdrawn": 0,
                        }
                    ],
                }
            ]
        }
    )

    county: str
    coverage_year: int
    enrollments: int
    by_state: dict[str, int]
    work_funds: WorkFunds | None = Field(description="null: the notice says nothing of them")
    stated_total: int | None = Field(description="as the notice states it, whatever the rows add up to")
    units: list[UnitProgress]


class LateEntitlement(Answer):
    """A person who paid as ordinary (or with less help) and whose status became known later."""

    person_id: int
    name: str
    enrollment_id: int
    division_code: str
    paid_at: Instant
    paid_fen: int
    known_at: Instant = Field(description="when the latest status became known")
    statuses: list[Document] = Field(description="the statuses that became known after the payment")
    late_subsidies: list[LateSubsidy] = Field(description="what the notice grants now; often nothing")
    late_fen: int = Field(description="what is still to be paid to the card or settled by a department")
    summary: dict[str, str]


class LateEntitlements(Page[LateEntitlement]):
    """The report, by the notice's own rule."""

    model_config = shown(examples.LATE)

    county: str
    coverage_year: int
    rule: str = Field(description="`reassess` or `nothing`: what the notice does after payment")
    clause: str
