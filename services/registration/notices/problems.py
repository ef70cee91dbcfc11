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
PARAMETER_OUT_OF_BOUNDS = ProblemType(
    "parameter-out-of-bounds",
    422,
    "A value lies outside the bounds that the notice sets",
    "录入的金额超出通知规定的范围",
    "Amounts are whole fen (1 yuan is 100). Correct the values listed under errors and send them again.",
    "金额以分为单位（1 元为 100）。请按 errors 中列出的各项改正后重新提交。",
)
