"""What can stand in the way of helping somebody who is insured elsewhere."""

from libs.common.web.problems import ProblemType

ELSEWHERE_NOT_IN_NOTICE = ProblemType(
    "elsewhere-not-in-notice",
    409,
    "The notice does not help people who are insured elsewhere",
    "通知没有规定资助在外地参保的人员",
    "Have the person join here, or the notice say `elsewhere` of `subsidies`.",
    "请在本地参保；通知确有规定的，请在 subsidies 中写明 elsewhere。",
)
ELSEWHERE_TOO_LATE = ProblemType(
    "elsewhere-too-late",
    409,
    "This help cannot be asked for any more",
    "已超过异地参保资助的申请期限",
    "The notice names the last day (`clause`); nothing is recorded after it.",
    "通知规定了申请截止日（见 clause），逾期不再受理。",
)
ELSEWHERE_OUTSIDE = ProblemType(
    "elsewhere-outside-area",
    409,
    "The place of the insurance is this county, or further away than the notice helps",
    "参保地为本地，或超出通知规定的范围",
    "Give the division code of the county where the person is insured; within the province where `area` says "
    "so.",
    "请填写参保县（市、区）的区划代码；area 为 province 的须在本省参保。",
)
ELSEWHERE_PROOFS_MISSING = ProblemType(
    "elsewhere-proofs-missing",
    409,
    "Papers that the notice asks for are missing",
    "缺少通知要求的证明材料",
    "Have the person bring the papers under `missing`, and name all of them in `proofs`.",
    "请补齐 missing 所列材料，并在 proofs 中全部填写。",
)
ELSEWHERE_NO_HELP = ProblemType(
    "elsewhere-no-help",
    409,
    "The notice gives this person no help for that payment",
    "按通知该人员当日缴费没有资助",
    "See `reasons`. Where a status is missing have the department send its roster first; where the day is "
    "wrong correct `paid_on`.",
    "原因见 reasons；身份未登记的请先由部门报送花名册，缴费日期有误的请更正 paid_on。",
)
ELSEWHERE_PERSON_UNKNOWN = ProblemType(
    "elsewhere-person-unknown",
    404,
    "Nobody of this number and name is on record in the county",
    "本县没有登记该证件号码和姓名的人员",
    "Check number and name. Register the household first, without enrolling anybody, if it is new.",
    "请核对证件号码和姓名；尚未登记的请先登记该户人员信息。",
)
ELSEWHERE_INSURED_HERE = ProblemType(
    "elsewhere-insured-here",
    409,
    "The person is insured here for that year",
    "该人员当年度已在本地参保",
    "Who has paid or is exempt here is helped here. If that is wrong, end it first (cancel the enrollment, "
    "or give the contribution back), then record this.",
    "已在本地缴费或免缴的，按本地参保资助；确在外地参保的，请先取消本地参保或退费后再登记。",
)
ELSEWHERE_TWICE = ProblemType(
    "elsewhere-twice",
    409,
    "The person has this help for that year, or it was asked for",
    "该人员当年度的异地参保资助已登记",
    "See `elsewhere_help_id`. What is wrong with it is withdrawn, or refused, first; then record it anew.",
    "见 elsewhere_help_id；登记有误的，请先撤回或由复核人退回，再重新登记。",
)
ELSEWHERE_NOT_STANDING = ProblemType(
    "elsewhere-not-standing",
    409,
    "The record stands no more, or nobody has agreed to it yet",
    "该条登记已失效，或尚未复核",
    "What waits for the second person is refused there (/v1/approvals); what has ended needs nothing.",
    "待复核的请由复核人退回（/v1/approvals）；已失效的无需处理。",
)
