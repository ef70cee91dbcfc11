"""What is asked and shown of cases and approvals, the same in every service."""

from pydantic import ConfigDict, Field, JsonValue

from libs.common.cases.kinds import ApprovalState, CaseState, News
from libs.common.web.schemas import Answer, Body, FreeText, Instant, Page, Text

_CASE: dict[str, JsonValue] = {
    "case_id": 7,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "kind": "ground_gone",
    "title": "The reason for help or cover fell away",
    "title_zh": "资助或参保的依据不再成立",
    "subject": "enrollments/12",
    "person_id": 4711,
    "amount_fen": 28000,
    "owner": "medical_insurance_officer",
    "evidence": {"causes": ["never_entitled"]},
    "steps": [
        {"step": "keep", "label": "Keep the cover", "label_zh": "维持参保", "two_persons": True},
        {"step": "withdraw", "label": "Withdraw it", "label_zh": "撤销参保", "two_persons": True},
    ],
    "proposed": "keep",
    "state": "open",
    "opened_at": "2020-12-15T10:00:00+08:00",
    "age_days": 3,
    "step": None,
    "reason": None,
    "decided_by": None,
    "decided_at": None,
    "alert": None,
    "acknowledged_by": None,
    "acknowledged_at": None,
}
_NEWS: dict[str, JsonValue] = {
    "id": 12,
    "news": "acknowledged",
    "at": "2020-11-21T08:30:00+08:00",
    "by": "township-1",
    "note": "已电话督促",
    "told_at": "2020-11-21T08:30:09+08:00",
}
_APPROVAL: dict[str, JsonValue] = {
    "approval_id": 3,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "operation": "ground_gone:withdraw",
    "subject": "enrollments/12",
    "case_id": 7,
    "payload": {"step": "withdraw"},
    "reason": "名册有误",
    "asked_by": "bureau-1",
    "asked_at": "2020-12-16T09:00:00+08:00",
    "state": "waiting",
    "decided_by": None,
    "decided_at": None,
    "note": None,
}


class CaseStep(Answer):
    """A step that can be taken; with `two_persons` a second one has to agree."""

    step: str
    label: str
    label_zh: str
    two_persons: bool


class AlertSays(Answer):
    """What is wrong, and what to do next."""

    says: str
    says_zh: str
    todo: str
    todo_zh: str


class Case(Answer):
    """A question that a person decides. `evidence` says what was found and what each step would do.

    With `alert` nobody decides it: time raised it (`opened_at`), somebody says that they have seen it
    (`acknowledged_by`), and it closes when its cause is gone. Of a case `acknowledged_by` took a step
    last that leaves it open, such as asking somebody: why, and all before, is in its news.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_CASE]})

    case_id: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    kind: str
    title: str
    title_zh: str
    subject: str
    person_id: int | None
    amount_fen: int | None
    owner: str
    evidence: dict[str, JsonValue]
    steps: list[CaseStep]
    proposed: str
    state: CaseState
    opened_at: Instant
    age_days: int
    step: str | None
    reason: str | None
    decided_by: str | None
    decided_at: Instant | None
    alert: AlertSays | None
    acknowledged_by: str | None
    acknowledged_at: Instant | None


class CaseNews(Answer):
    """What happened to an alert; or that somebody took a step about a case that leaves it open, and why.

    `told_at` is when the webhook took it, which is told of alerts alone.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_NEWS]})

    id: int
    news: News
    at: Instant
    by: str | None
    note: str | None
    told_at: Instant | None


class CaseNewsPage(Page[CaseNews]):
    """All that happened to an alert, or to a case while it waits, in order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_NEWS], "next_after": None}]})


class CasePage(Page[Case]):
    """A page of cases."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_CASE], "next_after": None}]})


class CaseTotal(Answer):
    """Cases of one kind: how many, the money that hangs on them, and since when the oldest waits.

    `unseen` are alerts that nobody has acknowledged.
    """

    kind: str
    title: str
    title_zh: str
    is_alert: bool
    owner: str
    count: int
    unseen: int
    amount_fen: int
    oldest_opened_at: Instant


class CaseTotals(Page[CaseTotal]):
    """Cases by kind."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "kind": "ground_gone",
                            "title": "The reason for help or cover fell away",
                            "title_zh": "资助或参保的依据不再成立",
                            "owner": "medical_insurance_officer",
                            "is_alert": False,
                            "count": 2,
                            "unseen": 0,
                            "amount_fen": 56000,
                            "oldest_opened_at": "2020-12-15T10:00:00+08:00",
                        }
                    ],
                    "next_after": None,
                }
            ]
        }
    )


class CaseDecision(Body):
    """Which step is taken, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"step": "keep", "reason": "民政局已更正名册"}]}
    )

    step: Text = Field(min_length=1, max_length=60)
    reason: FreeText = Field(min_length=1, max_length=500)


class Acknowledgement(Body):
    """What is done about an alert."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "已电话督促"}]})

    note: FreeText = Field(min_length=1, max_length=500)


class Approval(Answer):
    """Something that a second person has to agree to before it is done."""

    model_config = ConfigDict(json_schema_extra={"examples": [_APPROVAL]})

    approval_id: int
    county: str | None
    coverage_year: int | None
    division_code: str | None
    operation: str
    subject: str
    case_id: int | None
    payload: dict[str, JsonValue]
    reason: str
    asked_by: str
    asked_at: Instant
    state: ApprovalState
    decided_by: str | None
    decided_at: Instant | None
    note: str | None


class ApprovalPage(Page[Approval]):
    """A page of approvals."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_APPROVAL], "next_after": None}]})


class ApprovalDecision(Body):
    """What the second person notes for the record."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "已核对名册原件"}]})

    note: FreeText | None = Field(default=None, max_length=500)


class CaseDecided(Answer):
    """The case after the decision; `approval` when it now waits for a second person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"case": _CASE, "approval": _APPROVAL}]})

    case: Case
    approval: Approval | None
