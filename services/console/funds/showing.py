"""Puts together the page of an application: what it asks for, for whom, and who does what next."""

from collections.abc import Sequence

from services.console.decisions.rules import who_may
from services.console.forms.rules import Fact
from services.console.funds.naming import APPLICATIONS, way_of
from services.console.funds.schemas import Application, FundLine, FundLines, Township
from services.console.funds.standing import may_confirm, state_of
from services.console.home.rules import may
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.persons.rules import Called
from services.console.session.rules import Visitor
from services.console.verifications.naming import MECHANISMS, OBSTACLES
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words


def facts_of(one: Application, called: Called) -> list[Fact]:
    """What is known of an application; above its form, too."""
    year = one.coverage_year
    facts = [
        Fact("状态", "State", *named(APPLICATIONS, state_of(one))),
        Fact("资助方", "Payer", *named(called.payers, one.payer)),
        Fact("参保年度", "Coverage year", f"{year} 年度", str(year)),
        Fact("人数", "Lines", f"{one.line_count:,} 人", f"{one.line_count:,}"),
        Fact("申请金额", "Asked for", *amount(one.total_fen)),
        Fact("申请", "Applied", *(f"{one.applied_by} {minute(one.applied_at)}",) * 2),
    ]
    if one.confirmed_at is not None:
        facts += [
            Fact("确认金额", "Confirmed", *amount(one.confirmed_fen or 0)),
            Fact("缺口", "Short", *amount(one.short_fen or 0)),
            Fact("确认", "Confirmed by", *(f"{one.confirmed_by} {minute(one.confirmed_at)}",) * 2),
            Fact(
                "可发放", "May be paid", f"{one.funded_lines:,} 人（共 {one.line_count:,} 人）",
                f"{one.funded_lines:,} of {one.line_count:,}",
            ),
        ]  # fmt: skip
    return facts


def application_page(visitor: Visitor, one: Application, lines: FundLines, called: Called) -> Shown:
    """An application with its townships and its people."""
    opens = may(visitor, "registration:read")
    facts = [*facts_of(one, called), *_next(one)]
    parts = [
        Part("各乡镇", "By township", _townships(one.townships, called)),
        _people(lines, called, opens=opens),
    ]
    acts = []
    if may_confirm(visitor, one):
        again = ("补足资金", "Say what there is now")
        said = again if one.confirmed_at else ("确认资金", "Say what there is")
        acts.append(Act(f"{way_of(one.application_id)}/confirmation", *said))
    title = f"资金申请 第 {one.number} 号", f"Application No. {one.number}"
    listed = f"applications?season={one.county}-{one.coverage_year}"
    return Shown(*title, listed, "资金申请", "Applications for money", facts, parts, acts)


def _next(one: Application) -> list[Fact]:
    """Who does what next."""
    finance_zh, finance = who_may("subsidy:approve")
    confirms = Fact(
        "下一步", "Next", f"由{finance_zh}确认资金，不得为申请人本人。",
        f"{finance} says how much there is: not who applied.",
    )  # fmt: skip
    state = state_of(one)
    if state == "waiting":
        return [confirms]
    if state == "short" and not one.confirmed_fen:
        return [confirms]
    if state == "short":
        which = Fact(
            "先发给谁", "Who is first", "通知没有规定的，在待办事项“资助资金不足”中决定",
            "where the notice does not say, by the case", "cases/subsidy?kind=funds_short",
        )  # fmt: skip
        return [confirms, which]
    bureau_zh, bureau = who_may("subsidy:write")
    said = (
        f"补助到卡的由{bureau_zh}制作发放批次；代缴的待资金到账。",
        f"What goes to cards: {bureau} makes a batch of payouts. What pays for people waits for the money.",
    )
    return [Fact("下一步", "Next", *said, f"work/payout_batches?season={one.county}-{one.coverage_year}")]


def _townships(townships: Sequence[Township], called: Called) -> Table:
    columns = [
        Column("乡镇", "Township"), Column("人数", "Lines", right=True), Column("金额", "Amount", right=True),
    ]  # fmt: skip
    rows = [
        [words(*called.place(part.division_prefix)), number(part.line_count), money(part.total_fen)]
        for part in townships
    ]
    return Table(columns, rows)


def _people(lines: FundLines, called: Called, *, opens: bool) -> Part:
    columns = [
        Column("资助", "Grant"), Column("参保人", "Person"), Column("村（社区）", "Village"),
        Column("身份", "Status"), Column("方式", "How"), Column("金额", "Amount", right=True),
        Column("资金", "Money"), Column("花名册", "Roster"),
    ]  # fmt: skip
    rows = [_line(one, called, opens=opens) for one in lines.items]
    return Part("资助对象", "Whom it helps", Table(columns, rows, lines.next_after))


def _line(one: FundLine, called: Called, *, opens: bool) -> list[Cell]:
    if one.revoked:
        funds = words(*OBSTACLES["revoked"], warn=True)
    elif one.funded_at is None:
        funds = words("待资金", "waits for money")
    else:
        funds = day(one.funded_at)
    return [
        words(str(one.grant_id)),
        words(str(one.person_id), page=f"persons/{one.person_id}" if opens else ""),
        words(*called.place(one.division_code)), words(*named(called.statuses, one.status)),
        words(*named(MECHANISMS, one.mechanism)), money(one.amount_fen), funds,
        words(str(one.verification_id), page=f"verifications/{one.verification_id}"),
    ]  # fmt: skip
