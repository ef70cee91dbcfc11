"""The reasons for which a question of the contract is refused."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import ProblemType

QUESTION_MALFORMED = ProblemType(
    "question-malformed",
    422,
    "The question cannot be read",
    "问题格式有误",
    "Correct the field that the detail names; docs/policies.md describes the question.",
    "请按 detail 所指字段改正；问题格式见 docs/policies.md。",
)
NOTICE_UNKNOWN = ProblemType(
    "notice-unknown",
    422,
    "There is no notice for the county and year of the question",
    "没有问题所指县和年度的通知",
    "GET /v1/notices lists the notices in force.",
    "可用的通知见 GET /v1/notices。",
    beside=(NOTICE_FAULTY,),
)
