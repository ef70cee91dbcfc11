"""The kinds of cases about people and their cover, and the steps that can be taken about each."""

from libs.common.cases.kinds import LOCKED_OUT, Alert, CaseKind, Step, by_code

BUREAU = "medical_insurance_officer"

#: What makes an enrollment complete, or helped, may not hold any more. Until somebody decides, cover stands.
GROUND_GONE = CaseKind(
    "ground_gone",
    "The reason for help or cover may not hold",
    "资助或参保的依据可能不再成立",
    BUREAU,
    (
        Step("keep", "Keep cover and help", "维持参保与资助", two_persons=True),
        Step("withdraw", "Withdraw cover and help", "撤销参保与资助", two_persons=True),
    ),
)

#: Two records that may be one person: found by an officer, or by a number that belongs to the other.
SAME_PERSON = CaseKind(
    "same_person",
    "Two records may be one person",
    "两条登记记录可能为同一人",
    BUREAU,
    (
        Step("merge", "Make them one person", "合并为同一人", two_persons=True),
        Step("apart", "They are two people", "确为不同的两人"),
    ),
)

#: Why an officer ended a cover holds no longer: it was a mistake, or is over.
GROUND_BACK = CaseKind(
    "ground_back",
    "The reason for which cover was withdrawn does not hold any more",
    "撤销参保的依据已不成立",
    BUREAU,
    (
        Step("restore", "Restore cover and help", "恢复参保与资助", two_persons=True),
        Step("leave", "Leave it withdrawn", "维持撤销"),
    ),
)

#: A person is said to have died on two days. The newest report counts until somebody says which is right.
TWO_DEATHS = CaseKind(
    "two_days_of_death",
    "A person is reported to have died on two days",
    "同一人员登记了两个死亡日期",
    BUREAU,
    (
        Step("earlier", "The earlier day is right", "以较早日期为准"),
        Step("later", "The later day is right", "以较晚日期为准"),
    ),
)

#: The bureau has some workdays for what villages report.
TICKET_OVERDUE = CaseKind(
    "ticket_overdue",
    "An error that was reported is not answered within the days of the notice",
    "更正单超过通知规定的办理时限",
    BUREAU,
    (Step("noted", "Looked into with the bureau, which answers it", "已督促经办机构办理"),),
    Alert(
        "Ticket {ticket_id} should have been answered by {due_on}.",
        "更正单 {ticket_id} 应于 {due_on} 前办结，已逾期。",
        "Resolve or refuse it (GET /v1/tickets?list=overdue); the village waits.",
        "请尽快办理或说明不予更正的理由。",
    ),
)

#: Whoever has not registered by then pays late, or not at all.
REGISTRATION_ENDS = CaseKind(
    "registration_ends",
    "A registration that has a deadline of its own ends within a week",
    "单独规定截止日的参保登记即将截止",
    "township_officer",
    (Step("noted", "Villages and units know", "已通知村（社区）和单位"),),
    Alert(
        "Registration ends at {to_at} by clause {clause}: {who}.",
        "{who_zh}的参保登记将于 {to_at} 截止（{clause}）。",
        "Tell villages and units; see who of the survey is not registered.",
        "请通知村（社区）和单位，核对摸底应保未登记人员。",
    ),
)

#: A day of the notice comes near.
DEADLINE_NEAR = CaseKind(
    "deadline_near",
    "A deadline of the notice is near",
    "通知规定的期限临近",
    BUREAU,
    (Step("noted", "The department is on it", "承办部门已在办理"),),
    Alert(
        "By {by_at}, {department} has to be done with: {label} (clause {clause}).",
        "{department_zh}须于 {by_at} 前完成：{label_zh}（{clause}）。",
        "Ask the department how far it is; tell the leading group what will not be done in time.",
        "请核实承办部门进度，不能按期完成的报领导小组。",
    ),
)
#: A day of the notice is over, and nobody has said that it is done.
DEADLINE_MISSED = CaseKind(
    "deadline_missed",
    "A deadline of the notice is over, and nobody has said that it is done",
    "通知规定的期限已过，未见办结",
    BUREAU,
    (Step("noted", "It is done", "已办结"),),
    Alert(
        "By {by_at}, {department} had to be done with: {label} (clause {clause}). Nobody says it is.",
        "{department_zh}应于 {by_at} 前完成：{label_zh}（{clause}），尚无办结说明。",
        "Have it done, then say so by acknowledging this alert: it ends with that.",
        "请督促办结，办结后在本提醒上签收说明，提醒随即解除。",
    ),
)
#: Nobody has sent a roster of a status that brings help, and its day is near or over.
ROSTER_MISSING = CaseKind(
    "roster_missing",
    "No roster of a status has arrived, and its day is near or over",
    "资助对象花名册尚未送达",
    "department_officer",
    (Step("noted", "Asked the department", "已催报"),),
    Alert(
        "No roster of {status} has come from {department}; it is due on {due_on} (clause {clause}).",
        "{department_zh}尚未报送{status_zh}花名册，截止 {due_on}（{clause}）。",
        "Have the department send it by POST /v1/rosters, even if nobody is on it.",
        "请督促部门报送花名册；无人员的也请报送空名册。",
    ),
)
#: Fewer are enrolled than time alone would have it.
GOAL_BEHIND = CaseKind(
    "goal_behind",
    "A goal of the notice is behind the straight line of its season",
    "参保进度落后于时间进度",
    BUREAU,
    (Step("noted", "The township is on it", "已约谈督促"),),
    Alert(
        "{unit_name}: {goal} stands at {percent} %; {line} % would be due by now ({asked} % in the end).",
        "{unit_name}：{goal_zh}为 {percent}%，按时间进度应达 {line}%（目标 {asked}%）。",
        "See who has not paid (POST /v1/surveys/search), have villages go to them, send reminders.",
        "请调取未缴费名单，组织入户动员，并发送缴费提醒。",
    ),
)

#: A bulletin that the notice asks for was drafted, and nobody signs it.
BULLETIN_LATE = CaseKind(
    "bulletin_late",
    "A bulletin of the notice is not signed, and its day is over",
    "通知要求的通报到期未签发",
    BUREAU,
    (Step("noted", "Laid before the leader who signs", "已呈送签发"),),
    Alert(
        "{label} for the period to {period_to} should have been signed on {due_on} (clause {clause}): "
        "{department}.",
        "{department_zh}“{label_zh}”（截至 {period_to}）应于 {due_on} 签发（{clause}），尚未签发。",
        "Sign the draft, or refuse it and draft another (GET /v1/bulletins/due): a draft keeps later periods "
        "waiting.",
        "请签发通报草稿，或退回后重新拟制；草稿未处理前，后续各期不再拟制。",
    ),
)

#: Somebody helps with money, and no list says whom.
HELP_MONEY_WAITS = CaseKind(
    "help_money_waits",
    "Money of somebody who helps waits for a list",
    "社会资助款尚未对应到人",
    BUREAU,
    (Step("noted", "Asked whom it is for", "已联系资助方补交名单"),),
    Alert(
        "{yuan} yuan of arrival {arrival_id} ({payer}) are given to nobody.",
        "{payer_zh}到账 {arrival_id} 尚有 {yuan} 元未对应到人。",
        "Send the list (POST /v1/help-lists), or give back what nobody needs, by two (POST "
        "/v1/help-moneys/{arrival_id}/return); what was entered wrongly is taken back in subsidy, by two.",
        "请提交名单（POST /v1/help-lists），或由两人退回余款（POST /v1/help-moneys/{arrival_id}/return）；"
        "误登记的由两人在资助服务撤销。",
    ),
)
#: People were helped with money that had not come.
HELP_MONEY_SHORT = CaseKind(
    "help_money_short",
    "People were helped with money that was taken back",
    "已资助的款项被撤销，资金不足",
    BUREAU,
    (Step("noted", "The payer was told", "已告知资助方"),),
    Alert(
        "{yuan} yuan of arrival {arrival_id} ({payer}) are missing: their people are complete, and stay so.",
        "{payer_zh}到账 {arrival_id} 短缺 {yuan} 元：所资助人员已参保完成，不受影响。",
        "Have the payer pay; list the same people under the new arrival, and it bears them.",
        "请资助方补足款项，并以新的到账重新提交同一名单。",
    ),
)

KINDS = by_code(
    (
        *(GROUND_GONE, GROUND_BACK, SAME_PERSON, TWO_DEATHS, TICKET_OVERDUE, REGISTRATION_ENDS),
        *(DEADLINE_NEAR, DEADLINE_MISSED, ROSTER_MISSING, GOAL_BEHIND, BULLETIN_LATE),
        *(HELP_MONEY_WAITS, HELP_MONEY_SHORT, LOCKED_OUT),
    )
)
