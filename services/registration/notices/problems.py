"""The reasons for which a request about a notice is refused."""

from libs.common.web.problems import ProblemType

PARAMETER_UNKNOWN = ProblemType(
    "parameter-unknown",
    422,
    "The notice leaves no such value to an operator",
    "通知没有需要录入的该项参数",
    "Use the names in known_parameters.",
    "请使用 known_parameters 所列的参数名称。",
)
NOTICE_NOT_FOUND = ProblemType(
    "notice-not-found",
    404,
    "There is no notice for this county and year",
    "没有该县该年度的参保通知",
    "GET /v1/notices lists the notices in force.",
    "可用的通知见 GET /v1/notices。",
)
