"""Puts together what a channel owes day by day, and the form that says which days a slip pays."""

from collections.abc import Iterable, Mapping
from datetime import date

from services.console.channel_debts.reading import as_typed, typed_days
from services.console.channel_debts.schemas import DayDebt, DayDebts, Match
from services.console.forms.rules import Fact, Field, Sheet
from services.console.pages.objects import Part, Shown
from services.console.pages.rules import amount, minute
from services.console.worklists.naming import Names, named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words

_HOW: Names = {
    "day": ("按日自动匹配", "the sum of a day"),
    "run": ("按连续数日自动匹配", "the sum of days one after another"),
    "oldest": ("按最早日期依次匹配", "the oldest days in turn"),
    "named": ("人工指定", "by hand"),
}
PARTS = (("open", "未划清", "not paid"), ("all", "全部", "all"))


def debt_page(channel: tuple[str, str], way: str, found: DayDebts, part: str, *, matches: bool) -> Shown:
    """The days of a channel; each slip leads to where it is matched, for who may."""
    columns = [
        Column("收款日", "Day"), Column("收取", "Taken", right=True),
        Column("已退", "Given back", right=True),
        Column("手续费", "Fee", right=True), Column("已划", "Paid over", right=True),
        Column("未划", "Owed", right=True), Column("天数", "Days", right=True),
    ]  # fmt: skip
    days = Table(columns, [_day(one) for one in found.items], found.next_after)
    heads = [
        Column("划款凭证", "Slip"), Column("收款日", "Days"), Column("金额", "Amount", right=True),
        Column("办理", "Step"),
    ]  # fmt: skip
    slips = Table(heads, _slips(found.items, way, matches=matches))
    none = ("没有未划清的日期。", "Nothing is owed.")
    parts = [
        Part("逐日应划", "Day by day", days, PARTS, part, *none),
        Part("划款凭证", "Slips that paid these days", slips, (), "", "没有划款凭证。", "No slip paid any."),
    ]
    title = f"渠道应划款项：{channel[0]}", f"Owed by {channel[1]}"
    return Shown(*title, "debts", "渠道应划款项", "Owed", [], parts)


def _day(one: DayDebt) -> list[Cell]:
    return [
        day(one.on), money(one.taken_fen), money(one.given_back_fen), money(one.fee_fen), money(one.paid_fen),
        money(one.open_fen, warn=True), number(one.age_days),
    ]  # fmt: skip


def _slips(days: Iterable[DayDebt], way: str, *, matches: bool) -> list[list[Cell]]:
    """Each slip once, with the days of this page that it pays."""
    paid: dict[tuple[int, str], list[tuple[date, int]]] = {}
    for one in days:
        for slip in one.slips:
            paid.setdefault((slip.movement_id, slip.reference), []).append((one.on, slip.amount_fen))
    return [
        [
            words(reference), words("、".join(on.isoformat() for on, _ in some)),
            money(sum(fen for _, fen in some)),
            words("改配日期", "match by hand", page=f"{way}/slips/{movement_id}") if matches else Cell(),
        ]
        for (movement_id, reference), some in paid.items()
    ]  # fmt: skip


def sheet_of(match: Match, way: str, channel: tuple[str, str]) -> Sheet:
    """The form that matches a slip by hand."""
    total = sum(one.amount_fen for one in match.days)
    facts = (
        Fact("渠道", "Channel", *channel),
        Fact("凭证金额", "The slip's amount", *amount(total)),
        Fact("现匹配方式", "Matched so far", *named(_HOW, match.how)),
        Fact("办理", "By", *(f"{match.matched_by} {minute(match.matched_at)}",) * 2),
    )
    fields = (
        Field(
            "days", "支付的收款日及金额", "Days that it pays, and with how much", "long", most=20_000,
            hint_zh="每行一天，如“2019-11-04 745.44”；金额合计须等于凭证金额。",
            hint="A line for each day, such as 2019-11-04 745.44; together the slip's amount.",
            reads=typed_days,
        ),
        Field("reason", "改配理由", "Why", "long", most=500),
    )  # fmt: skip
    return Sheet("改配划款凭证", "Match a slip by hand", "下一步", "Go on", fields, way, facts)


def as_it_is(match: Match) -> Mapping[str, str]:
    """What stands in the form at first."""
    return {"days": as_typed(match.days)}


def will(match: Match, typed: Mapping[str, str]) -> list[Fact]:
    """What it will do: which days are paid then, and with how much."""
    facts = [
        Fact(one.on.isoformat(), one.on.isoformat(), *amount(one.amount_fen))
        for one in typed_days(typed["days"])
    ]
    before = as_typed(match.days).replace("\n", "；")
    return [*facts, Fact("原匹配（留存备查）", "Before (stays on record)", before, before)]


def body_of(match: Match, typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    days = [{"on": one.on.isoformat(), "amount_fen": one.amount_fen} for one in typed_days(typed["days"])]
    return {"channel": match.channel, "days": days, "reason": typed["reason"]}
