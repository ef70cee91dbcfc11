"""The kinds of cases about people and their cover, and the steps that can be taken about each."""

from libs.common.cases.kinds import CaseKind, Step, by_code

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
)

#: Whoever has not registered by then pays late, or not at all.
REGISTRATION_ENDS = CaseKind(
    "registration_ends",
    "A registration that has a deadline of its own ends within a week",
    "单独规定截止日的参保登记即将截止",
    "township_officer",
    (Step("noted", "Villages and units know", "已通知村（社区）和单位"),),
)

KINDS = by_code((GROUND_GONE, GROUND_BACK, SAME_PERSON, TWO_DEATHS, TICKET_OVERDUE, REGISTRATION_ENDS))
