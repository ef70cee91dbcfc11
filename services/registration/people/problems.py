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
LIVES_ELSEWHERE = ProblemType(
    "lives-in-another-division",
    403,
    "The person lives in another division",
    "该人员登记在其他区划",
    "Ask for a move: the office where the person is registered, or the one above both, lets the person go.",
    "请申请迁移，由该人员现登记地或双方共同的上级经办机构办理。",
)
NUMBER_NOT_ON_RECORD = ProblemType(
    "number-not-on-record",
    409,
    "The person does not have this number",
    "该人员没有这个证件号码",
    "Give the number as it is on record under wrong_number.",
    "请在 wrong_number 中填写系统现有的证件号码。",
)
NUMBER_OF_ANOTHER = ProblemType(
    "number-of-another-person",
    409,
    "The right number belongs to another person on record",
    "正确的号码已登记在另一人名下",
    "Compare both records; person_id is the other one. Are they one person, decide the case case_id: merge. "
    "Without person_id the other record is outside your division: the office above both decides the case.",
    "请核对两条记录，person_id 为另一人；确为同一人的，请在事项 case_id 中选择合并。"
    "未返回 person_id 的，另一条记录不在本区划，由双方共同的上级经办机构处理该事项。",
)
NOTHING_TO_CORRECT = ProblemType(
    "nothing-to-correct",
    422,
    "The request names nothing to correct",
    "请求中没有需要更正的内容",
    "Send at least one of name, sex, born or a fact.",
    "请至少提供 name、sex、born 或一项参保信息。",
)
