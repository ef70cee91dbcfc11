"""The lists of finance: handovers and who has signed, the match, applications, arrivals, steps, months."""

import asyncio

from services.console.worklists.asking import Wanted
from services.console.worklists.money_schemas import (
    Application,
    Applications,
    Arrivals,
    Calendar,
    Deadline,
    Match,
    MoneyPath,
    Papers,
    Period,
    Periods,
)
from services.console.worklists.naming import HANDOVERS, LEVELS, PAPERS, PERIODS, named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, share, words

async def handovers(wanted: Wanted) -> Table:
    """Deadlines in the order in which they are closed, with who has signed."""
    found = await wanted.asking.get(Calendar, "ledger", "/v1/handovers", wanted.of_season)
    papers = await asyncio.gather(*(_papers(wanted, one) for one in found.items))
    columns = [
        Column("移交", "Handover"), Column("期限", "Due"), Column("状态", "State"),
        Column("人数", "People", right=True), Column("金额", "Amount", right=True),
        Column("签字", "Signatures"),
    ]  # fmt: skip
    rows = [
        [
            Cell(one.label_zh, one.label, f"{one.accounting_from} 至 {one.accounting_to}",
                 f"{one.accounting_from} to {one.accounting_to}"),
            day(one.due_on), words(*named(HANDOVERS, one.state), warn=one.state == "closable"),
            number(one.head_count), money(one.amount_fen), signed,
        ]
        for one, signed in zip(found.items, papers, strict=True)
    ]  # fmt: skip
    return Table(columns, rows)


async def _papers(wanted: Wanted, one: Deadline) -> Cell:
    season = wanted.season
    if season is None or one.state != "sealed":
        return Cell()
    path = f"/v1/handovers/{season.county}/{season.coverage_year}/{one.deadline_id}/papers"
    found = await wanted.asking.get(Papers, "ledger", path)
    said = [(paper, named(PAPERS, paper.state)) for paper in found.items]
    return Cell(
        "；".join(f"{paper.name_zh} {zh}" for paper, (zh, _) in said),
        "; ".join(f"{paper.name}: {en}" for paper, (_, en) in said),
        warn=any(paper.state != "signed" for paper, _ in said),
    )


async def path(wanted: Wanted) -> Table:
    """Each step of the money, and what waits for it since when."""
    found = await wanted.asking.get(MoneyPath, "ledger", "/v1/money-path", wanted.of_season)
    columns = [
        Column("步骤", "Step"), Column("由谁办理", "Whose step"), Column("待办金额", "Waiting", right=True),
        Column("最早", "Oldest"), Column("天数", "Days", right=True),
    ]  # fmt: skip
    rows = [
        [
            words(one.label_zh, one.label), words(one.department_label_zh, one.department_label),
            money(one.waiting_fen), day(one.oldest_on), number(one.age_days),
        ]
        for one in found.steps
    ]  # fmt: skip
    return Table(columns, rows)


async def match(wanted: Wanted) -> Table:
    """What each level of government bears of the match, and what has come."""
    found = await wanted.asking.get(Match, "ledger", "/v1/fiscal-match", wanted.of_season)
    columns = [
        Column("级次", "Level"), Column("应配套", "Owed", right=True),
        Column("已到账", "Arrived", right=True), Column("未到账", "Missing", right=True),
        Column("到账率", "Arrived"),
    ]  # fmt: skip
    rows = [
        [
            words(*named(LEVELS, one.level)), money(one.owed_fen), money(one.arrived_fen),
            money(one.missing_fen, warn=True), share(one.arrived_fen, one.owed_fen),
        ]
        for one in found.levels
    ]  # fmt: skip
    return Table(columns, rows)


async def applications(wanted: Wanted) -> Table:
    """What the bureau asks finance for, and how much finance has."""
    query = {**wanted.of_season, **wanted.page}
    found = await wanted.asking.get(Applications, "subsidy", "/v1/fund-applications", query)
    columns = [
        Column("申请", "Application"), Column("出资方", "Payer"), Column("人数", "Lines", right=True),
        Column("申请金额", "Asked for", right=True), Column("确认金额", "Confirmed", right=True),
        Column("缺口", "Short", right=True), Column("申请日", "On"), Column("状态", "State"),
    ]  # fmt: skip
    return Table(columns, [_application(one) for one in found.items], found.next_after)


def _application(one: Application) -> list[Cell]:
    waits = one.confirmed_at is None
    state = ("待财政确认", "waits for finance") if waits else ("已确认", "confirmed")
    return [
        Cell(f"第 {one.number} 号", f"No. {one.number}", one.applied_by, one.applied_by), words(one.payer),
        number(one.line_count), money(one.total_fen), money(one.confirmed_fen),
        money(one.short_fen, warn=True), day(one.applied_at), words(*state, warn=waits),
    ]  # fmt: skip


async def arrivals(wanted: Wanted) -> Table:
    """Money of payers that has come, each under its reference."""
    query = {**wanted.of_season, **wanted.page}
    found = await wanted.asking.get(Arrivals, "subsidy", "/v1/fund-arrivals", query)
    columns = [
        Column("凭证", "Reference"), Column("出资方", "Payer"), Column("金额", "Amount", right=True),
        Column("到账日", "On"), Column("登记", "Entered by"), Column("退回", "Returned", right=True),
    ]  # fmt: skip
    rows = [
        [
            words(one.reference), words(one.payer), money(one.amount_fen), day(one.arrived_at),
            Cell(one.entered_by, note_zh="已冲销", note="reversed", warn=True) if one.reversed_at
            else words(one.entered_by),
            money(one.returned_fen or None),
        ]
        for one in found.items
    ]  # fmt: skip
    return Table(columns, rows, found.next_after)


async def periods(wanted: Wanted) -> Table:
    """The months of a county's books, the newest first, and who locked and closed them."""
    county = {"county": wanted.season.county} if wanted.season else {}
    found = await wanted.asking.get(Periods, "ledger", "/v1/periods", county)
    columns = [
        Column("月份", "Month"), Column("状态", "State"), Column("锁定", "Locked"), Column("结账", "Closed"),
    ]  # fmt: skip
    rows = [
        [words(one.month), words(*named(PERIODS, one.state)), _taken(one, "lock"), _taken(one, "close")]
        for one in sorted(found.items, key=lambda one: one.month, reverse=True)
    ]
    return Table(columns, rows)


def _taken(one: Period, step: str) -> Cell:
    taken = [done for done in one.steps if done.step == step]
    if not taken or one.state == "open":
        return Cell()
    last = taken[-1]
    by = "、".join(name for name in (last.taken_by, last.approved_by) if name)
    return Cell(on=last.taken_at, note_zh=by, note=by)
