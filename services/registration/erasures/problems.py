"""The reasons for which nobody is erased."""

from libs.common.web.problems import ProblemType

KEPT_BY_LAW = ProblemType(
    "kept-by-law",
    409,
    "The time for which the law has the person's data kept is not over",
    "该人员资料的法定保管期限未满",
    "Ask again on the day kept_until. Until then correct what is wrong; nobody without the right sees it.",
    "请在 kept_until 之日起再申请；在此之前可更正错误信息，无权限者看不到该信息。",
)
