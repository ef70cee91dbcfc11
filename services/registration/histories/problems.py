"""The reasons for which enrollment history is not taken."""

from libs.common.web.problems import ProblemType

HISTORY_OF_BUREAU = ProblemType(
    "history-of-bureau",
    403,
    "Only the medical-insurance bureau says who was insured in earlier years",
    "历年参保记录只能由医保经办机构录入",
    "Have an officer with the scope registration:decide send it.",
    "请由具有 registration:decide 权限的经办人员提交。",
)
HISTORY_NOT_WHOLE = ProblemType(
    "history-not-whole",
    422,
    "The place is not taken for known whole: rows of the file were rejected",
    "文件有未导入的行，该参保地暂不视为记录完整",
    "Mend the rows listed here and upload the whole file again; rows that were taken stay.",
    "请按错误清单更正后重新上传整个文件；已导入的行保留。",
)
WHOLE_INCOMPLETE = ProblemType(
    "history-whole-incomplete",
    422,
    "A place that is known whole needs its code, its first and its last year",
    "声明记录完整须同时填写参保地代码、起始年度和截止年度",
    "Give whole_place, whole_from_year and whole_to_year together, the first year not after the last, "
    "and the last one not after this year.",
    "请同时填写 whole_place、whole_from_year、whole_to_year，"
    "起始年度不晚于截止年度，截止年度不晚于当前年度。",
)
YEAR_TO_COME = ProblemType(
    "history-year-to-come",
    422,
    "That year has not begun",
    "该年度尚未开始",
    "Give a year that has begun; of later ones nothing is known yet.",
    "请填写已经开始的年度。",
)
