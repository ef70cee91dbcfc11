"""Tells what channels and others said about a person's money, and what it led to."""

from collections.abc import Iterator

from services.console.persons.money_schemas import MoneyBack, Notification, ToldLine
from services.console.persons.rules import Called, Event, named
from services.console.persons.words import (
    REASONS,
    RETURN_KINDS,
    RETURN_STATES,
    RETURN_STATUSES,
    TOLD_BY,
)


def told_of_notification(one: Notification, called: Called, *, clear: bool) -> Iterator[Event]:
    """A notification with what it led to; `clear` may see what was sent, byte for byte."""
    by_zh, by = named(TOLD_BY, one.told_by)
    channel_zh, channel = named(called.channels, one.channel)
    head_zh = f"{by_zh}（{channel_zh}，流水号 {one.transaction_no}）"
    head = f"{by} ({channel}, transaction {one.transaction_no})"
    page = f"notifications/{one.notification_id}" if clear else ""
    if one.money_back is not None:
        led_zh, led = _money_back(one.money_back)
        fen, trouble = one.money_back.amount_fen, one.money_back.state == "open"
    elif one.parked_at is not None:
        led_zh, led = "系统未能处理，待运维人员处理", "it could not be handled: an operator has to look"
        fen, trouble = None, True
    elif one.led_to == "nothing":
        led_zh, led = "正在核对是谁的款项", "whose it is is being found"
        fen, trouble = None, False
    else:
        led_zh, led = _lines(one.lines)
        fen = sum(line.amount_fen for line in one.lines) or None
        trouble = any(line.parked_at is not None for line in one.lines)
    yield Event(one.received_at, f"{head_zh}：{led_zh}", f"{head}: {led}", fen, trouble, page)
    yield from _applied_later(one)


def _money_back(back: MoneyBack) -> tuple[str, str]:
    kind_zh, kind = named(RETURN_KINDS, back.kind)
    status_zh, status = named(RETURN_STATUSES, back.status)
    state_zh, state = named(RETURN_STATES, back.state)
    return f"{kind_zh}{status_zh}，{state_zh}", f"{kind}{status}, {state}"


def _lines(lines: list[ToldLine]) -> tuple[str, str]:
    """What became of the parts of a payment, each said once."""
    if not lines:
        return "款项未能分到人，由县级核对", "it could not be split: the county looks into it"
    said = list(dict.fromkeys(_line(line) for line in lines))
    return "；".join(zh for zh, _ in said), "; ".join(en for _, en in said)


def _line(line: ToldLine) -> tuple[str, str]:
    if line.parked_at is not None:
        return "重新核对未成功，待运维人员处理", "judging it again failed: an operator has to look"
    if line.reason is None:
        return "对应到缴费，已入账", "matched, and applied"
    why_zh, why = named(REASONS, line.reason)
    if line.unsplit:
        return f"款项未能分到人，挂账待确认：{why_zh}", f"it could not be split, into suspense: {why}"
    if line.reason == "already_paid":
        return "重复缴费，挂账待确认", "a duplicate, into suspense: paid already"
    return f"挂账待确认：{why_zh}", f"into suspense: {why}"


def _applied_later(one: Notification) -> Iterator[Event]:
    """What left suspense for its place, and by whom."""
    for line in one.lines:
        if line.reason is None or line.applied_at is None:
            continue
        by_zh, by = ("", "")
        if line.applied_by is not None:
            by_zh, by = f"（经办人 {line.applied_by}）", f" (by {line.applied_by})"
        no = one.transaction_no
        said = f"挂账款项入账{by_zh}，流水号 {no}", f"Applied from suspense{by}, transaction {no}"
        yield Event(line.applied_at, *said, line.amount_fen)
