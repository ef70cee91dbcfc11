"""The problems of orders for two years, and of opening a payment."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import ProblemType

EARLIER_YEAR_FIRST = ProblemType(
    "earlier-year-first",
    409,
    "By the notice at least one of the persons pays the coverage year before first",
    "按通知，所选人员中有人须先缴上一年度",
    "Name those listed under errors in earlier_year as well, so that one order pays both years; or pay that "
    "year by an order of its own first.",
    "请将 errors 中列出的人员同时列入 earlier_year，一次缴清两个年度；或先为上一年度单独下单缴费。",
)
EARLIER_NOTICE_MISSING = ProblemType(
    "earlier-notice-missing",
    409,
    "There is no notice of the coverage year before: nobody can say what it costs",
    "没有上一年度的通知，无法核定上一年度费用",
    "Have the bureau put the notice of that year under policies/; until then order this year without it.",
    "请医保部门先补充上一年度的通知文件（policies/）；在此之前请仅为本年度下单。",
    beside=(NOTICE_FAULTY,),
)
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
