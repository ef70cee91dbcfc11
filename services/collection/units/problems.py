"""The reasons for which a unit cannot pay, and how each is mended."""

from libs.common.web.problems import ProblemType

UNIT_UNKNOWN = ProblemType(
    "unit-has-no-list",
    404,
    "No list of this unit has arrived here",
    "尚未收到该单位的名单",
    "Send the list to registration first (POST /v1/unit-lists); it arrives here within seconds.",
    "请先通过登记服务的 POST /v1/unit-lists 提交名单，名单数秒内到达。",
)
NOT_ITS_CHANNEL = ProblemType(
    "not-the-units-channel",
    422,
    "By the notice units of this kind do not pay through this channel",
    "按通知规定，此类单位不通过该渠道缴费",
    "Use one of allowed_channels; where there is none, the people pay by themselves.",
    "请使用 allowed_channels 所列渠道；没有的，由本人缴费。",
)
NOTHING_TO_PAY = ProblemType(
    "nothing-to-pay",
    409,
    "Nobody of the list has anything to pay now",
    "名单上目前没有需要缴费的人员",
    "left_out says why of each.",
    "left_out 列出每人的原因。",
)
