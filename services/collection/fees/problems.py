"""The problems that only fees of channels can have."""

from libs.common.web.problems import ProblemType

FEE_OF_NO_YEAR = ProblemType(
    "fee-of-no-year",
    409,
    "No payment of this day is known, so nobody knows of which coverage year the fee is",
    "当日没有已知年度的缴费，手续费所属年度无法确定",
    "Have the differences of the day cleared first: ask the channel to notify its payments again.",
    "请先处理当日对账差异，请渠道补发缴费通知。",
)
FEE_NOT_BOOKED = ProblemType(
    "fee-not-booked",
    409,
    "The fee is not booked, or was reversed already",
    "该笔手续费未入账或已冲回",
    "GET /v1/channel-fees lists those that are booked.",
    "请用 GET /v1/channel-fees 查询已入账的手续费。",
)
