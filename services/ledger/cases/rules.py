"""The kinds of cases about the books."""

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code

FINANCE = "finance_officer"
#: Why a case is closed by itself.
REVERSED = "reversed"
FIGURES_AGREE = "figures_agree"
#: From then on the case is one about the sealed paper.
HANDOVER_SEALED = "handover_sealed"

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

#: The days of a handover are over, and what it would be is there to be looked through.
HANDOVER_PREPARED = CaseKind(
    "handover_prepared",
    "A handover is prepared, to be sealed and signed",
    "移交数据已备好，待封存签认",
    FINANCE,
    _SEEN,
    Alert(
        "The handover {deadline_id} ({label}), due on {due_on}, is prepared: {heads} people, {yuan} yuan.",
        "{label_zh}（{deadline_id}）已备好：{heads} 人，{yuan} 元，应于 {due_on} 前完成。",
        "Look the draft and the papers of the parties through; once the files of all channels are in, close "
        "the handover, and have the parties sign.",
        "请各方核对草稿（移交数据及各方移交单）；各渠道文件到齐后封存，再由各方签认。",
    ),
)
#: What a handover would be cannot be made.
HANDOVER_UNPREPARED = CaseKind(
    "handover_unprepared",
    "A handover could not be prepared",
    "移交数据未能备好",
    FINANCE,
    _SEEN,
    Alert(
        "The handover {deadline_id} ({label}) could not be prepared, {tries} times: {trouble}",
        "{label_zh}（{deadline_id}）{tries} 次未能备好：{trouble}",
        "Have the operator look at the log of the ledger; it is tried again by itself.",
        "请运维人员查看账务服务日志；系统会自动重试。",
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

#: What collection has of a day of a channel is not what is posted of it, for longer than messages need.
CHANNEL_DAY_LEDGER = CaseKind(
    "channel_day_ledger",
    "Collection has other sums of a day of a channel than are posted",
    "渠道日合计：征缴与账务不一致",
    FINANCE,
    (Step("noted", "It is looked into", "正在核查"),),
    Alert(
        "What collection has of {channel_en} on {business_on} and what is posted differ by {yuan} yuan.",
        "渠道 {channel_zh} {business_on} 的征缴合计与账务入账相差 {yuan} 元。",
        "Look at GET /v1/channel-day-totals; have the operator look at dead letters, and compare with canbao "
        "verify.",
        "请查看 GET /v1/channel-day-totals，并由运维人员检查未处理消息、用 canbao verify 核对。",
    ),
)

KINDS = by_code(
    (
        *(OFF_PATH, DIFFERS, HANDOVER_DUE, HANDOVER_OVERDUE, HANDOVER_PREPARED, HANDOVER_UNPREPARED),
        CHANNEL_DAY_LEDGER,
    )
)


def subject_of(movement_id: int) -> str:
    """What a case about a movement is about."""
    return f"movements/{movement_id}"
