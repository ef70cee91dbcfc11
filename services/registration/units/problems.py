"""The reasons for which a unit, its list or one line of it is refused, and how each is mended."""

from libs.common.web.problems import ProblemType

UNIT_MISSING = ProblemType(
    "unit-missing",
    403,
    "The token of a unit's clerk does not say which unit, or says another one",
    "单位经办人员的令牌未注明单位，或注明的是其他单位",
    "Have a token issued with the claim `unit`: the code under which the county has registered the unit.",
    "请重新签发令牌，在 unit 声明中写明县里登记的单位代码。",
)
UNIT_NOT_FOUND = ProblemType(
    "unit-not-found",
    404,
    "There is no such unit for this county and year",
    "该县该年度没有登记此单位",
    "An officer registers it first: POST /v1/units; GET /v1/units lists those that there are.",
    "请先由经办人员通过 POST /v1/units 登记单位；已登记的单位可用 GET /v1/units 查询。",
)
UNIT_RULE_UNKNOWN = ProblemType(
    "unit-rule-unknown",
    422,
    "The notice knows no such kind of unit",
    "通知中没有这类单位",
    "Use one of the ids in known_rules: the units that the notice has register and pay by list.",
    "请使用 known_rules 所列的代号，即通知规定按名单办理的单位类别。",
)
UNIT_CODE_TAKEN = ProblemType(
    "unit-code-taken",
    409,
    "Another unit is registered under this code",
    "该代码已登记给其他单位",
    "Choose another code; rule and village of a registered unit stay as they are.",
    "请另选代码；已登记单位的类别和所在村（社区）不可更改。",
)
LIST_CHANGED = ProblemType(
    "unit-list-changed",
    409,
    "The list has another version by now",
    "名单已有新的版本",
    "Look at version_no and what changed, then send your list with `replaces` set to it.",
    "请核对现行版本 version_no 及其差异，再将 replaces 填为该版本重新提交。",
)
LATE = ProblemType(
    "unit-list-late",
    422,
    "Units of this kind could list people until closed_at only",
    "此类单位的名单已于 closed_at 截止",
    "Who is listed already stays. Others register and pay as `instead` says, if the notice says so.",
    "此前已列入名单的人员不受影响；其他人员按 instead 所述办理（通知有规定的）。",
)
NOT_OF_UNIT = ProblemType(
    "not-of-this-unit",
    422,
    "By the notice a unit of this kind does not list this person",
    "按通知规定，此类单位不为该人员办理",
    "Check the line; the clause says whom such units list. Others register at their village or township.",
    "请核对该行；clause 为此类单位办理范围的条款。其他人员请到村（社区）或乡镇办理。",
)
NOT_INSURABLE = ProblemType(
    "not-insurable",
    422,
    "By the notice this person cannot be insured now",
    "按通知规定，该人员目前不能参保",
    "reason says why. Correct the line, or leave it out.",
    "reason 为原因。请更正该行，或从名单中删除。",
)
ENDED = ProblemType(
    "enrollment-ended-by-office",
    422,
    "The enrollment of this person was ended by the office",
    "该人员的参保登记已由经办机构终止",
    "Leave the line out, or have the office enroll the person anew first.",
    "请从名单中删除该行，或先由经办机构重新办理登记。",
)
EVENT_DAY_MISSING = ProblemType(
    "event-day-missing",
    422,
    "The line lacks the day on which the unit took the person in",
    "该行缺少单位接收该人员的日期",
    "Add event_on.",
    "请补填 event_on。",
)
