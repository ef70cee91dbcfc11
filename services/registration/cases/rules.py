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

KINDS = by_code((GROUND_GONE,))
