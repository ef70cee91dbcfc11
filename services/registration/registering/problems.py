"""The reasons for which a row about a household is rejected, and how each is mended."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import ProblemType

ROW_INVALID = ProblemType(
    "row-invalid",
    422,
    "The row cannot be read",
    "该行内容有误",
    "Correct the members listed under errors and send the row again.",
    "请按 errors 所列各项改正后重新提交该行。",
)
UNKNOWN_COUNTY = ProblemType(
    "unknown-notice",
    422,
    "There is no notice for this county and year",
    "没有该县该年度的参保通知",
    "Use a county and year that GET /v1/notices lists.",
    "请使用 GET /v1/notices 列出的县和年度。",
    beside=(NOTICE_FAULTY,),
)
OUTSIDE_NOTICE = ProblemType(
    "division-outside-notice",
    422,
    "The village does not belong to the county of the notice",
    "该村（社区）不属于通知所在的县（区、乡镇）",
    "Check the 12 digits of the village and the county of the enrollment.",
    "请核对 12 位村（社区）代码与参保县。",
)
DUPLICATE_IN_INPUT = ProblemType(
    "duplicate-in-input",
    422,
    "The same document stands twice in this input",
    "同一证件在本次提交中重复出现",
    "Keep the row of the household to which the person belongs and remove the other.",
    "请保留该人员所属户的那一行，删除另一行。",
)
DOCUMENTS_OF_TWO_PEOPLE = ProblemType(
    "documents-of-two-people",
    422,
    "The documents of this row belong to different registered people",
    "该行所列证件分属已登记的不同人员",
    "Check the numbers; each person's own documents go into one row.",
    "请核对证件号码，一行只填写同一人的证件。",
)
OTHER_NAME = ProblemType(
    "registered-under-another-name",
    422,
    "The number is registered under another name",
    "该证件号码已以其他姓名登记",
    "Compare with the document; a wrong name on record is corrected by PATCH /v1/persons/{id}.",
    "请对照证件核对号码和姓名；若原登记姓名有误，请通过 PATCH /v1/persons/{id} 更正。",
)
LOOKS_REGISTERED = ProblemType(
    "looks-registered",
    422,
    "Somebody of this name, sex and birth is registered in the household under another number",
    "该户已登记姓名、性别、出生日期相同而证件号码不同的人员",
    "Correct the number of person_id (POST /v1/persons/{id}/documents/correction), or correct this row.",
    "请改正该行，或通过 POST /v1/persons/{id}/documents/correction 更正 person_id 的证件号码。",
)
CHILD_REGISTERED = ProblemType(
    "child-registered",
    422,
    "A child of this household, sex and birth is registered by its birth certificate, with another name",
    "该户已凭出生医学证明登记一名同日出生、同性别而姓名不同的新生儿",
    "If it is the child of person_id, correct its name there and send this row again. If there are two "
    "children, send both in one batch, each with its document.",
    "如为同一人（person_id），请先更正其姓名后重新提交；如为两名子女，请将两人及各自证件在同一批次一并提交。",
)
ENROLLED_ELSEWHERE = ProblemType(
    "enrolled-in-another-county",
    422,
    "The person is enrolled for this year in another county",
    "该人员本年度已在其他县参保登记",
    "Have one of the two enrollments cancelled first; other_county names the county.",
    "请先取消其中一处的参保登记；other_county 为对方县。",
)
IN_OTHER_HOUSEHOLD = ProblemType(
    "registered-in-another-household",
    422,
    "The person is registered in another household",
    "该人员已登记在其他户",
    "Remove the row, or move the person first: POST /v1/persons/{id}/moves.",
    "请删除该行，或先办理迁户：POST /v1/persons/{id}/moves。",
)
NO_HEAD = ProblemType(
    "household-without-head",
    422,
    "The household has no head among its members",
    "该户成员中没有户主",
    "Name a member as head; in a file, mark one row (户主, or code 0, 01, 02) and keep the rows together.",
    "请指定一名成员为户主；文件中请将该户一行标为户主（或代码 0、01、02），并使同户各行相邻。",
)
TWO_HEADS = ProblemType(
    "household-with-two-heads",
    422,
    "The household has two heads",
    "该户有两名户主",
    "Mark only one row of the household as head.",
    "每户只能有一行标为户主。",
)
HOUSEHOLD_CONTRADICTS = ProblemType(
    "household-contradicts-itself",
    422,
    "The household has no head in this village, but one of its number has in another",
    "该户在本村（社区）没有户主，同号的户主在其他村（社区）",
    "Give all rows of the household the same village; a household of this village needs a head of its own.",
    "同一户各行须填写相同的村（社区）代码；如为本村（社区）的另一户，请指明其户主。",
)
ALREADY_COMPLETE = ProblemType(
    "enrollment-already-complete",
    422,
    "The enrollment is paid or exempt already, its tier and add-ons stay as they are",
    "该参保已缴费或已免缴，档次和附加险不可更改",
    "Leave tier and add-ons of this person as they are; a paid amount is changed by a refund.",
    "请保持该人员的档次和附加险不变；已缴费的变更须先办理退费。",
)
UNIT_REJECTED = ProblemType(
    "household-rejected",
    422,
    "Another row of the household is rejected",
    "同户其他行未通过",
    "Mend the other rows of the household and send it again as a whole.",
    "请改正该户其他行后整户重新提交。",
)
GUARDIAN_UNKNOWN = ProblemType(
    "guardian-unknown",
    422,
    "Nobody is registered under the guardian's number",
    "监护人的证件号码未登记",
    "Register the guardian first, or in the same household.",
    "请先登记监护人，或在同户中一并登记。",
)
HEAD_OF_OTHER_HOUSEHOLD = ProblemType(
    "head-of-another-household",
    422,
    "The person is the head of another household",
    "该人员是其他户的户主",
    "Send the other household with another head first.",
    "请先为原户另行指定户主。",
)
ROW_REFUSED = ProblemType(
    "row-refused",
    422,
    "The database refuses a value of this row",
    "数据库无法保存该行的某个值",
    "Type the row anew (no odd characters, no overlong numbers) and send it again; the others are kept.",
    "请重新录入该行（注意异常字符和位数过多的数字）后再次提交；其他行不受影响。",
)
