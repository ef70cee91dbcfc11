"""The alerts about addresses that are told of facts."""

from libs.common.cases.kinds import Alert, CaseKind, Step, by_code

#: Why an alert is over.
RESUMED = "resumed"
#: An address took nothing for long, or wants nothing more; nothing is told to it.
ADDRESS_PAUSED = CaseKind(
    "webhook_paused",
    "Nothing is told to an address any more",
    "已暂停向某接收地址推送",
    "operator",
    (Step("noted", "Whoever has the address is asked", "正在联系接收方"),),
    Alert(
        "Nothing is told to {address} (subscription {subscription_id}): {why}. What happens is kept for it.",
        "已暂停向 {address}（订阅 {subscription_id}）推送：{why_zh}。其间发生的事实保存备推。",
        "Ask whoever has the address, send a test message, and resume the subscription "
        "(POST /v1/subscriptions/{subscription_id}/resume).",
        "请联系接收方，发送测试消息，正常后恢复该订阅（POST /v1/subscriptions/{subscription_id}/resume）。",
    ),
)

KINDS = by_code([ADDRESS_PAUSED])


def subject_of(subscription_id: int) -> str:
    """What an alert about a subscription is about."""
    return f"subscriptions/{subscription_id}"
