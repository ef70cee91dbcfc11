"""The kinds of cases about the books."""

from libs.common.cases.kinds import CaseKind, Step, by_code

FINANCE = "finance_officer"
#: Why a case is closed by itself.
REVERSED = "reversed"

#: Money has moved as no step of the notice has it, or by another department than the notice's.
OFF_PATH = CaseKind(
    "movement_off_path",
    "Money moved otherwise than the notice has it",
    "资金划转未按通知规定的路径或部门办理",
    FINANCE,
    (Step("accept", "It was right so: it stands as it is", "情况属实，予以认可", two_persons=True),),
)

KINDS = by_code([OFF_PATH])


def subject_of(movement_id: int) -> str:
    """What a case about a movement is about."""
    return f"movements/{movement_id}"
