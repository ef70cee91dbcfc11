"""What is asked of whoever takes money by hand, or takes a receipt back, and what that will do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from libs.common.money import yuan_decimals
from libs.common.security.scopes import ROLES
from services.console.forms.rules import Fact, Field, Sheet, fen_of
from services.console.pages.objects import Act, Shown
from services.console.pages.rules import ROLE_NAMES, amount
from services.console.receipts.rules import Place, instant_of, read_instant, written
from services.console.receipts.schemas import Collector, DeskDue, Receipt

#: With it a receipt is taken back.
UNDOES = "collection:write"
_AMOUNT = Field("amount_fen", "金额（元）", "Amount (yuan)", "yuan", most=20)
_PAPER = Field("voucher_no", "票据号码", "Number of the paper", most=40)
_MINUTE_ZH, _MINUTE = "如 2020-11-20 16:40。", "Such as 2020-11-20 16:40."
_PAID_AT = Field(
    "paid_at", "收款时间", "Taken at", most=40, hint_zh=_MINUTE_ZH, hint=_MINUTE, reads=read_instant
)
_BACK_AT = Field(
    "returned_at", "退回时间", "Given back at", most=40, hint_zh=_MINUTE_ZH, hint=_MINUTE, reads=read_instant
)


def desk_sheet(due: DeskDue, collector: Collector, back: str) -> Sheet:
    """The form that records money for somebody, everything filled in that is known."""
    facts = [
        Fact("姓名", "Name", due.masked_name or "", due.masked_name or ""),
        Fact("户籍村（社区）", "Village", due.division_code, due.division_code),
        Fact("收缴点", "Collector", collector.title, collector.title),
    ]
    if not due.takes_cash:
        facts.append(Fact("注意", "Note", "按通知，此处不收现金。", "By the notice no cash is taken here."))
    if due.waits:
        facts.append(Fact("注意", "Note", "此人有待核款项，不要再收款。", "Money waits: take none."))
    for said in (due.standing, due.closed):
        if said is not None:
            facts.append(Fact("情况", "Standing", said.zh, said.en))
    facts += [
        Fact(f"{one.tier} 档", f"Tier {one.tier}", *amount(one.payable_fen))
        for one in due.tiers
        if one.payable_fen
    ]  # fmt: skip
    paper = (_PAPER,) if due.paper is not None else ()
    return Sheet(
        "登记收款", "Record money", "收款", "Taken", (_AMOUNT, *paper, _PAID_AT), back, tuple(facts),
        ready=bool(due.payable_fen) and due.takes_cash and not due.waits,
    )  # fmt: skip


def desk_opened(due: DeskDue, collector: Collector, back: str, voucher_no: str) -> Sheet:
    """The form before anything is typed: where only the number of the paper is missing, one begins there."""
    sheet = desk_sheet(due, collector, back)
    if not sheet.ready or due.paper is None or voucher_no:
        return sheet
    fields = tuple(replace(one, begins=one.name == _PAPER.name) for one in sheet.fields)
    return replace(sheet, fields=fields, ready=False)


def is_settled(due: DeskDue) -> bool:
    """Whether somebody has paid, and nothing more is to be taken."""
    return due.payment is not None and not due.payable_fen and not any(one.payable_fen for one in due.tiers)


def settled_page(due: DeskDue, back: str) -> Shown:
    """Somebody who has paid, opened again from a list that was older: nothing is to be taken."""
    facts = [Fact("姓名", "Name", due.masked_name or "", due.masked_name or "")]
    if due.standing is not None:
        facts.append(Fact("情况", "Standing", due.standing.zh, due.standing.en))
    if (paid := due.payment) is not None:
        facts.append(Fact("缴费金额", "Paid", *amount(paid.amount_fen)))
        facts.append(Fact("电子票据号码", "Voucher", paid.voucher_no, paid.voucher_no))
    listed = "unpaid", "未缴费人员", "People who have not paid"
    lead = "已缴费，不要再收款。", "It is paid: take no money."
    return Shown("已缴费", "Paid", *listed, facts, [], [Act(back, "下一位", "The next person")], *lead)


def prefilled(due: DeskDue, voucher_no: str, now: datetime) -> dict[str, str]:
    """What stands in the form before anything is typed."""
    filled = {"paid_at": written(now)}
    if due.payable_fen and not due.tiers:
        filled["amount_fen"] = yuan_decimals(due.payable_fen)
    return filled | ({"voucher_no": voucher_no} if due.paper is not None else {})


def receipts_body(due: DeskDue, place: Place, year: int, typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    item: dict[str, object] = {"person_id": due.person_id, "amount_fen": fen_of(typed["amount_fen"])}
    receipt: dict[str, object] = {"paid_at": instant_of(typed["paid_at"]), "items": [item]}
    if due.paper is not None:
        (item if due.paper == "person" else receipt)["voucher_no"] = typed["voucher_no"]
    return {"collector_id": place.collector_id, "coverage_year": year, "receipts": [receipt]}


def may_be_undone(receipt: Receipt) -> bool:
    """Whether a wrong entry can be taken back: it counts, and nothing of it is at the bank or handed in."""
    return (
        receipt.state == "passed"
        and not receipt.returned_fen
        and receipt.deposit_id is None
        and receipt.batch_id is None
    )


def undo_sheet(receipt: Receipt, back: str) -> Sheet:
    """The form that takes a receipt back."""
    return Sheet("冲正收款登记", "Take a receipt back", "下一步", "Go on", (_BACK_AT,), back, _facts(receipt))


def wrong_sheet(receipt: Receipt, back: str) -> Sheet:
    """What is to be said of a receipt to whoever takes it back, and who that is."""
    facts = (*_facts(receipt), _standing(receipt), Fact("由谁冲正", "Who takes it back", *who_undoes()))
    return Sheet("登记有误的收款", "A wrong receipt", "", "", (), back, facts)


def who_undoes() -> tuple[str, str]:
    """The roles that may take a receipt back, in both languages."""
    names = [
        ROLE_NAMES[role] for role, scopes in ROLES.items() if UNDOES in scopes and role in ROLE_NAMES
    ]  # fmt: skip
    return "、".join(zh for zh, _ in names), " or ".join(en.lower() for _, en in names)


def _standing(receipt: Receipt) -> Fact:
    """Whether it can be taken back as it is, else what comes first."""
    said, page = ("可以冲正，须告知上列收据编号", "it can be: tell them the receipt above"), ""
    if receipt.returned_fen:
        said = "已冲正", "it is taken back already"
    elif receipt.batch_id is not None:
        said = (
            f"已列入批次 {receipt.batch_id}，先将该行移出批次",
            f"it is in batch {receipt.batch_id}: leave its line out first",
        )
        page = f"village-batches/{receipt.batch_id}"
    elif receipt.deposit_id is not None:
        said, page = (
            ("已解款，先撤销该笔解款", "it is at the bank: the deposit is withdrawn first"),
            f"deposits/{receipt.deposit_id}",
        )
    elif receipt.state != "passed":
        said = "待审核，由审核人员办理", "somebody has to look at it first"
    return Fact("能否冲正", "Can it be taken back", *said, page)


def _facts(receipt: Receipt) -> tuple[Fact, ...]:
    papers = "、".join(receipt.voucher_nos)
    return (
        Fact("收据编号", "Receipt", str(receipt.receipt_id), str(receipt.receipt_id)),
        Fact("金额", "Amount", *amount(receipt.amount_fen)),
        Fact("人数", "People", str(receipt.people), str(receipt.people)),
        Fact("收款时间", "Taken at", written(receipt.paid_at), written(receipt.paid_at)),
        Fact("登记人", "Entered by", receipt.entered_by, receipt.entered_by),
        *([Fact("票据号码", "Paper", papers, papers)] if papers else []),
    )


def undo_will(receipt: Receipt) -> list[Fact]:
    """What taking it back will do."""
    return [
        Fact("金额", "Amount", *amount(receipt.amount_fen)),
        Fact(
            "款项", "Money", "由收缴点退还缴费人，不再计入手持现金。",
            "The collector gives it back to the payer.",
        ),
        Fact(
            "参保", "Cover", "该笔缴费及凭证作废，恢复为未缴费。",
            "Payment and voucher are void: it is unpaid again.",
        ),
        Fact("票据", "Paper", "票据号码可重新登记。", "The number of the paper can be entered again."),
    ]  # fmt: skip


def undo_body(typed: Mapping[str, str]) -> dict[str, object]:
    """The request to take it back."""
    return {"reason": "entered_wrongly", "returned_at": instant_of(typed["returned_at"])}
