"""What can stand in the way of a refund."""

from libs.common.web.problems import ProblemType

LINE_UNKNOWN = ProblemType(
    "payment-line-unknown",
    404,
    "This payment line is not known here",
    "未找到该缴费明细",
    "Check payment_id and line_no; a payment that has just arrived is known here a moment later.",
    "请核对 payment_id 和 line_no；刚到账的缴费稍后即可查到。",
)
NOT_COVERED = ProblemType(
    "refund-not-covered",
    409,
    "The money left of this payment line does not cover the refund",
    "该缴费明细的可退余额不足",
    "left_fen is what can still be refunded after earlier refunds and reimbursements; ask for at most that.",
    "left_fen 为扣除已退款和已补助后的可退金额，请按不超过该金额重新申请。",
)
BY_CHANNEL = ProblemType(
    "refund-by-channel",
    409,
    "The channel that took this money is giving it back",
    "该款项正由原渠道退回",
    "Wait until the refund request_no has ended: collection shows it under /v1/channel-refunds.",
    "请等待原路退款 request_no 办结，可在征缴服务 /v1/channel-refunds 查询。",
)
ONE_WAITS = ProblemType(
    "refund-waiting",
    409,
    "A refund of this payment line waits for a decision",
    "该缴费明细已有待审批的退费申请",
    "Have the case refund_id approved or rejected first.",
    "请先审批或驳回 refund_id 所指的申请。",
)
ALREADY_DECIDED = ProblemType(
    "refund-already-decided",
    409,
    "This refund is decided already",
    "该退费申请已处理",
    "Read the case; `state` says what became of it.",
    "请查询该申请，state 为当前状态。",
)
NOT_PROVIDED = ProblemType(
    "refund-not-provided",
    409,
    "The notice does not provide for giving a contribution back",
    "通知未规定可以退还已缴费用",
    "clause and rule say what the notice has. An exception needs exceptional, a reason and a second person.",
    "clause 与 rule 为通知的规定。例外办理请填写 exceptional 及理由，并由另一人审批。",
)
NOT_IN_TIME = ProblemType(
    "refund-not-in-time",
    409,
    "The notice lets nobody ask for this refund now",
    "现在不在通知规定的退费受理时间内",
    "clause says when. An exception needs exceptional, a reason and a second person.",
    "clause 为通知规定的受理时间。例外办理请填写 exceptional 及理由，并由另一人审批。",
)
PROOFS_MISSING = ProblemType(
    "refund-proofs-missing",
    409,
    "Papers that the notice asks for do not lie before",
    "缺少通知要求的证明材料",
    "Name in proofs the papers that were seen. An exception needs exceptional, a reason and a second person.",
    "请在 proofs 中填写已核验的材料。例外办理请填写 exceptional 及理由，并由另一人审批。",
)
REPAIR_WHOLE = ProblemType(
    "repair-refunded-whole",
    409,
    "A repaired year is given back whole or not at all",
    "补缴的断保年度只能全额退还",
    "Leave amount_fen out.",
    "请不要填写 amount_fen。",
)
REPAIR_USED = ProblemType(
    "repair-used",
    409,
    "Cover has begun by this repaired year",
    "该年度补缴已生效，待遇已开始享受",
    "It goes back with the contribution only. An exception needs exceptional, a reason and a second person.",
    "只能随当年缴费一并退还。例外办理请填写 exceptional 及理由，并由另一人审批。",
)
OWN_REQUEST = ProblemType(
    "maker-is-checker",
    403,
    "Whoever requested a refund cannot decide it",
    "退费申请人不得审批本人的申请",
    "Have another person with the scope subsidy:approve decide it.",
    "请由其他具有 subsidy:approve 权限的人员审批。",
)
UNPLACED = ProblemType(
    "refund-without-county",
    409,
    "Nobody has said to which county and year this money belongs",
    "未说明该款项所属的县和年度",
    "Reject this case and request it again with county and coverage_year.",
    "请驳回该申请，并填写 county 和 coverage_year 后重新申请。",
)
