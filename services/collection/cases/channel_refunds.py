"""The kinds of cases about money that channels are asked to give back."""

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code
from services.collection.cases.rules import COLLECTOR, NOTED

#: The channel could not give it to whoever had paid: the card is closed, or the account.
ABNORMAL = CaseKind(
    "channel_refund_abnormal",
    "A channel could not give money back to who had paid",
    "渠道原路退款异常，未能退至付款账户",
    COLLECTOR,
    (
        Step(
            "to_card",
            "The channel has given it up: it goes to a card instead",
            "渠道已终止退款，改为退至银行卡",
        ),
        Step(
            "at_channel",
            "The channel pays it in another way, and will tell",
            "已由渠道另行退款，等待渠道通知",
        ),
    ),
)
#: It was not carried out; the money waits in suspense as before.
UNDONE = CaseKind(
    "channel_refund_undone",
    "Money did not go back by its channel and waits in suspense again",
    "原路退款未办成，资金仍在挂账",
    COLLECTOR,
    (NOTED,),
)
#: Banks take days, and not weeks.
LATE = CaseKind(
    "channel_refund_late",
    "A channel has not said for days what became of money that it is to give back",
    "原路退款多日未办结",
    COLLECTOR,
    (Step("noted", "Asked the channel", "已与渠道联系"),),
    Alert(
        "{count} refunds of {yuan} yuan by channels are under way for more than {days} days, the oldest "
        "since {oldest_on}.",
        "有 {count} 笔原路退款（{yuan} 元）超过 {days} 天未办结，最早为 {oldest_on}。",
        "See GET /v1/channel-refunds; ask the channel about each by its request_no.",
        "请查看 GET /v1/channel-refunds，逐笔以 request_no 与渠道核实。",
    ),
)

CHANNEL_REFUND_KINDS = by_code((ABNORMAL, UNDONE, LATE))
