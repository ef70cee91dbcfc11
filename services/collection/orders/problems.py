"""The problems of opening a payment."""

from libs.common.web.problems import ProblemType

NOT_PREPAID = ProblemType(
    "channel-opens-no-payment",
    422,
    "Payments of this channel cannot be opened here",
    "本系统无法在该渠道预下单",
    "An operator sets `calls` of the channel's account at WeChat Pay, and CANBAO_COLLECTION_PUBLIC_URL.",
    "请运维人员配置微信支付账户的 calls 和 CANBAO_COLLECTION_PUBLIC_URL。",
)
ORDER_NOT_PAYABLE = ProblemType(
    "order-not-payable",
    409,
    "The order cannot be paid any more",
    "订单已不能支付",
    "Make a new order, unless this one is paid.",
    "订单未支付的，请重新下单。",
)
NOT_OPENED = ProblemType(
    "payment-not-opened",
    503,
    "The channel did not open the payment",
    "渠道未受理预下单",
    "Try again in a moment; `fault` says what it answered.",
    "请稍后重试；渠道答复见 fault。",
)
