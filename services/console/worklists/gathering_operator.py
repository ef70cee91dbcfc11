"""The lists of operators: the services, what they could not handle, and who is told of facts."""

import asyncio

from services.console.apis.rules import ASKED, ServiceAway
from services.console.channels.asking import channels_of
from services.console.channels.showing import channels_table
from services.console.forms.rules import Pick
from services.console.pages.rules import SERVICE_NAMES
from services.console.persons.rules import Called
from services.console.worklists.asking import Wanted
from services.console.worklists.naming import SUBSCRIPTIONS, named
from services.console.worklists.operator_schemas import (
    Backlog,
    Parked,
    ParkedNotifications,
    Subscription,
    Subscriptions,
)
from services.console.worklists.rules import Cell, Column, Table, day, number, words


async def services(wanted: Wanted) -> Table:
    """Every service: whether it answers, what it has still to do, and what waits for an operator."""
    rows = await asyncio.gather(*(_service(wanted, name) for name in ASKED))
    columns = [
        Column("服务", "Service"), Column("状态", "State"), Column("待发事件", "To publish", right=True),
        Column("待处理事件", "To handle", right=True), Column("其他待办", "Other work", right=True),
        Column("死信", "Dead letters", right=True), Column("搁置", "Parked", right=True),
    ]  # fmt: skip
    return Table(columns, list(rows))


async def _service(wanted: Wanted, name: str) -> list[Cell]:
    title = words(*SERVICE_NAMES[name])
    try:
        found = await wanted.asking.get(Backlog, name, "/internal/backlog")
    except ServiceAway:
        return [title, words("无法连接", "does not answer", warn=True), *[Cell()] * 5]
    other = sum(count for what, count in found.pending.items() if what not in ("outbox", "lag"))
    return [
        title, words("运行中", "runs"), number(found.pending.get("outbox", 0)),
        number(found.pending.get("lag", 0)), number(other),
        number(found.held.get("dead_letters", 0), warn=True, page=f"dead-letters/{name}"),
        number(found.held.get("parked"), warn=True, page="work/parked"),
    ]  # fmt: skip


async def channels(wanted: Wanted) -> Table:
    """Channels by name: how each signs, when it was heard, what was refused, whether it works."""
    return channels_table(await channels_of(wanted.asking))


async def parked(wanted: Wanted) -> Table:
    """Notifications that the matcher could not handle, in the order of their arrival."""
    found = await wanted.asking.get(
        ParkedNotifications, "collection", "/v1/parked-notifications", wanted.page
    )
    columns = [
        Column("编号", "No."), Column("交易号", "Transaction"), Column("渠道", "Channel"),
        Column("原因", "Fault"), Column("次数", "Attempts", right=True), Column("搁置日", "Parked on"),
    ]  # fmt: skip
    picks = [Pick(str(one.notification_id)) for one in found.items]
    called = await wanted.called()
    rows = [_parked(one, called) for one in found.items]
    return Table(columns, rows, found.next_after, picks=picks)


def _parked(one: Parked, called: Called) -> list[Cell]:
    return [
        words(str(one.notification_id), page=f"parked/{one.notification_id}"),
        words(f"{one.transaction_no} / {one.line_no}"), words(*called.channel(one.channel)),
        words(one.fault), number(one.attempts), day(one.parked_at),
    ]  # fmt: skip


async def subscriptions(wanted: Wanted) -> Table:
    """Addresses that are told of facts, how they answer, and what waits for them."""
    found = await wanted.asking.get(Subscriptions, "webhooks", "/v1/subscriptions", wanted.page)
    columns = [
        Column("编号", "No."), Column("接收地址", "Address"), Column("状态", "State"),
        Column("待推送", "Waiting", right=True), Column("连续失败", "Failures", right=True),
        Column("失败起", "Failing since"), Column("最近送达", "Taken last"),
    ]  # fmt: skip
    return Table(columns, [_subscription(one) for one in found.items], found.next_after)


def _subscription(one: Subscription) -> list[Cell]:
    return [
        words(str(one.subscription_id), page=f"subscriptions/{one.subscription_id}"),
        Cell(one.url, note_zh=one.note or "", note=one.note or ""),
        words(*named(SUBSCRIPTIONS, one.state), warn=one.state == "paused"), number(one.waiting),
        number(one.failures, warn=True), day(one.failing_since, warn=True), day(one.taken_at),
    ]  # fmt: skip
