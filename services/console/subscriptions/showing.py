"""Puts together the page of a subscription: how its address answers, and what it was told."""

from datetime import datetime

from services.console.forms.rules import Fact
from services.console.home.rules import may
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import minute
from services.console.session.rules import Visitor
from services.console.subscriptions.naming import ANSWERS, DELIVERIES, PAUSES
from services.console.subscriptions.schemas import (
    Deliveries,
    Delivery,
    Replayed,
    Resumed,
    Subscription,
    Tried,
)
from services.console.worklists.naming import SUBSCRIPTIONS, named
from services.console.worklists.rules import Cell, Column, Table, number, words

#: Parts of the log by their words in addresses.
CHOICES = (("", "全部", "all"), *((state, *said) for state, said in DELIVERIES.items()))


def way_of(subscription_id: int) -> str:
    """The page of a subscription."""
    return f"subscriptions/{subscription_id}"


def is_paused(one: Subscription) -> bool:
    """Whether nothing is told at the moment."""
    return one.state == "paused"


def facts_of(one: Subscription) -> list[Fact]:
    """What is known of a subscription; above each of its forms, too."""
    fingerprints = "、".join(one.fingerprints), ", ".join(one.fingerprints)
    facts = [
        Fact("接收地址", "Address", one.url, one.url),
        Fact("状态", "State", *named(SUBSCRIPTIONS, one.state)),
        Fact("待推送", "Waiting", f"{one.waiting:,}", f"{one.waiting:,}"),
        Fact("最近送达", "Taken last", *_at(one.taken_at)),
        Fact("密钥指纹", "Fingerprints", *fingerprints),
    ]
    if one.note:
        facts.insert(1, Fact("备注", "Note", one.note, one.note))
    if one.pause_reason:
        since = f" {minute(one.paused_at)}" if one.paused_at else ""
        zh, en = named(PAUSES, one.pause_reason)
        facts.append(Fact("暂停原因", "Why it is paused", zh + since, en + since))
    if one.failures and one.failing_since:
        at = minute(one.failing_since)
        facts.append(
            Fact("连续失败", "Failures", f"{one.failures} 次，自 {at}", f"{one.failures} since {at}")
        )
    return facts


def _more(one: Subscription) -> list[Fact]:
    kinds = one.kinds
    which = ("、".join(kinds), ", ".join(kinds)) if kinds else ("全部", "all")
    made = f"{one.made_by} {minute(one.made_at)}"
    place = one.division_code or one.county
    return [
        Fact("范围", "Of where", *((place, place) if place else ("全部区划", "everywhere"))),
        Fact("事实类型", "Kinds of facts", *which),
        Fact("设立", "Made", made, made),
    ]


def _at(instant: datetime | None) -> tuple[str, str]:
    return (minute(instant), minute(instant)) if instant else ("从未", "never")


def subscription_page(
    visitor: Visitor, one: Subscription, log: Deliveries, chosen: str = "", said: tuple[str, str] = ("", "")
) -> Shown:
    """One subscription with its log; `said` is what came of what was just done."""
    columns = [
        Column("发生时间", "Happened at"), Column("事实类型", "Kind"), Column("状态", "State"),
        Column("次数", "Tries", right=True), Column("应答", "Answer"), Column("最近推送", "Tried at"),
        Column("下次推送", "Next try"), Column("编号", "webhook-id"),
    ]  # fmt: skip
    table = Table(columns, [_row(each) for each in log.items], log.next_after)
    part = Part("推送记录", "Deliveries", table, CHOICES, chosen)
    return Shown(
        f"推送订阅 {one.subscription_id}", f"Subscription {one.subscription_id}", "subscriptions", "推送订阅",
        "Webhooks", [*facts_of(one), *_more(one)], [part], _acts(visitor, one), *said,
    )  # fmt: skip


def _acts(visitor: Visitor, one: Subscription) -> list[Act]:
    if not may(visitor, "webhooks:write"):
        return []
    way = way_of(one.subscription_id)
    acts = [
        Act(f"{way}/test", "测试", "Try it", second=is_paused(one)),
        Act(f"{way}/replay", "重新推送", "Tell it again", second=True),
    ]
    if is_paused(one):
        acts.insert(0, Act(f"{way}/resume", "恢复推送", "Resume"))
    return acts


def _row(one: Delivery) -> list[Cell]:
    return [
        words(minute(one.at)), words(one.type),
        words(*named(DELIVERIES, one.state), warn=one.state == "given_up"), number(one.tries),
        words(*named(ANSWERS, one.answer or "")), words(minute(one.tried_at) if one.tried_at else ""),
        words(minute(one.next_try_at) if one.next_try_at else ""), words(one.webhook_id),
    ]  # fmt: skip


def tried_says(tried: Tried) -> tuple[str, str]:
    """What came of a test message."""
    if tried.taken:
        return (
            f"测试消息已被接收（应答 {tried.answer}，编号 {tried.webhook_id}）。",
            f"The test message was taken (answer {tried.answer}, webhook-id {tried.webhook_id}).",
        )
    answer_zh, answer = named(ANSWERS, tried.answer)
    return (
        f"测试消息未被接收：{answer_zh}（编号 {tried.webhook_id}）。请联系接收方排查后再试。",
        f"The test message was not taken: {answer} (webhook-id {tried.webhook_id}). Ask the receiver.",
    )


def resumed_says(resumed: Resumed) -> tuple[str, str]:
    """What waits for an address that is told again."""
    return (
        f"已恢复推送，积压的 {resumed.waiting:,} 条依次推送。",
        f"It is told again: {resumed.waiting:,} that waited come first, in order.",
    )


def replayed_says(replayed: Replayed) -> tuple[str, str]:
    """How much is told again."""
    if not replayed.facts:
        return (
            "该时段没有留存的事实，或均已在待推送之列。",
            "Nothing of that time is kept, or all of it waits to be told already.",
        )
    return (
        f"该时段的 {replayed.facts:,} 条事实已列入待推送。",
        f"{replayed.facts:,} facts of that time will be told again.",
    )
