"""What can stand in the way of giving money back by its channel."""

from libs.common.web.problems import ProblemType

CHANNEL_CANNOT_REFUND = ProblemType(
    "channel-cannot-refund",
    422,
    "This channel cannot be asked to give money back",
    "该渠道不支持由本系统发起原路退款",
    "Set `calls` of its account, or its address in REFUND_CALLS; or have a card get it (POST /v1/refunds).",
    "请配置渠道账户的 calls（我方密钥）或 REFUND_CALLS（退款地址），或办理退费至银行卡（POST /v1/refunds）。",
)
UNDER_WAY = ProblemType(
    "channel-refund-under-way",
    409,
    "Money of this line is being given back by its channel",
    "该笔资金正在原路退回",
    "Wait until the refund request_no has ended: see it under /v1/channel-refunds.",
    "请等待原路退款 request_no 办结，可在 /v1/channel-refunds 查询。",
)
EXCEEDS = ProblemType(
    "channel-refund-exceeds",
    409,
    "Less than that is left of this money",
    "该笔资金余额不足",
    "left_fen is what is left; ask for at most that, or leave amount_fen out for all of it.",
    "left_fen 为剩余金额，请按不超过该金额申请，或不填 amount_fen 以退回全部余额。",
)
IN_TREASURY = ProblemType(
    "channel-refund-in-treasury",
    409,
    "The channel has paid this money into the treasury already",
    "该笔资金已入库，渠道不能原路退回",
    "Have tax and finance refund it to a card (POST /v1/refunds); account and business_on say where it is.",
    "请按退库办理：经税务、财政退费至银行卡（POST /v1/refunds）；account、business_on 为入库账户及渠道日期。",
)
TOO_LATE = ProblemType(
    "channel-refund-too-late",
    409,
    "The channel gives back nothing of a payment that is so old",
    "该笔缴费已超过渠道可退款期限",
    "until says until when it could; have the money refunded to a card (POST /v1/refunds).",
    "until 为渠道可退款截止时间，请办理退费至银行卡（POST /v1/refunds）。",
)
TOO_OFTEN = ProblemType(
    "channel-refund-too-often",
    409,
    "The channel gives back nothing more of a payment of which it gave so often",
    "该笔缴费的部分退款次数已达渠道上限",
    "most is how often it does; have the rest refunded to a card (POST /v1/refunds).",
    "most 为渠道允许的次数，余款请办理退费至银行卡（POST /v1/refunds）。",
)
