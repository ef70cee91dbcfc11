"""The forms that test an address, resume it, or tell it again what happened in a time."""

from collections.abc import Mapping

from services.console.forms.rules import Fact, Fault, Field, Sheet
from services.console.receipts.rules import instant_of, minute_of
from services.console.subscriptions.schemas import Subscription
from services.console.subscriptions.showing import facts_of, way_of

_MINUTE_ZH, _MINUTE = "如 2020-11-20 16:40。", "Such as 2020-11-20 16:40."
_FROM = Field("from_at", "起", "From", most=40, hint_zh=_MINUTE_ZH, hint=_MINUTE, reads=minute_of)
_UNTIL = Field("until_at", "止", "Until", most=40, hint_zh=_MINUTE_ZH, hint=_MINUTE, reads=minute_of)


def testing(one: Subscription) -> Sheet:
    """The form that sends a test message."""
    does = Fact(
        "测试", "What is done", "用现行密钥签一条 canbao.webhook.test 消息，推送到该地址，显示应答。",
        "A message canbao.webhook.test, signed as all others, is sent there, and the answer is shown.",
    )  # fmt: skip
    follows = Fact(
        "影响", "What follows", "不涉及任何人员和款项，订阅状态不变。", "Nothing: it tells of nobody."
    )
    facts = (*facts_of(one), does, follows)
    return Sheet(
        "测试推送", "Try an address", "开始测试", "Try it", (), way_of(one.subscription_id), facts, ready=True
    )


def resuming(one: Subscription) -> Sheet:
    """The form that has a paused address told again."""
    facts = tuple(facts_of(one))
    return Sheet("恢复推送", "Resume", "下一步", "Go on", (), way_of(one.subscription_id), facts)


def resumes_will(one: Subscription) -> list[Fact]:
    """What resuming will do."""
    return [
        Fact(
            "推送", "Told", f"积压的 {one.waiting:,} 条按发生先后依次推送，其后恢复正常。",
            f"{one.waiting:,} that waited, in order, and whatever happens from now on.",
        ),
        Fact(
            "注意", "Mind", "请先测试，确认接收方已恢复；仍长时间失败的再次自动暂停。",
            "Try it first: an address that fails on for long is paused again.",
        ),
    ]  # fmt: skip


def replaying(one: Subscription) -> Sheet:
    """The form that tells facts of a time again."""
    return Sheet(
        "重新推送", "Tell it again", "下一步", "Go on", (_FROM, _UNTIL), way_of(one.subscription_id),
        tuple(facts_of(one)), together=_in_order,
    )  # fmt: skip


def _in_order(typed: Mapping[str, str]) -> list[Fault]:
    if minute_of(typed["from_at"]) < minute_of(typed["until_at"]):
        return []
    return [Fault("until_at", "“止”须晚于“起”。", "“Until” has to be after “From”.")]


def replays_will(typed: Mapping[str, str]) -> list[Fact]:
    """What telling again will do."""
    span = f"{typed['from_at']} — {typed['until_at']}"
    return [
        Fact("时段", "Of", span, span),
        Fact(
            "推送", "Told", "该时段内仍留存的事实，以原编号（webhook-id）再推送一次。",
            "Facts of that time that are kept, once more under the same webhook-id.",
        ),
        Fact(
            "注意", "Mind", "接收方须按编号去重，否则会重复处理。",
            "The receiver has to know repeats by their webhook-id.",
        ),
    ]  # fmt: skip


def replay_body(typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    return {name: instant_of(typed[name]) for name in ("from_at", "until_at")}
