"""What is asked and answered about merges."""

from pydantic import Field

from libs.common.cases.schemas import Approval
from libs.common.web.schemas import Answer, Body, FreeText, Id
from services.registration.examples import asked, shown


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
