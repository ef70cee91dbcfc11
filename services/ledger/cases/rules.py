"""The kinds of cases about the books."""

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code

FINANCE = "finance_officer"
#: Why a case is closed by itself.
REVERSED = "reversed"
FIGURES_AGREE = "figures_agree"

#: Money has moved as no step of the notice has it, or by another department than the notice's.
OFF_PATH = CaseKind(
    "movement_off_path",
    "Money moved otherwise than the notice has it",
    "资金划转未按通知规定的路径或部门办理",
    FINANCE,
    (Step("accept", "It was right so: it stands as it is", "情况属实，予以认可", two_persons=True),),
)

_SEEN = (Step("noted", "The parties are on it", "各方正在对账"),)
#: A handover of the notice is due within days.
HANDOVER_DUE = CaseKind(
    "handover_due",
    "A handover of the notice is due soon",
    "对账移交期限临近",
    FINANCE,
    _SEEN,
    Alert(
        "The handover {deadline_id} ({label}) is due on {due_on} and is not sealed.",
        "{label_zh}（{deadline_id}）应于 {due_on} 前完成，尚未封存。",
        "Compare heads and money (GET /v1/totals), then close the handover.",
        "请核对人数与金额，并封存移交数据。",
    ),
)
#: The day of a handover is over, and it is not sealed.
HANDOVER_OVERDUE = CaseKind(
    "handover_overdue",
    "The day of a handover is over, and it is not sealed",
    "对账移交逾期",
    FINANCE,
    _SEEN,
    Alert(
        "The handover {deadline_id} ({label}) was due on {due_on} and is not sealed.",
        "{label_zh}（{deadline_id}）应于 {due_on} 前完成，已逾期未封存。",
        "Ask the parties what is missing, then close the handover; handovers are closed in order.",
        "请向各方核实未完成事项，按顺序封存移交数据。",
    ),
)

#: A party to a handover has other figures than we.
DIFFERS = CaseKind(
    "handover_differs",
    "A party to the handover has other figures",
    "移交单位的数据与系统不一致",
    FINANCE,
    (Step("explain", "It is explained: our figures stand", "差异已说明，以系统数据为准", two_persons=True),),
)

KINDS = by_code([OFF_PATH, DIFFERS, HANDOVER_DUE, HANDOVER_OVERDUE])


def subject_of(movement_id: int) -> str:
    """What a case about a movement is about."""
    return f"movements/{movement_id}"
