"""What can stand in the way of sending a payout again."""

from libs.common.web.problems import ProblemType

NOT_RETRIABLE = ProblemType(
    "payout-not-retriable",
    409,
    "This payout cannot be sent again",
    "该笔款项不能重新发放",
    "Only a payout that the bank failed or returned (state needs_card) can be retried.",
    "只有银行报告失败或退回（状态 needs_card）的款项可以重新发放。",
)
