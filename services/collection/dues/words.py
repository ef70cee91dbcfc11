"""What is owed and why, in words for the person who pays."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.common.dates import SHANGHAI, instant_of, second_of
from libs.common.events import DueSegment, SubsidyLine
from libs.common.money import yuan_text
from libs.common.policy import Notice
from libs.common.policy.format.vocabulary import MECHANISMS, REASONS, WINDOWS
from services.collection.dues.rules import Due, owed_fen


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in each language."""

    zh: str
    en: str


def why(segment: DueSegment, notice: Notice | None) -> Words:
    """Say in one sentence in each language what is owed in this segment and why."""
    if segment.reason_codes:
        found = [REASONS.get(code, (code, code)) for code in segment.reason_codes]
        return Words(
            zh="；".join(zh for zh, _ in found) + "。", en=_sentence("; ".join(en for _, en in found))
        )
    zh, en = WINDOWS.get(segment.window or "", ("", ""))
    words_zh = [f"{zh}缴费标准 {yuan_text(segment.price_fen or 0)} 元"]
    words_en = [f"{en}: the standard is {yuan_text(segment.price_fen or 0)} yuan"]
    for subsidy in segment.subsidies:
        helped_zh, helped_en = _help(subsidy, notice)
        words_zh.append(helped_zh)
        words_en.append(helped_en)
    if segment.add_on_due_fen:
        words_zh.append(f"附加保险 {yuan_text(segment.add_on_due_fen)} 元")
        words_en.append(f"add-ons cost {yuan_text(segment.add_on_due_fen)} yuan")
    words_zh.append(f"本人应缴 {yuan_text(owed_fen(segment))} 元")
    words_en.append(f"to pay: {yuan_text(owed_fen(segment))} yuan")
    if segment.until_at is not None:
        words_zh.append(f"此标准至 {last_minute(segment.until_at)} 止")
        words_en.append(f"until {last_minute(segment.until_at)}")
    return Words(zh="；".join(words_zh) + "。", en=_sentence("; ".join(words_en)))


def why_closed(due: Due, notice: Notice, now: datetime) -> Words:
    """Say in one sentence in each language why nothing can be paid now, outside of every window."""
    second = second_of(now)
    # Whether a window is open that waits for a decision, nobody but registration knows.
    certain = [one for one in notice.document.windows if one.when is None or one.when.parameter is None]
    if not certain:
        return Words(zh="缴费期尚待开放。", en="The window for payment has not been opened yet.")
    windows = sorted(certain, key=lambda window: (window.from_, window.to))
    closed = [window for window in windows if window.to <= second]
    if not closed:
        opens = _minute(windows[0].from_)
        return Words(zh=f"缴费期自 {opens} 开始。", en=f"Payment opens on {opens}.")
    last = max(closed, key=lambda window: window.to)
    until = _minute(last.to - 1)
    label_zh, label_en = last.label.zh, last.label.en
    if due.revision == 1 and due.assessed_at is not None and second_of(due.assessed_at) >= last.to:
        on = f"{due.assessed_at.astimezone(SHANGHAI):%Y-%m-%d}"
        zh, en = (
            f"登记过晚：{on} 登记，{label_zh}已于 {until} 结束",
            f"Registered too late: on {on}, after the window {label_en} had closed on {until}",
        )
    else:
        zh, en = f"{label_zh}已于 {until} 结束", f"The window {label_en} closed on {until}"
    nexts = [window for window in windows if window.from_ > second]
    if not nexts:
        return Words(zh=f"{zh}。", en=f"{en}.")
    opens = _minute(nexts[0].from_)
    return Words(
        zh=f"{zh}；{nexts[0].label.zh}自 {opens} 开始。",
        en=f"{en}; the window {nexts[0].label.en} opens on {opens}.",
    )


def _minute(second: int) -> str:
    return f"{instant_of(second):%Y-%m-%d %H:%M}"


def _help(subsidy: SubsidyLine, notice: Notice | None) -> tuple[str, str]:
    payer = notice.payer_labels.get(subsidy.payer) if notice is not None else None
    status = notice.labels.get(subsidy.status) if notice is not None else None
    how_zh, how_en = MECHANISMS.get(subsidy.mechanism, (subsidy.mechanism, subsidy.mechanism))
    amount = yuan_text(subsidy.amount_fen)
    payer_zh, payer_en = (payer.zh, payer.en) if payer else (subsidy.payer, subsidy.payer)
    status_zh, status_en = (status.zh, status.en) if status else (subsidy.status, subsidy.status)
    return (
        f"{payer_zh}{how_zh} {amount} 元（{status_zh}）",
        f"{payer_en} {how_en}: {amount} yuan ({status_en})",
    )


def last_minute(until_at: datetime) -> str:
    """Name the last minute before a border: people read "2019-12-31 23:59", not "2020-01-01 00:00"."""
    return f"{(until_at - timedelta(seconds=1)).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
