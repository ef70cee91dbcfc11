"""What is asked and answered about erasures."""

from datetime import date

from pydantic import Field, JsonValue

from libs.common.cases.schemas import Approval
from libs.common.web.schemas import Answer, Body, FreeText, Page
from services.registration.erasures.rules import LastBy
from services.registration.examples import asked, shown


class ErasureIn(Body):
    """By which decision somebody is to be erased; it stays on record, without names."""

    model_config = asked({"reason": "保管期满，销毁清册 2131-1"})

    reason: FreeText = Field(min_length=1, max_length=200)


class ErasureOut(Answer):
    """Since when the person may be erased, and the approval that waits."""

    model_config = shown(
        {
            "person_id": 42,
            "kept_until": "2131-01-01",
            "approval": {
                "approval_id": 3,
                "county": "youxi",
                "coverage_year": None,
                "division_code": "350426101201",
                "operation": "erasure",
                "subject": "persons/42",
                "case_id": None,
                "payload": {"kept_until": "2131-01-01"},
                "reason": "保管期满，销毁清册 2131-1",
                "asked_by": "bureau-1",
                "asked_at": "2131-03-01T10:00:00+08:00",
                "state": "waiting",
                "decided_by": None,
                "decided_at": None,
                "note": None,
            },
        }
    )

    person_id: int
    kept_until: date
    approval: Approval


_STANDING: dict[str, JsonValue] = {
    "person_id": 42,
    "county": "youxi",
    "division_code": "350426101201",
    "last_year": 2020,
    "last_by": "enrollment",
    "insured": True,
    "kept_until": "2121-01-01",
    "due": False,
    "because": "Insured, or money came: registration of insured people is kept for 100 years.",
    "because_zh": "已参保或有缴费记录：参保人员登记材料保管100年。",
}


class StandingOut(Answer):
    """One person on record: until when it has to be known who it is, and why."""

    model_config = shown(_STANDING)

    person_id: int
    county: str
    division_code: str
    last_year: int = Field(description="the last year of which anything is on record")
    last_by: LastBy = Field(description="what is of that year; `data`: the data was last corrected in it")
    insured: bool = Field(description="whether the person was ever complete, or money came")
    kept_until: date = Field(description="the first day on which the person may be erased")
    due: bool = Field(description="whether that day has come")
    because: str
    because_zh: str


class StandingPage(Page[StandingOut]):
    """People by id."""

    model_config = shown({"items": [_STANDING], "next_after": None})
