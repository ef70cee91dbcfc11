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
