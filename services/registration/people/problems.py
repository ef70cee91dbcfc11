"""The reasons for which a request about one person is refused."""

from libs.common.web.problems import ProblemType

PERSON_NOT_FOUND = ProblemType(
    "person-not-found",
    404,
    "There is no such person",
    "没有该人员",
    "Search by ID number and name, or register the person with a household.",
    "请按证件号码和姓名查询，或随户登记该人员。",
)
NOTHING_TO_CORRECT = ProblemType(
    "nothing-to-correct",
    422,
    "The request names nothing to correct",
    "请求中没有需要更正的内容",
    "Send at least one of name, sex, born or a fact.",
    "请至少提供 name、sex、born 或一项参保信息。",
)
