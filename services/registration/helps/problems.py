"""What can stand in the way of helping by a list, and of taking a line back."""

from libs.common.web.problems import ProblemType

HELP_MONEY_UNKNOWN = ProblemType(
    "help-money-unknown",
    409,
    "No money of somebody who helps by lists is known under this arrival",
    "没有登记该笔社会资助到账",
    "Enter the money first (POST /v1/fund-arrivals of subsidy) under a payer of `help_by_others`, and send "
    "the list with its arrival_id a moment later. Money that was taken back helps nobody.",
    "请先在资助服务登记到账（POST /v1/fund-arrivals，资助方须为通知 help_by_others 所列），"
    "稍后以其 arrival_id 提交名单。已撤销的到账不能资助。",
)
HELP_STANDS = ProblemType(
    "help-stands",
    409,
    "The help cannot be taken back from the list",
    "该条资助不能从名单撤回",
    "The line is withdrawn already, or its person is complete: that stands for the year. What was never "
    "right there is withdrawn with the cover (cases of registration).",
    "该条已撤回，或本人已参保完成（当年有效）。确属错误的，请通过案件撤销参保与资助。",
)
HELP_MONEY_TOO_LITTLE = ProblemType(
    "help-money-too-little",
    409,
    "Less than that is left of the money",
    "该笔款项的余额不足",
    "Give back `left_fen` at most; take lines back first whose people are not to be helped (POST "
    "/v1/help-lines/{line_id}/withdrawal).",
    "退回金额不得超过 left_fen；名单中不应资助的，请先撤回（POST /v1/help-lines/{line_id}/withdrawal）。",
)
HELP_RETURNED = ProblemType(
    "help-returned",
    409,
    "Money went back by this paper before",
    "该凭证号的退款已登记",
    "Nothing is left to do; of another paper give its own number.",
    "无需重复登记；另一笔退款请填写其自身的凭证号。",
)
