"""What is asked and answered about merges."""

from pydantic import Field

from libs.common.cases.schemas import Approval
from libs.common.web.schemas import Answer, Body, FreeText, Id, Instant, Page
from services.registration.examples import Example, asked, shown
from services.registration.merges.rules import MergeState

_MERGE: Example = {
    "case_id": 7,
    "county": "youxi",
    "division_code": "350426101201",
    "state": "merged",
    "person_id": 42,
    "merged_person_id": 57,
    "right_person_id": 57,
    "name": "张三",
    "opened_at": "2019-11-20T10:00:00+08:00",
    "asked_by": "bureau-1",
    "asked_at": "2019-11-20T10:00:00+08:00",
    "decided_by": "bureau-2",
    "decided_at": "2019-11-20T11:00:00+08:00",
    "reason": "原登记证件号码有误，已核对身份证",
    "approval_id": None,
}


class MergeIn(Body):
    """The other record of the person, and why both are one."""

    model_config = asked({"other_person_id": 57, "reason": "原登记证件号码有误，已核对身份证"})

    other_person_id: Id
    reason: FreeText = Field(min_length=1, max_length=200)


class MergeOut(Answer):
    """The case with its approval that waits, and the id that will go on."""

    model_config = shown(
        {
            "case_id": 7,
            "survivor_person_id": 42,
            "approval": {
                "approval_id": 3,
                "county": "youxi",
                "coverage_year": None,
                "division_code": "350426000000",
                "operation": "same_person:merge",
                "subject": "persons/57+42",
                "case_id": 7,
                "payload": {"step": "merge"},
                "reason": "原登记证件号码有误，已核对身份证",
                "asked_by": "bureau-1",
                "asked_at": "2019-11-20T10:00:00+08:00",
                "state": "waiting",
                "decided_by": None,
                "decided_at": None,
                "note": None,
            },
        }
    )

    case_id: int
    survivor_person_id: int
    approval: Approval


class Merge(Answer):
    """Two records that are one person, or may be; nobody undoes a merge, but one that waits is refused."""

    model_config = shown(_MERGE)

    case_id: int
    county: str
    division_code: str = Field(description="the lowest division that has both")
    state: MergeState = Field(
        description="`open`: found, nobody asked; `waiting` for a second person; `merged`; `apart`: they are "
        "two people; `gone`: it came to nothing by itself"
    )
    person_id: int = Field(description="who goes on, or would: the id that was given first")
    merged_person_id: int
    right_person_id: int = Field(description="whose name, birth, facts and household hold")
    name: str
    opened_at: Instant
    asked_by: str | None
    asked_at: Instant | None
    decided_by: str | None = Field(description="of a merge the second person")
    decided_at: Instant | None
    reason: str | None
    approval_id: int | None = Field(description="what waits for a second person at `/v1/approvals`")


class MergePage(Page[Merge]):
    """Merges, the newest first."""

    model_config = shown({"items": [_MERGE], "next_after": None})
