"""Puts together the page of a notification that is parked."""

from collections.abc import Sequence

from services.console.forms.rules import Fact
from services.console.home.rules import may
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import minute
from services.console.session.rules import Visitor
from services.console.worklists.operator_schemas import Parked
from services.console.worklists.rules import Column, Table, number, words

_LEAD = (
    "通知已留存，没有丢失，也没有影响其他通知。排除原因后再试；仍失败的重新搁置，次数加一。",
    "It is kept, and held up nobody. Mend the cause, and have it tried again; what fails is parked anew.",
)


def way_of(notification_id: int) -> str:
    """The page of a notification that is parked."""
    return f"parked/{notification_id}"


def may_retry(visitor: Visitor) -> bool:
    """Whether a role may have it tried again."""
    return may(visitor, "ops:write") or may(visitor, "collection:write")


def part_of(one: Parked) -> tuple[str, str]:
    """What of a notification is parked: the whole, or one of its lines."""
    return ("整条通知", "the whole") if one.line_no == 0 else (f"第 {one.line_no} 笔", f"line {one.line_no}")


def facts_of(lines: Sequence[Parked]) -> list[Fact]:
    """What is known of it; above its form, too."""
    one = lines[0]
    season = (f"{one.county} {one.coverage_year} 年度", f"{one.county} {one.coverage_year}")
    return [
        Fact("交易号", "Transaction", one.transaction_no, one.transaction_no),
        Fact("渠道", "Channel", one.channel, one.channel),
        Fact("县和年度", "Season", *(season if one.county else ("尚未识别", "not known yet"))),
        Fact("收到时间", "Received", minute(one.received_at), minute(one.received_at)),
        Fact("尝试次数", "Attempts", *[str(max(line.attempts for line in lines))] * 2),
    ]


def parked_page(visitor: Visitor, lines: Sequence[Parked]) -> Shown:
    """One notification: why it was parked, how often it was tried, and the button that tries it again."""
    number_ = lines[0].notification_id
    columns = [
        Column("内容", "What"), Column("次数", "Attempts", right=True), Column("搁置时间", "Parked at"),
        Column("原因", "Fault"),
    ]  # fmt: skip
    rows = [
        [words(*part_of(one)), number(one.attempts), words(minute(one.parked_at)), words(one.fault)]
        for one in lines
    ]
    acts = [Act(f"{way_of(number_)}/retry", "再试一次", "Try it again")] if may_retry(visitor) else []
    return Shown(
        f"搁置的通知 {number_}", f"Parked notification {number_}", "parked", "无法处理的通知",
        "Parked notifications", facts_of(lines), [Part("搁置原因", "Why", Table(columns, rows))], acts,
        *_LEAD,
    )  # fmt: skip
