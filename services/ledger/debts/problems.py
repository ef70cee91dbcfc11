"""The problems that only slips and their days can have."""

from libs.common.web.problems import ProblemType

SLIP_PAYS_NO_DAYS = ProblemType(
    "slip-pays-no-days",
    409,
    "The movement pays no days of this channel",
    "该笔资金划转没有对应该渠道的收款日期",
    "Name a channel that the movement settled; a reversal, and what was reversed, pays nothing.",
    "请填写该笔划转所结算的渠道；冲销记录及已冲销的划转不对应任何日期。",
)
SLIP_DIFFERS = ProblemType(
    "slip-differs",
    422,
    "The days do not add up to what the slip pays",
    "各日金额合计与划款金额不符",
    "Name days whose amounts together are amount_fen; a day that is taken off has a negative amount.",
    "请使各日金额之和等于 amount_fen；抵减的日期填写负数金额。",
)
