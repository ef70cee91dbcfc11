"""The reasons for which two records are not merged."""

from libs.common.web.problems import ProblemType

ALREADY_ONE_PERSON = ProblemType(
    "already-one-person",
    409,
    "Both ids are the same person already",
    "两个编号已是同一人",
    "Nothing is left to do: look the person up by either id.",
    "无需再处理，按任一编号均可查询该人员。",
)
PEOPLE_OF_TWO_COUNTIES = ProblemType(
    "people-of-two-counties",
    409,
    "The two records belong to different counties",
    "两条记录属于不同的县",
    "Each county keeps its own record; have one of the two enrollments cancelled.",
    "各县分别保留记录，请取消其中一处的参保登记。",
)
