"""The lists of finance: handovers and who has to sign, the match, applications, arrivals, steps, months."""

from libs.common.money import yuan_grouped
from services.console.decisions.rules import who_may
from services.console.funds.naming import APPLICATIONS, way_of
from services.console.funds.standing import state_of
from services.console.periods.naming import way_of as way_of_month
from services.console.persons.rules import Called
from services.console.verifications.schemas import Verification, Verifications
from services.console.worklists.asking import Wanted
from services.console.worklists.money_schemas import (
    Application,
    Applications,
    Arrivals,
    Calendar,
    Deadline,
    Debts,
    Match,
    MoneyPath,
    Period,
    Periods,
)
from services.console.worklists.naming import HANDOVERS, LEVELS, PARTIES, PERIODS, named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, share, words


async def handovers(wanted: Wanted) -> Table:
    """Deadlines in the order in which they are closed, with who has still to sign."""
    found = await wanted.asking.figures(Calendar, "ledger", "/v1/handovers", wanted.of_season)
    columns = [
        Column("移交", "Handover"), Column("期限", "Due"), Column("状态", "State"),
        Column("人数", "People", right=True), Column("金额", "Amount", right=True),
        Column("签字", "Signatures"),
    ]  # fmt: skip
    season = "/".join(map(str, wanted.of_season.values()))
    rows = [
        [
            Cell(
                one.label_zh, one.label, f"{one.accounting_from} 至 {one.accounting_to}",
                f"{one.accounting_from} to {one.accounting_to}", page=f"handovers/{season}/{one.deadline_id}",
            ),
            day(one.due_on), words(*named(HANDOVERS, one.state), warn=one.state == "closable"),
            number(one.head_count), money(one.amount_fen), _signatures(one),
        ]
        for one in found.items
        if wanted.part == "all" or wanted.part == one.state
        or (wanted.part == "unsigned" and one.state == "sealed" and one.unsigned)
    ]  # fmt: skip
    return Table(columns, rows)


def _signatures(one: Deadline) -> Cell:
    if one.state != "sealed":
        return Cell()
    missing = [named(PARTIES, party) for party in one.unsigned]
    if not missing:
        return words("各方已签", "all have signed")
    zh, en = "、".join(zh for zh, _ in missing), ", ".join(en for _, en in missing)
    return words(f"待签：{zh}", f"to be signed: {en}", warn=True)


async def debts(wanted: Wanted) -> Table:
    """What each channel owes, those first that owe for longest."""
    found = await wanted.asking.figures(Debts, "ledger", "/v1/channel-debts", wanted.of_season)
    columns = [
        Column("渠道", "Channel"), Column("收取", "Taken", right=True),
        Column("已退", "Given back", right=True), Column("手续费", "Fee", right=True),
        Column("已划", "Paid over", right=True), Column("未划", "Owed", right=True),
        Column("未划清天数", "Open days", right=True), Column("最早", "Oldest"),
        Column("天龄", "Age", right=True),
    ]  # fmt: skip
    season = "/".join(map(str, wanted.of_season.values()))
    rows = [
        [
            words(one.title_zh, one.title, page=f"channel-debts/{season}/{one.channel}"),
            money(one.taken_fen), money(one.given_back_fen), money(one.fee_fen), money(one.paid_fen),
            money(one.open_fen, warn=True), number(one.open_days), day(one.oldest_on), number(one.age_days),
        ]
        for one in sorted(found.items, key=lambda one: (-(one.age_days or 0), one.channel))
    ]  # fmt: skip
    owed = sum(one.open_fen for one in found.items)
    zh, en = f"各渠道合计未划 {yuan_grouped(owed)} 元。", f"Together they owe ¥{yuan_grouped(owed)}."
    return Table(columns, rows, None, zh, en)


async def path(wanted: Wanted) -> Table:
    """Each step of the money, and what waits for it since when."""
    found = await wanted.asking.figures(MoneyPath, "ledger", "/v1/money-path", wanted.of_season)
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
    called = await wanted.called()
    columns = [
        Column("申请", "Application"), Column("资助方", "Payer"), Column("人数", "Lines", right=True),
        Column("申请金额", "Asked for", right=True), Column("确认金额", "Confirmed", right=True),
        Column("缺口", "Short", right=True), Column("申请日", "On"), Column("状态", "State"),
    ]  # fmt: skip
    (bureau_zh, bureau), (finance_zh, finance) = who_may("subsidy:write"), who_may("subsidy:approve")
    lead_zh = f"由{bureau_zh}申请，由{finance_zh}确认资金（不得为申请人本人）。"
    lead = f"{bureau} applies, {finance} says how much there is: not who applied."
    rows = [_application(one, called) for one in found.items]
    return Table(columns, rows, found.next_after, lead_zh, lead)


def _application(one: Application, called: Called) -> list[Cell]:
    state = state_of(one)
    return [
        Cell(
            f"第 {one.number} 号", f"No. {one.number}", one.applied_by, one.applied_by,
            page=way_of(one.application_id),
        ),
        words(*called.payer(one.payer)), number(one.line_count), money(one.total_fen),
        money(one.confirmed_fen), money(one.short_fen, warn=True), day(one.applied_at),
        words(*named(APPLICATIONS, state), warn=state != "confirmed"),
    ]  # fmt: skip


async def arrivals(wanted: Wanted) -> Table:
    """Money of payers that has come, each under its reference."""
    query = {**wanted.of_season, **wanted.page}
    found = await wanted.asking.get(Arrivals, "subsidy", "/v1/fund-arrivals", query)
    called = await wanted.called()
    columns = [
        Column("凭证", "Reference"), Column("资助方", "Payer"), Column("金额", "Amount", right=True),
        Column("到账日", "On"), Column("登记", "Entered by"), Column("退回", "Returned", right=True),
    ]  # fmt: skip
    rows = [
        [
            words(one.reference), words(*called.payer(one.payer)), money(one.amount_fen),
            day(one.arrived_at),
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
        [
            words(one.month, page=way_of_month(wanted.season.county, one.month) if wanted.season else ""),
            words(*named(PERIODS, one.state)),
            _taken(one, "lock"),
            _taken(one, "close"),
        ]
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


async def verifications(wanted: Wanted) -> Table:
    """Rosters of who is to be subsidized, each with how far its lines are."""
    found = await wanted.asking.get(
        Verifications, "subsidy", "/v1/verifications", {**wanted.of_season, **wanted.page}
    )
    called = await wanted.called()
    columns = [
        Column("花名册", "Roster"), Column("乡镇", "Township"), Column("资助方", "Payer"),
        Column("人数", "Lines", right=True), Column("金额", "Amount", right=True),
        Column("待核定", "Open", right=True), Column("暂缓", "Held", right=True),
        Column("通过", "Verified", right=True), Column("生成日", "Drawn on"),
    ]  # fmt: skip
    return Table(columns, [_verification(one, called) for one in found.items], found.next_after)


def _verification(one: Verification, called: Called) -> list[Cell]:
    return [
        words(str(one.verification_id), page=f"verifications/{one.verification_id}"),
        words(*called.place(one.division_prefix)), words(*called.payer(one.payer)), number(one.line_count),
        money(one.total_fen), number(one.open, warn=True), number(one.held, warn=True),
        number(one.released), day(one.drawn_at),
    ]  # fmt: skip
