"""The problems that only the ledger can have."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import Problem, ProblemType

COUNTY_UNKNOWN = ProblemType(
    "county-unknown",
    404,
    "There is no notice of this county and year",
    "没有该县该年度的参保通知",
    "Use a county and coverage year that has a notice; registration lists them at GET /v1/notices.",
    "请使用已有通知的县和参保年度；登记服务 GET /v1/notices 可查询。",
    beside=(NOTICE_FAULTY,),
)
DEADLINE_UNKNOWN = ProblemType(
    "deadline-unknown",
    404,
    "The notice has no such deadline",
    "通知中没有该移交节点",
    "Use one of the deadlines that GET /v1/handovers lists.",
    "请使用 GET /v1/handovers 所列的移交节点。",
)
NOT_SEALED = ProblemType(
    "not-sealed",
    404,
    "This deadline is not sealed yet",
    "该移交节点尚未封存",
    "GET /v1/totals gives what is known now; close the deadline when it has come.",
    "可查询 GET /v1/totals 了解当前合计；到期后请先关账。",
)
NOT_PREPARED = ProblemType(
    "not-prepared",
    404,
    "The handover is not prepared: its days are not over, its turn has not come, or it is sealed",
    "移交数据尚未备好：核算期未结束、前一移交未封存，或已封存",
    "Look at the calendar of the handovers (GET /v1/handovers); a sealed one is given without /draft.",
    "请用 GET /v1/handovers 查看移交日程；已封存的请直接查询该移交。",
)
NOTHING_TO_HAND_OVER = ProblemType(
    "nothing-to-hand-over",
    409,
    "Nothing has moved in this month since the last handover",
    "该月自上次移交后没有变动",
    "Nothing has to be closed; what comes late is handed over in a month that GET /v1/handovers then lists.",
    "无需关账；迟到的变动由 GET /v1/handovers 届时所列的月份移交。",
)
EARLIER_DEADLINE_OPEN = ProblemType(
    "earlier-deadline-open",
    409,
    "An earlier deadline is not sealed yet",
    "之前的移交节点尚未封存",
    "Close the deadlines in the order of their cutoffs, starting with the one named in open_deadline_id.",
    "请按截止时间先后依次关账，先关 open_deadline_id 所示节点。",
)
CUTOFF_NOT_REACHED = ProblemType(
    "cutoff-not-reached",
    409,
    "The time that this deadline covers has not ended",
    "尚未到该节点的截止时间",
    "Close it at or after cutoff_at, when the late channel files have arrived; or send a forced_reason.",
    "请在 cutoff_at 之后、渠道迟到文件到齐后再关账；确需提前时请填写 forced_reason。",
)
CLOSING_BUSY = ProblemType(
    "closing-busy",
    503,
    "Another closing or movement of the same books is under way",
    "同一账簿正在关账或划转资金",
    "Repeat the request after the time in the Retry-After header.",
    "请在 Retry-After 所示时间后重试。",
)
REFERENCE_REUSED = ProblemType(
    "reference-reused",
    409,
    "The reference belongs to another movement",
    "该凭证号已用于另一笔资金划转",
    "Use the number of this movement's own paper; a repetition must be the same in every member.",
    "请填写本笔业务自己的凭证号；重复提交时各项内容须完全一致。",
)
MORE_THAN_THERE_IS = ProblemType(
    "more-than-there-is",
    409,
    "The account does not hold that much",
    "账户余额不足",
    "Compare the amount with balance_fen of the account; record the step before this one first.",
    "请核对账户余额 balance_fen；如上一环节尚未登记，请先登记。",
)
CHANNEL_MISSING = ProblemType(
    "channel-missing",
    422,
    "A settlement has to say whose money it is",
    "渠道结算须注明渠道",
    "Name the channel, or leave amount_fen out to settle all channels.",
    "请填写渠道；若结算全部渠道的全部资金，请不填 amount_fen。",
)
CASH_IS_DEPOSITED = ProblemType(
    "cash-is-deposited",
    422,
    "Cash in a collector's hands is banked by a deposit, not by a movement",
    "收款人手持现金须以解款登记入账，不能作资金划转",
    "Record the deposit with its slip in collection, at POST /v1/cash-deposits.",
    "请凭银行存款回单在征缴服务 POST /v1/cash-deposits 登记解款。",
)
PAYEE_MISSING = ProblemType(
    "payee-missing",
    422,
    "A hand-over of add-ons, and no other step, has to say to whom",
    "附加险移交须注明收款方，其他划转不填收款方",
    "Name the payee of the add-on as the notice does, with kind add_on_handover only.",
    "仅在 kind 为 add_on_handover 时填写通知所列的附加险收款方 payee。",
)
MOVEMENT_OFF_PATH = ProblemType(
    "movement-off-path",
    409,
    "The notice knows no step of the money like this one",
    "通知规定的资金路径中没有这一环节",
    "Compare with GET /v1/money-path. If the money has moved so, say why in moved_because: it is kept, "
    "with a case for finance.",
    "请对照 GET /v1/money-path；如资金确已划转，请在 moved_because 注明原因，系统予以登记并交财政核实。",
)
MOVEMENT_NOT_YOUR_STEP = ProblemType(
    "movement-not-your-step",
    403,
    "By the notice another department moves this money",
    "按通知规定该环节由其他部门办理",
    "Leave it to one of departments. If the money has moved so, say why in moved_because: it is kept, "
    "with a case for finance.",
    "请由 departments 所列部门办理；如资金确已划转，请在 moved_because 注明原因，系统予以登记并交财政核实。",
)
ALREADY_REVERSED = ProblemType(
    "already-reversed",
    409,
    "The movement cannot be reversed",
    "该笔资金划转不能冲销",
    "A movement is reversed once, and a reversal is not reversed: record the movement again.",
    "每笔划转只能冲销一次，冲销记录本身不能再冲销；请重新登记正确的划转。",
)
MONTH_UNKNOWN = ProblemType(
    "month-unknown",
    404,
    "Nothing is booked in this month or before it",
    "该月及以前没有账目",
    "Use one of the accounting months that GET /v1/periods lists.",
    "请使用 GET /v1/periods 所列的会计期间。",
)
MONTH_NOT_OVER = ProblemType(
    "month-not-over",
    409,
    "The month is not over",
    "该月尚未结束",
    "Lock it on the first of the next month or later.",
    "请在次月一日以后锁定。",
)
EARLIER_MONTH_FIRST = ProblemType(
    "month-out-of-turn",
    409,
    "Another month has its turn first",
    "应先办理其他会计期间",
    "Months are locked and closed in their order, and reopened from the last one; begin with month.",
    "会计期间须依次锁定、结账，并从最后锁定的月份起解锁；请先办理 month 所示月份。",
)
MONTH_STANDS_OTHERWISE = ProblemType(
    "month-stands-otherwise",
    409,
    "This cannot be done with a month that stands so",
    "该会计期间当前状态不能办理此项",
    "An open month is locked, a locked one closed or reopened; a closed one stays as it is, and what was "
    "wrong is put right in the open month.",
    "未锁定的先锁定，已锁定的方可结账或解锁；已结账的不再变更，差错在未结账月份更正。",
)
MONTH_NOT_SOUND = ProblemType(
    "month-not-sound",
    409,
    "The month does not hold together, and is not closed",
    "该会计期间检查未通过，不能结账",
    "Mend what items names; what has to be booked in the month itself needs it reopened.",
    "请处理 items 所列问题；须在本月补记的，请先解锁。",
)


def more_than_there_is(account: str, there_fen: int, wanted_fen: int) -> Problem:
    """Say that an account holds less than is to leave it."""
    return MORE_THAN_THERE_IS.problem(
        f"{account} holds {there_fen} fen, not {wanted_fen}.",
        f"账户 {account} 余额 {there_fen} 分，不足 {wanted_fen} 分。",
        account=account,
        balance_fen=there_fen,
        wanted_fen=wanted_fen,
    )
