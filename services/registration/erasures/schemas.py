"""What is asked and answered about erasures."""

from datetime import date

from pydantic import Field

from libs.common.cases.schemas import Approval
from libs.common.web.schemas import Answer, Body, FreeText
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
