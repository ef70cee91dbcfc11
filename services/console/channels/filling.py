"""The forms that try a channel or take a secret out."""

from services.console.channels.naming import SIGNATURES
from services.console.channels.schemas import Channel, Key
from services.console.channels.showing import way_of
from services.console.forms.rules import Fact, Sheet
from services.console.pages.rules import minute
from services.console.worklists.naming import named


def trying(one: Channel) -> Sheet:
    """The form that tries a channel."""
    said = [named(SIGNATURES, code) for code in one.signed_by]
    done = (
        ("向查询网关询问一笔不存在的订单。", "The gateway is asked about an order that nobody has.")
        if one.is_asked
        else (
            "用最新密钥签一条测试通知，从接收入口送入。",
            "A sample, signed by the newest secret, goes through our own door.",
        )
    )
    facts = (
        Fact("渠道", "Channel", one.channel, one.channel),
        Fact("签名方式", "Signed by", "、".join(zh for zh, _ in said), ", ".join(en for _, en in said)),
        Fact("测试", "What is done", *done),
        Fact("影响", "What follows", "不涉及任何款项和人员。", "Nothing: it is about no money and nobody."),
    )
    return Sheet(
        "测试渠道", "Try a channel", "开始测试", "Try it", (), way_of(one.channel), facts, ready=True
    )


def retiring(one: Channel, key: Key) -> Sheet:
    """The form that takes a secret out."""
    made = minute(key.made_at) if key.made_at else ""
    facts = (
        Fact("渠道", "Channel", one.channel, one.channel),
        Fact("密钥指纹", "Fingerprint", key.fingerprint, key.fingerprint),
        Fact("启用时间", "Made at", made, made),
    )
    return Sheet("停用密钥", "Take a secret out", "下一步", "Go on", (), way_of(one.channel), facts)


def retires_will(one: Channel, key: Key) -> list[Fact]:
    """What taking a secret out will do."""
    facts = [
        Fact(
            "停用", "Taken out", f"指纹 {key.fingerprint} 的密钥几秒内不再认可，不可恢复。",
            f"The secret {key.fingerprint} is believed no more within seconds, and cannot come back.",
        ),
    ]  # fmt: skip
    if len(one.keys) == 1:
        facts.append(
            Fact(
                "注意", "Mind", "这是该渠道唯一的密钥：停用后其通知全部拒收。",
                "It is the only one: all that the channel sends is refused from then on.",
            )
        )  # fmt: skip
    return facts
