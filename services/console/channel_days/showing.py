"""Puts together the page of a day, and the form that closes it."""

from dataclasses import dataclass
from datetime import date

from services.console.channel_days.schemas import Posted, WholeDay
from services.console.channel_days.standing import BANK, Kind, Sum, hinders, kinds_of, left, sums_of
from services.console.forms.rules import Fact, Sheet
from services.console.pages.rules import amount, minute
from services.console.worklists.naming import DAYS, named

_CAUSES = {
    "file": ("对账单已更正", "the file was corrected"),
    "money": ("当日款项有变动", "money of the day has changed"),
    "difference": ("出现新的差异", "something new differs"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of a day; `posted` says whether the ledger tells its sums."""

    day: WholeDay
    channel: tuple[str, str]
    state: tuple[str, str]
    facts: list[Fact]
    sums: list[Sum]
    kinds: list[Kind]
    hinders: list[tuple[str, str]]
    story: list[Fact]
    posted: bool


def shown(day: WholeDay, posted: Posted | None, today: date, channel: tuple[str, str]) -> Shown:
    """A day as its page shows it; `channel` is what the notice calls its channel."""
    return Shown(
        day=day,
        channel=channel,
        state=named(DAYS, day.state),
        facts=_facts(day, today),
        sums=sums_of(day, posted),
        kinds=kinds_of(day.cases),
        hinders=hinders(day),
        story=[_moved(one.move, one.moved_by, one.cause, minute(one.moved_at)) for one in day.moves],
        posted=posted is not None,
    )


def _facts(day: WholeDay, today: date) -> list[Fact]:
    facts: list[Fact] = []
    if day.closed_at is not None:
        who = f"{day.closed_by} {minute(day.closed_at)}"
        facts.append(Fact("日结", "Closed", who, who))
    elif (term := left(day.due_on, today)) is not None:
        facts.append(Fact("应日结", "Due", term[0], term[1]))
    if day.came_at is not None:
        version = (
            (f"，第 {day.version} 版", f", version {day.version}") if (day.version or 1) > 1 else ("", "")
        )
        at = minute(day.came_at)
        facts.append(Fact("对账单收到", "The file came", at + version[0], at + version[1]))
    if day.bank is not None:
        zh, en = named(BANK, day.bank.state)
        on = f" {day.bank.came_on}" if day.bank.came_on is not None else ""
        facts.append(Fact(f"划入{day.bank.account}", f"To {day.bank.account}", zh + on, en + on))
    return [*facts, Fact("已办结差异", "Decided", f"{day.decided_cases} 项", str(day.decided_cases))]


def _moved(move: str, by: str | None, cause: str | None, at: str) -> Fact:
    if move == "closed":
        return Fact(at, at, f"{by} 日结", f"closed by {by}")
    zh, en = named(_CAUSES, cause or "")
    return Fact(at, at, f"自动重新打开：{zh}", f"opened again by itself: {en}")


def way_of(day: WholeDay) -> str:
    """The page of a day."""
    return f"channel-days/{day.county}/{day.channel}/{day.business_on.isoformat()}"


def sheet_of(day: WholeDay, channel: tuple[str, str]) -> Sheet:
    """The form that closes a day: it asks nothing."""
    facts = (
        Fact("渠道", "Channel", *channel),
        Fact("业务日", "Day", day.business_on.isoformat(), day.business_on.isoformat()),
        Fact("缴费金额", "Paid", *amount(day.ours.paid_fen)),
        Fact("退款金额", "Given back", *amount(day.ours.refunded_fen)),
    )
    return Sheet("渠道日结", "Close a day of a channel", "日结", "Close the day", (), way_of(day), facts)


def will() -> list[Fact]:
    """What closing a day will do."""
    return [
        Fact("日结", "Closed", "当日标记为已日结，留存办理人和时间。", "It is on record who closed it."),
        Fact(
            "其后变动", "Later changes", "更正的对账单、迟到款项或新的差异将自动重新打开当日。",
            "A corrected file, money that comes late or a new difference opens it again by itself.",
        ),
    ]  # fmt: skip
