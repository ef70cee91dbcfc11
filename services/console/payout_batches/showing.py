"""Puts together the list of batches and the page of one: how far it is, and who does what next."""

from collections.abc import Sequence

from services.console.decisions.rules import may_agree, who_may
from services.console.forms.rules import Fact
from services.console.home.rules import may
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.payout_batches.naming import OUTCOMES, STATES, way_of
from services.console.payout_batches.schemas import Batch, Batches, BatchState
from services.console.session.rules import Visitor
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words


def table_of(found: Batches) -> Table:
    """Batches in the order in which they were made."""
    columns = [
        Column("批次", "Batch"), Column("范围", "Division"), Column("笔数", "Payouts", right=True),
        Column("金额", "Amount", right=True), Column("制作", "Made by"), Column("制作日", "On"),
        Column("复核", "Decided by"), Column("状态", "State"),
    ]  # fmt: skip
    (makes_zh, makes), (agrees_zh, agrees) = who_may("subsidy:write"), who_may("subsidy:approve")
    lead_zh = f"由{makes_zh}制作并送银行，由{agrees_zh}复核。"
    lead = f"{makes} makes them and hands them to the bank, {agrees} agrees."
    return Table(columns, [_row(one) for one in found.items], found.next_after, lead_zh, lead)


def _row(one: Batch) -> list[Cell]:
    return [
        words(str(one.batch_id), page=way_of(one.batch_id)), words(one.division_prefix),
        number(one.declared_count), money(one.declared_total_fen), words(one.created_by),
        day(one.created_at), words(one.decided_by or ""),
        words(*named(STATES, one.state), warn=one.state == "waiting"),
    ]  # fmt: skip


def batch_page(visitor: Visitor, one: BatchState) -> Shown:
    """A batch: what it declares, what the bank said, and what is to be done."""
    year = one.coverage_year
    facts = [
        Fact("状态", "State", *named(STATES, one.state)),
        Fact("参保年度", "Coverage year", f"{year} 年度", str(year)),
        Fact("范围", "Division", *(one.division_prefix or "*",) * 2),
        Fact("笔数", "Payouts", f"{one.declared_count:,} 笔", f"{one.declared_count:,}"),
        Fact("金额", "Amount", *amount(one.declared_total_fen)),
        Fact("制作", "Made", *(f"{one.created_by} {minute(one.created_at)}",) * 2),
    ]
    if (decided_at := one.approved_at or one.refused_at) is not None:
        facts.append(Fact("复核", "Decided", *(f"{one.decided_by} {minute(decided_at)}",) * 2))
    facts.append(Fact("下一步", "Next", *_next(one)))
    columns = [
        Column("结果", "Answer"), Column("笔数", "Payouts", right=True),
        Column("金额", "Amount", right=True),
    ]  # fmt: skip
    rows = [
        [
            words(*named(OUTCOMES, code), warn=code in ("failed", "returned")),
            number(some.count), money(some.amount_fen),
        ]
        for code, some in one.progress.items()
    ]  # fmt: skip
    parts = [Part("银行回盘情况", "What the bank answered", Table(columns, rows))]
    title = f"发放批次 {one.batch_id}", f"Payouts, batch {one.batch_id}"
    listed = f"payout_batches?season={one.county}-{year}"
    return Shown(*title, listed, "发放批次", "Batches of payouts", facts, parts, _acts(visitor, one))


def _next(one: BatchState) -> tuple[str, str]:
    """Who does what next."""
    if one.state == "waiting":
        zh, en = who_may("subsidy:approve")
        return f"由{zh}复核，不得为制作人本人。", f"{en} agrees: not who made it."
    if one.state == "refused":
        return "其中款项随下一批次发放。", "Its payouts go with the next batch."
    zh, en = who_may("subsidy:write")
    if "sent" in one.progress:
        return (
            f"由{zh}下载银行文件送银行，银行回盘后上传；导出含完整账号，留痕备查。",
            f"{en} hands the file to the bank, and feeds what it answers; whole accounts: it is recorded.",
        )
    if one.progress.keys() & {"failed", "returned"}:
        return (
            "失败、退汇的更正社保卡后，随下一批次发放。",
            "What failed or came back goes with the next batch, once the card is corrected.",
        )
    return "已全部发放。", "All of it is paid."


def _acts(visitor: Visitor, one: BatchState) -> Sequence[Act]:
    if one.state == "waiting":
        agrees = may_agree(visitor, "subsidy", "payout_batch", one.created_by)
        page = f"approvals/subsidy/{one.approval_id}"
        return [Act(page, "复核批次", "Agree to it or refuse it")] if agrees else []
    if one.state == "refused" or not may(visitor, "subsidy:write"):
        return []
    results = f"money-files/payout_results?season={one.county}-{one.coverage_year}"
    acts = [Act(results, "上传发放回盘", "Send what the bank answered", second=True)]
    if may(visitor, "pii:read"):
        acts.insert(0, Act(f"{way_of(one.batch_id)}/file", "下载银行文件", "Fetch the bank’s file"))
    return acts
