"""The reasons for which a life event is not taken."""

from libs.common.web.problems import ProblemType

PERSON_UNKNOWN = ProblemType(
    "person-unknown",
    422,
    "Nobody is registered under this number",
    "该证件号码未登记",
    "Register the person with a household first, then send the row again.",
    "请先随户登记该人员，再提交该行。",
)
EVENT_KIND_UNKNOWN = ProblemType(
    "life-event-unknown",
    422,
    "There is no life event of this kind",
    "没有这种变动事件",
    "Use one of the kinds in known_kinds.",
    "请使用 known_kinds 所列的事件种类。",
)
