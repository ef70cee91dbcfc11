"""The reasons for which a decision about a case or an approval is refused."""

from libs.common.web.problems import ProblemType

CASE_NOT_OPEN = ProblemType(
    "case-not-open",
    409,
    "The case is decided or has closed by itself",
    "该事项已处理或已自动关闭",
    "Read the case: it says who decided it, or why it closed.",
    "请查看该事项：其中载明处理人或关闭原因。",
)
STEP_UNKNOWN = ProblemType(
    "step-unknown",
    422,
    "This step cannot be taken about such a case",
    "此类事项没有该处理方式",
    "Use one of the steps in known_steps.",
    "请使用 known_steps 所列的处理方式。",
)
APPROVAL_WAITING = ProblemType(
    "approval-waiting",
    409,
    "The same was asked for already and waits for a second person",
    "同一事项已提交，正等待另一人复核",
    "Another person approves or rejects it under /v1/approvals.",
    "请由另一人在 /v1/approvals 中同意或退回。",
)
APPROVAL_NOT_WAITING = ProblemType(
    "approval-not-waiting",
    409,
    "This approval is decided already",
    "该复核已办结",
    "Read the approval: it says who decided it and when.",
    "请查看该复核：其中载明办理人与时间。",
)
SAME_PERSON = ProblemType(
    "second-person-needed",
    403,
    "Who asked for it cannot approve it",
    "提交人不能复核自己的申请",
    "Another person has to approve or reject it.",
    "请由另一人同意或退回。",
)
NOT_AN_ALERT = ProblemType(
    "not-an-alert",
    409,
    "This case has to be decided: seeing it is not enough",
    "该事项须作出决定，不能仅标记为已知悉",
    "Decide it by POST /v1/cases/{case_id}/decision.",
    "请通过 POST /v1/cases/{case_id}/decision 处理。",
)
