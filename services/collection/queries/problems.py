"""The problems of queries."""

from libs.common.web.problems import ProblemType

CHANNEL_NOT_ASKABLE = ProblemType(
    "channel-not-askable",
    422,
    "This channel cannot be asked about this payment",
    "该渠道无法查询此笔缴费",
    "Set `calls` of its account in the settings; UnionPay is asked by order_no only.",
    "请在渠道账户设置中配置 calls（我方密钥）；银联仅支持按订单号查询。",
)
