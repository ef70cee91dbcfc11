"""Puts together the page of an accounting month: what hinders closing it, its balance, who did what."""

from collections.abc import Mapping

from services.console.decisions.rules import may_agree, who_may
from services.console.forms.rules import Fact
from services.console.home.rules import may
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.periods.filling import DOINGS, offered
from services.console.periods.naming import ASKED, MENDS, STEPS, way_of
from services.console.periods.schemas import Balance, Flaw
from services.console.periods.standing import Whole
from services.console.persons.rules import Called
from services.console.session.rules import Visitor
from services.console.worklists.naming import LEVELS, PERIODS, named
from services.console.worklists.rules import Cell, Column, Table, day, first_of, money, words

#: So many flaws stand on the page; more are mended by whoever mends these.
_MOST_SHOWN = 100


def month_page(visitor: Visitor, one: Whole, balance: Balance, called: Mapping[int, Called]) -> Shown:
    """A month; who closes months is offered what it allows."""
    period, way = one.period, way_of(one.county, one.period.month)
    facts = [
        Fact("状态", "State", *named(PERIODS, period.state)),
        Fact("记账凭证", "Entries of the journal", f"{balance.entries:,} 张", f"{balance.entries:,}"),
        Fact("借方合计", "Debits", *amount(balance.debit_fen)),
        Fact("贷方合计", "Credits", *amount(balance.credit_fen)),
        *_asked(one),
        *_next(one),
    ]
    if period.sha256 is not None:
        facts.append(Fact("SHA-256", "SHA-256", *(f"{period.sha256[:16]}…",) * 2))
    acts = []
    if may(visitor, "ledger:close"):
        acts += [
            Act(f"{way}/{step}", DOINGS[step].title_zh, DOINGS[step].title, second=step == "reopen")
            for step in offered(one)
        ]
    acts += [
        Act(f"approvals/ledger/{asked.approval_id}", "复核", "Agree to it or refuse it")
        for asked in one.waiting
        if may_agree(visitor, "ledger", asked.operation, asked.asked_by)
    ]
    parts = [_balance(balance, called), _steps(one)]
    if period.state != "closed":
        parts.insert(0, _flaws(one))
    title = f"会计期间 {period.month}", f"Accounting month {period.month}"
    return Shown(*title, "periods", "会计期间", "Accounting months", facts, parts, acts)


def _asked(one: Whole) -> list[Fact]:
    """What waits for a second person."""
    zh, en = who_may("ledger:close")
    return [
        Fact(
            "待复核", "Waits for a second person",
            f"{asked.asked_by} 申请{named(ASKED, asked.operation)[0]}，由另一名{zh}复核",
            f"{asked.asked_by} asks {named(ASKED, asked.operation)[1]}; another person agrees ({en})",
            f"approvals/ledger/{asked.approval_id}",
        )
        for asked in one.waiting
    ]  # fmt: skip


def _next(one: Whole) -> list[Fact]:
    """Who does what next, and which month has its turn before this one."""
    zh, en = who_may("ledger:close")
    state, first, to = one.period.state, one.first, ""
    if state == "closed":
        said = "已结账，不再更改；差错在未结账的月份更正。", "It is closed, and stays as it is."
    elif one.waiting:
        return []
    elif first:
        step_zh, step = ("锁定", "locked") if state == "open" else ("结账", "closed")
        said, to = (f"须先{step_zh} {first}", f"{first} is {step} first"), way_of(one.county, first)
    elif state == "open" and not one.is_over:
        said = "本月尚未结束，次月起可以锁定。", "It is not over; it is locked next month, or later."
    elif state == "open":
        said = f"由{zh}锁定。", f"{en} locks it."
    elif one.flaws:
        count = len(one.flaws)
        said = f"下列 {count:,} 项办结后可以结账。", f"It is closed when the {count:,} below are mended."
    else:
        said = f"由{zh}申请结账，另一人复核。", f"{en} asks to close it, and another person agrees."
    return [Fact("下一步", "Next", *said, to)]


def _flaws(one: Whole) -> Part:
    columns = [
        Column("问题", "What is wrong"), Column("对象", "About"), Column("金额", "Amount", right=True),
        Column("处理", "How to mend it"),
    ]  # fmt: skip
    rows = [_flaw(flaw) for flaw in one.flaws[:_MOST_SHOWN]]
    lead = first_of(_MOST_SHOWN, len(one.flaws))
    none = "没有妨碍结账的问题。", "Nothing stands against closing it."
    table = Table(columns, rows, None, *lead)
    return Part("结账检查", "What stands against closing it", table, (), "", *none)


def _flaw(one: Flaw) -> list[Cell]:
    mends_zh, mends = MENDS.get(one.check, (one.mend_zh, one.mend))
    return [
        words(one.title_zh, one.title, warn=True), words(one.subject), money(one.amount_fen),
        words(mends_zh, mends, page=_mended_at(one)),
    ]  # fmt: skip


def _mended_at(one: Flaw) -> str:
    """The page on which it is mended, where there is one."""
    if one.check == "movement_case_open":
        return "cases/ledger?kind=movement_off_path"
    return one.subject if one.check in ("handover_open", "handover_differs") else ""


def _balance(balance: Balance, called: Mapping[int, Called]) -> Part:
    columns = [
        Column("年度", "Year"), Column("科目", "Account"), Column("明细", "Of whom"),
        Column("期初余额", "Opening", right=True), Column("借方", "Debit", right=True),
        Column("贷方", "Credit", right=True), Column("期末余额", "Closing", right=True),
    ]  # fmt: skip
    rows = [
        [
            words(str(one.coverage_year)), words(one.title_zh, one.title),
            words(*_whose(one.account, called.get(one.coverage_year, Called()))), money(one.opening_fen),
            money(one.debit_fen), money(one.credit_fen), money(one.closing_fen),
        ]
        for one in balance.accounts
    ]  # fmt: skip
    lead = ("暂定，结账时冻结。", "Provisional until it is closed.") if balance.provisional else ("", "")
    none = "本月没有科目余额。", "No account has a balance."
    table = Table(columns, rows, None, *lead)
    return Part("科目余额表", "Trial balance", table, (), "", *none)


def _whose(account: str, called: Called) -> tuple[str, str]:
    """Whose money an account is about, of several that bear one title: a channel, a payer, a village."""
    family, _, whose = account.partition(":")
    if family == "cash":
        return f"收缴点 {whose}", f"collector {whose}"
    return named({**LEVELS, **called.channels, **called.payers}, whose)


def _steps(one: Whole) -> Part:
    columns = [
        Column("办理", "Step"), Column("经办", "By"), Column("复核", "Agreed to by"), Column("日期", "On"),
        Column("时间", "At"),
    ]  # fmt: skip
    rows = [
        [
            words(*named(STEPS, step.step)), words(step.taken_by), words(step.approved_by or ""),
            day(step.taken_at), words(minute(step.taken_at)[-5:]),
        ]
        for step in one.period.steps
    ]  # fmt: skip
    none = "尚未锁定。", "Nobody has locked it."
    return Part("办理记录", "What was done", Table(columns, rows), (), "", *none)
