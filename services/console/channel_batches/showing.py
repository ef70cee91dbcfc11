"""Puts together the pages of a batch of debits and of a batch that was exchanged."""

from services.console.channel_batches.schemas import (
    Debit,
    Debits,
    ExchangeRow,
    ExchangeRows,
    WholeDebitBatch,
    WholeExchange,
)
from services.console.forms.rules import Fact
from services.console.pages.objects import Part, Shown
from services.console.pages.rules import amount, minute
from services.console.worklists.naming import DEBITS, EXCHANGE, Names, named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words

OUTCOMES: Names = {
    "paid": ("扣款成功", "paid"),
    "failed": ("扣款失败", "failed"),
    "returned": ("退汇", "returned"),
    "taken_out": ("送银行前已移出", "taken out before it left"),
    "refused": ("复核未通过", "refused by the second person"),
    "given_up": ("已放弃", "given up"),
    "unanswered": ("未回盘", "not answered"),
}
LEFT_OUT: Names = {
    "not_assessed": ("待核定", "not assessed yet"),
    "paid": ("已缴费", "paid already"),
    "exempt": ("免缴", "exempt"),
    "not_payable": ("当前不能缴费", "cannot be paid now"),
    "nothing_due": ("无应缴金额", "owes nothing"),
    "in_order": ("在其他订单中", "in another order"),
    "earlier_year": ("须先缴上一年度", "the year before comes first"),
    "money_waits": ("有款项待核", "money waits to be matched"),
    "household": ("须全户一并缴费", "not without the household"),
    "debit_unanswered": ("在银行未回盘的批次中", "in a batch that the bank has not answered"),
    "above_limit": ("超过约定限额", "above the limit of the agreement"),
    "other_household": ("不在付款人同户", "of another household"),
}
ROWS: Names = {
    "sent": ("未回执", "not answered"),
    "accepted": ("接受", "accepted"),
    "refused": ("退回", "refused"),
}
#: Which accounts of a batch are shown alone.
DEBIT_PARTS = (
    ("failed", "扣款失败", "failed"), ("paid", "扣款成功", "paid"), ("returned", "退汇", "returned"),
    ("all", "全部", "all"),
)  # fmt: skip
#: Which rows of an exchanged batch are shown alone.
ROW_PARTS = (
    ("refused", "退回", "refused"), ("sent", "未回执", "not answered"), ("accepted", "接受", "accepted"),
    ("all", "全部", "all"),
)  # fmt: skip


def debit_page(batch: WholeDebitBatch, debits: Debits, part: str, channel: tuple[str, str]) -> Shown:
    """A batch of debits: where it stands, what the bank said, and whom it left out."""
    waits = f"approvals/collection/{batch.approval_id}" if batch.state == "waiting" else ""
    facts = [
        Fact("状态", "State", *named(DEBITS, batch.state), waits),
        Fact("渠道", "Channel", *channel),
        Fact("参保年度", "Coverage year", f"{batch.coverage_year} 年度", str(batch.coverage_year)),
        Fact("扣款日", "Debited on", batch.debit_on.isoformat(), batch.debit_on.isoformat()),
        Fact("户数", "Accounts", f"{batch.declared_count:,}", f"{batch.declared_count:,}"),
        Fact("金额", "Amount", *amount(batch.declared_total_fen)),
        Fact("制单", "Made by", batch.created_by, batch.created_by),
        Fact("复核", "Decided by", batch.decided_by or "—", batch.decided_by or "—"),
    ]
    if batch.given_at is not None:
        facts.append(Fact("送银行", "Given out", minute(batch.given_at), minute(batch.given_at)))
    parts = [_progress(batch), _debits(debits, part)]
    if batch.left_out:
        parts.append(_left_out(batch))
    title = f"批量代扣 {batch.batch_id}", f"Debits, batch {batch.batch_id}"
    return Shown(*title, "debits", "批量代扣", "Debits", facts, parts)


def _progress(batch: WholeDebitBatch) -> Part:
    columns = [
        Column("结果", "Outcome"), Column("户数", "Accounts", right=True),
        Column("金额", "Amount", right=True),
    ]  # fmt: skip
    rows = [
        [words(*named(OUTCOMES, word), warn=word == "failed"), number(one.count), money(one.amount_fen)]
        for word, one in batch.progress.items()
        if one.count
    ]
    none = ("尚未送银行或银行尚未回盘。", "The bank has said nothing yet.")
    return Part("银行结果", "What the bank said", Table(columns, rows), (), "", *none)


def _left_out(batch: WholeDebitBatch) -> Part:
    columns = [Column("原因", "Reason"), Column("人数", "People", right=True)]
    rows = [[words(*named(LEFT_OUT, why)), number(count)] for why, count in batch.left_out.items()]
    return Part("未列入批次", "Left out", Table(columns, rows))


def _debits(found: Debits, part: str) -> Part:
    columns = [
        Column("扣款流水号", "Debit"), Column("账户", "Account"), Column("人数", "People", right=True),
        Column("金额", "Amount", right=True), Column("结果", "Outcome"), Column("扣款时间", "Debited at"),
    ]  # fmt: skip
    table = Table(columns, [_debit(one) for one in found.items], found.next_after)
    return Part("逐户", "Account by account", table, DEBIT_PARTS, part)


def _debit(one: Debit) -> list[Cell]:
    why = (one.reason or "",) * 2
    return [
        words(one.debit_no), words(one.account_masked), number(one.people), money(one.amount_fen),
        Cell(*named(OUTCOMES, one.outcome or "unanswered"), *why, warn=one.outcome == "failed"),
        day(one.paid_at),
    ]  # fmt: skip


def exchange_page(
    batch: WholeExchange, found: ExchangeRows, part: str, *, opens: bool, decides: bool
) -> Shown:
    """A batch that was exchanged; `opens` says whether pages of people may be gone to."""
    to = named(EXCHANGE, batch.party)
    unanswered = batch.row_count - batch.accepted - batch.refused
    facts = [
        Fact("报送方", "To", *to),
        Fact("类别", "Of what", *named(EXCHANGE, batch.kind)),
        Fact("参保年度", "Coverage year", f"{batch.coverage_year} 年度", str(batch.coverage_year)),
        Fact("生成", "Made", *(f"{batch.made_by} {minute(batch.made_at)}",) * 2),
        Fact("格式", "Layout", batch.profile, batch.profile),
        Fact("记录", "Rows", f"{batch.row_count:,}", f"{batch.row_count:,}"),
        Fact("金额", "Amount", *amount(batch.total_fen)),
        Fact("已接受", "Accepted", f"{batch.accepted:,}", f"{batch.accepted:,}"),
        Fact("已退回", "Refused", f"{batch.refused:,}", f"{batch.refused:,}", _cases(batch, decides=decides)),
        Fact("未回执", "Not answered", f"{unanswered:,}", f"{unanswered:,}"),
    ]
    columns = [
        Column("行号", "Row", right=True), Column("编号", "Number"), Column("参保人", "Person"),
        Column("金额", "Amount", right=True), Column("回执", "Answer"), Column("处理", "Mend"),
    ]  # fmt: skip
    rows = [_row(one, opens=opens) for one in found.items]
    lead_zh = "退回的记录更正后自动随下一批次重新报送；确认无误的，在待办事项中选择“原样重新报送”。"
    lead = "A refused row goes again by itself once it is mended; send it again as it is from its case."
    table = Table(columns, rows, found.next_after, lead_zh, lead)
    title = f"第 {batch.batch_no} 批 · {to[0]}", f"Batch {batch.batch_no} to the {to[1]}"
    parts = [Part("逐条回执", "Row by row", table, ROW_PARTS, part)]
    return Shown(*title, "exchange", "征缴交换批次", "Exchange batches", facts, parts)


def _cases(batch: WholeExchange, *, decides: bool) -> str:
    return "cases/collection?kind=exchange_row_refused" if decides and batch.refused else ""


def _row(one: ExchangeRow, *, opens: bool) -> list[Cell]:
    who = str(one.content.get("masked_name") or one.person_id or "—")
    why = " ".join(said for said in (one.code, one.words) if said)
    person = f"persons/{one.person_id}" if opens and one.person_id is not None else ""
    refused = one.state == "refused"
    mend = words("核对此人信息", "look at the person", page=person) if refused and person else Cell()
    return [
        number(one.row_no), words(one.number), words(who, page=person), money(one.amount_fen),
        Cell(*named(ROWS, one.state), why, why, warn=refused), mend,
    ]  # fmt: skip
