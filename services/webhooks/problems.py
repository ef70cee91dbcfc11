"""The problems that rooms of this service share."""

from libs.common.web.catalogue import NOTICE_FAULTY
from libs.common.web.problems import ProblemType

COUNTY_WITHOUT_NOTICE = ProblemType(
    "county-without-notice",
    422,
    "There is no notice of the county, or the division does not lie in it",
    "没有该县的通知，或区划不在该县范围内",
    "Name a county that has a notice under policies, and a division within it, or leave one of them out.",
    "请填写 policies 目录中有通知的县，并填写该县范围内的区划；也可只填其一。",
    beside=(NOTICE_FAULTY,),
)
ADDRESS_REFUSED = ProblemType(
    "webhook-address-refused",
    422,
    "Nothing may be sent to this address",
    "不允许向该地址发送通知",
    "Name a public https address. One of an internal network has to be listed by the operator in "
    "CANBAO_INTERNAL_NETWORKS; `why` says what is wrong.",
    "请使用公网 https 地址。内网地址须由运维人员列入 CANBAO_INTERNAL_NETWORKS；原因见 why。",
)
SUBSCRIPTION_NOT_PAUSED = ProblemType(
    "subscription-not-paused",
    409,
    "The subscription is not paused",
    "该订阅未暂停",
    "Look at state and pause_reason in GET /v1/subscriptions.",
    "订阅状态及暂停原因见 GET /v1/subscriptions。",
)
