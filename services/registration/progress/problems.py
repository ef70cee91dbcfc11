"""What can be wrong with a question about progress."""

from libs.common.web.problems import ProblemType

AS_OF_AHEAD = ProblemType(
    "as-of-ahead",
    422,
    "Nobody knows yet how far the season will be then",
    "该时点尚未到来，无法统计",
    "Ask for an instant that has passed.",
    "请填写已经过去的时点。",
)
FIGURE_OUTSIDE = ProblemType(
    "figure-of-no-unit",
    422,
    "The division is neither the county nor one of its townships or villages",
    "区划既不是本县，也不是本县的乡镇或村（社区）",
    "Give the 12-digit code of the county, or of a unit for which the notice sets tasks.",
    "请填写本县，或通知下达任务的乡镇（村）的 12 位区划代码。",
)
