"""Tells what was ordered for a person, and what was tried to pay it."""

from collections.abc import Iterator

from services.console.pages.rules import amount, minute
from services.console.persons.money_schemas import Attempt, Order, RefusedOrder
from services.console.persons.rules import Called, Event, named
from services.console.persons.words import (
    ANSWERS,
    DEBIT_OUTCOMES,
    ORDER_CLOSINGS,
    ORDER_STATES,
    REFUSALS,
    WAYS,
)

#: The installation or the channel is at fault, not who tried: somebody has to see to it.
_NOT_THEIRS = ("channel-opens-no-payment", "payment-not-opened")


def told_of_order(order: Order, called: Called) -> Iterator[Event]:
    """What happened to an order, from when it was made to its end; that it was paid its payment tells."""
    channel_zh, channel = named(called.channels, order.channel)
    until = minute(order.expires_at)
    with_zh, with_others = "", ""
    if order.people > 1:
        sum_zh, sum_en = amount(order.order_fen)
        with_zh = f"，{order.people} 人合并缴费共 {sum_zh}"
        with_others = f", {order.people} people together {sum_en}"
    yield Event(
        order.created_at,
        f"下单（{channel_zh}，订单号 {order.order_no}，{order.created_by} 提交{with_zh}），支付截止 {until}",
        f"Ordered ({channel}, order {order.order_no}, by {order.created_by}{with_others}),"
        f" to be paid by {until}",
        order.amount_fen,
    )
    for one in order.attempts:
        yield from _attempt(order, one)
    yield from _end(order)


def told_of_refusal(one: RefusedOrder, called: Called) -> Event:
    """That somebody wanted to order for the person, and why that was refused."""
    channel_zh, channel = named(called.channels, one.channel)
    whom_zh, whom = ("", "") if one.about_person else ("（因订单中的其他人）", " (for another one in it)")
    return Event(
        one.refused_at,
        f"下单未成功（{channel_zh}，{one.refused_by} 提交）：{one.title_zh}{whom_zh}",
        f"An order was refused ({channel}, by {one.refused_by}): {one.title}{whom}",
    )


def _end(order: Order) -> Iterator[Event]:
    no = order.order_no
    if order.state == "expired":
        yield Event(order.expires_at, f"订单 {no} 过期未支付", f"Order {no} expired without being paid")
    elif order.state == "cancelled" and order.cancelled_at is not None:
        said_zh, said = f"订单 {no} 已取消", f"Order {no} cancelled"
        if order.close_reason is not None:
            why_zh, why = named(ORDER_CLOSINGS, order.close_reason)
            said_zh, said = f"订单 {no} 自动关闭：{why_zh}", f"Order {no} closed by itself: {why}"
        yield Event(order.cancelled_at, said_zh, said)


def _attempt(order: Order, one: Attempt) -> Iterator[Event]:
    if one.kind == "opened":
        yield _opened(order, one)
    elif one.kind == "debited":
        yield from _debited(order, one)
    else:
        yield _asked(order, one)


def _opened(order: Order, one: Attempt) -> Event:
    way_zh, way = named(WAYS, one.way or "")
    of_zh, of = f"（订单 {order.order_no}，{way_zh}）", f" (order {order.order_no}, {way})"
    if one.refusal is None:
        said = f"尝试支付{of_zh}：已打开渠道支付页", f"Tried to pay{of}: the channel’s page was opened"
        return Event(one.attempted_at, *said)
    why_zh, why = named(REFUSALS, one.refusal)
    if one.fault is not None:
        fault_zh, fault = named(ORDER_STATES, one.fault)
        why_zh, why = f"{why_zh}（{fault_zh}）", f"{why} ({fault})"
    said = f"尝试支付{of_zh}未成功：{why_zh}", f"Tried to pay{of}, in vain: {why}"
    return Event(one.attempted_at, *said, trouble=one.refusal in _NOT_THEIRS)


def _debited(order: Order, one: Attempt) -> Iterator[Event]:
    of_zh, of = f"（订单 {order.order_no}）", f" (order {order.order_no})"
    sent = f"尝试代扣{of_zh}：已送银行", f"A debit was tried{of}: the bank has it"
    if one.outcome is None or one.answered_at is None:
        yield Event(one.attempted_at, *sent, order.order_fen)
        return
    if one.outcome not in ("taken_out", "refused"):
        yield Event(one.attempted_at, *sent, order.order_fen)
    said_zh, said = named(DEBIT_OUTCOMES, one.outcome)
    why_zh, why = (f"：{one.fault}", f": {one.fault}") if one.fault else ("", "")
    yield Event(
        one.answered_at,
        f"银行代扣{of_zh}：{said_zh}{why_zh}",
        f"Debit{of} {said}{why}",
        order.order_fen,
        trouble=one.outcome == "failed",
    )


def _asked(order: Order, one: Attempt) -> Event:
    if one.outcome is None:
        said_zh, said = "尚无答复", "no answer yet"
        if one.fault is not None:
            said_zh, said = f"答复无法使用（{one.fault}）", f"the answer could not be used ({one.fault})"
    else:
        said_zh, said = named(ANSWERS, one.outcome)
    by_zh, by = (f"（{one.attempted_by}）", f" (by {one.attempted_by})") if one.attempted_by else ("", "")
    times_zh, times = (f" {one.tries} 次", f" {one.tries} times") if one.tries > 1 else ("", "")
    return Event(
        one.attempted_at,
        f"向渠道查单{times_zh}（订单 {order.order_no}）{by_zh}：{said_zh}",
        f"The channel was asked{times} about order {order.order_no}{by}: {said}",
    )
