"""The forms with which a village makes, mends, hands in or gives up a batch, and what each will do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.console.forms.doing import Deed
from services.console.forms.rules import Choice, Fact, Fault, Field, Sheet, fen_of
from services.console.pages.rules import amount
from services.console.receipts.rules import written
from services.console.receipts.schemas import Receipt
from services.console.village_batches.rules import ids_ticked
from services.console.village_batches.schemas import Line
from services.console.village_batches.showing import Looked, facts_of, heads, people_of

API = "/v1/village-batches"
_REASON = Field("reason", "事由", "Why", "long", most=500)
_STATED = (
    Field(
        "people", "纸质名册人数", "People on the paper", "count", most=7,
        hint_zh="按交审的纸质名册填写。", hint="As on the paper that is handed in.",
    ),
    Field(
        "amount_fen", "交审金额（元）", "Money handed in (yuan)", "yuan", most=20,
        hint_zh="现金、存款单、转账合计。", hint="Cash, slips and transfers together.",
    ),
)  # fmt: skip


def _sheet(
    looked: Looked, title: tuple[str, str], fields: Sequence[Field], more: Sequence[Fact] = ()
) -> Sheet:
    facts = tuple(more or facts_of(looked))
    return Sheet(*title, "下一步", "Go on", tuple(fields), looked.page, facts)


def submit_deed(looked: Looked) -> Deed:
    """Hand it in: the village states what it has, and what differs is noted."""
    batch = looked.batch

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        return {"people": int(typed["people"]), "amount_fen": fen_of(typed["amount_fen"])}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        fen = fen_of(typed["amount_fen"])
        agrees = int(typed["people"]) == batch.people and fen == batch.amount_fen
        return [
            Fact("村报", "Stated", *heads(int(typed["people"]), fen)),
            Fact("电子名册", "The file", *heads(batch.people, batch.amount_fen)),
            Fact("核对", "Compared", "一致", "the same") if agrees else Fact(
                "核对", "Compared", "不一致：可以交审，差异随批次记录，审核时须退回更正。",
                "not the same: it can be handed in, the difference is noted and has to be mended.",
            ),
            Fact(
                "交审后", "After that", "明细不能再改，除非审核部门退回。",
                "Its lines change no more unless an office sends it back.",
            ),
        ]  # fmt: skip

    path = f"{API}/{batch.batch_id}/submit"
    return Deed(_sheet(looked, ("交审", "Hand the batch in"), _STATED), path, body, will, "submitted")


def discard_deed(looked: Looked) -> Deed:
    """Give it up: its receipts are free for another batch."""

    def will(typed: Mapping[str, str]) -> list[Fact]:
        return [
            Fact("批次", "The batch", "作废，留存备查，不能恢复。", "given up for good, and on record."),
            Fact(
                "收据", "Its receipts", f"{looked.batch.lines:,} 行仍为有效缴费，可编入其他批次。",
                f"{looked.batch.lines:,} lines stay payments and are free for another batch.",
            ),
            Fact("事由", "Why", typed["reason"], typed["reason"]),
        ]  # fmt: skip

    sheet = _sheet(looked, ("作废批次", "Give the batch up"), (_REASON,))
    return Deed(sheet, f"{API}/{looked.batch.batch_id}/discard", _reason, will, "discarded")


def _reason(typed: Mapping[str, str]) -> Mapping[str, object]:
    return {"reason": typed["reason"]}


def tick_of(receipt: Receipt) -> Field:
    """A receipt to be ticked."""
    no, at = receipt.receipt_id, written(receipt.paid_at)
    zh, en = heads(receipt.people, receipt.amount_fen - receipt.returned_fen)
    papers = "、".join(receipt.voucher_nos)
    paper_zh, paper = (f"，票据 {papers}", f", paper {papers}") if papers else ("", "")
    label_zh, label = f"收据 {no}：{at}，{zh}{paper_zh}", f"Receipt {no}: {at}, {en}{paper}"
    return Field(f"receipt_{no}", label_zh, label, "tick", required=False)


def ticks(free: Sequence[Receipt], sent: Sequence[str]) -> tuple[Field, ...]:
    """Those that may be ticked, and those that were: sent again they are free no more."""
    known = {one.receipt_id for one in free}
    gone = [one for one in ids_ticked(sent) if one not in known]
    rest = [Field(f"receipt_{one}", f"收据 {one}", f"Receipt {one}", "tick", required=False) for one in gone]
    return (*map(tick_of, free), *rest)


def ticked(typed: Mapping[str, str]) -> list[int]:
    """The receipts that were ticked."""
    return ids_ticked([name for name, value in typed.items() if value])


def some_ticked(typed: Mapping[str, str]) -> list[Fault]:
    """Nothing ticked is nothing to do."""
    missing = Fault("", "请至少勾选一张收据。", "Tick a receipt at least.")
    return [] if ticked(typed) else [missing]


def add_deed(looked: Looked, free: Sequence[Receipt], sent: Sequence[str]) -> Deed:
    """Put receipts into it that are in no batch yet."""
    by_id = {one.receipt_id: one for one in free}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        ids = ticked(typed)
        fen = sum(by_id[one].amount_fen for one in ids if one in by_id)
        return [
            Fact("收据", "Receipts", f"{len(ids):,} 张", f"{len(ids):,}"),
            Fact("金额", "Amount", *amount(fen)),
            Fact("编入", "Go into", f"批次 {looked.batch.batch_id}", f"batch {looked.batch.batch_id}"),
        ]

    facts = facts_of(looked)
    if not free:
        facts.append(Fact("收据", "Receipts", "没有未编入批次的收据。", "None is free."))
    title, fields = ("补充收据", "Add receipts"), ticks(free, sent)
    sheet = replace(_sheet(looked, title, fields, facts), together=some_ticked)
    path = f"{API}/{looked.batch.batch_id}/lines"
    return Deed(sheet, path, lambda typed: {"receipt_ids": ticked(typed)}, will, "added")


def line_facts(line_no: int, line: Line | None) -> list[Fact]:
    """What is known of a line; of one that has left the batch its number alone."""
    facts = [Fact("行号", "Line", str(line_no), str(line_no))]
    if line is None:
        return facts
    papers = "、".join(line.voucher_nos) or "—"
    said = "；".join(one.why_zh for one in line.differences), "; ".join(one.why for one in line.differences)
    return [
        *facts, Fact("参保人", "People", *people_of(line)), Fact("金额", "Amount", *amount(line.amount_fen)),
        Fact("收款时间", "Taken at", written(line.paid_at), written(line.paid_at)),
        Fact("票据号码", "Paper", papers, papers),
        *([Fact("核对", "Looked at", *said)] if said[0] else []),
    ]  # fmt: skip


def leave_deed(looked: Looked, line_no: int, line: Line | None, *, gives_back: bool) -> Deed:
    """Leave a line out for a later batch, or give its money back where it was sent back for it."""
    later = Choice(
        "leave_out", "移出，以后再报", "leave it out for a later batch",
        "款项和参保不变。", "Money and cover stay.",
    )  # fmt: skip
    back = Choice(
        "give_back", "退还缴费人", "give it back to the payer",
        "缴费冲正，恢复为未缴费。", "The payment is taken back: it is unpaid again.",
    )  # fmt: skip
    kind = Field(
        "kind", "处理方式", "What becomes of it", "choice", (later, back) if gives_back else (later,)
    )

    def will(typed: Mapping[str, str]) -> list[Fact]:
        chosen = back if typed["kind"] == "give_back" else later
        return [
            Fact("处理方式", "What becomes of it", chosen.words_zh, chosen.words),
            Fact("款项", "Money", chosen.more_zh, chosen.more),
            Fact("事由", "Why", typed["reason"], typed["reason"]),
        ]

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        return {"line_no": line_no, "kind": typed["kind"], "reason": typed["reason"]}

    facts = line_facts(line_no, line)
    sheet = _sheet(looked, ("移出或退款", "Leave a line out"), (kind, _REASON), facts)
    return Deed(sheet, f"{API}/{looked.batch.batch_id}/corrections", body, will, "mended")


def new_deed(collector_id: int, year: int, free: Sequence[Receipt], facts: Sequence[Fact]) -> Deed:
    """Make a batch of all receipts of a collector that are in none yet."""
    people, fen = sum(one.people for one in free), sum(one.amount_fen for one in free)

    def will(_: Mapping[str, str]) -> list[Fact]:
        return [
            Fact("收据", "Receipts", f"{len(free):,} 张", f"{len(free):,}"),
            Fact("人数", "People", f"{people:,}", f"{people:,}"),
            Fact("金额", "Amount", *amount(fen)),
            Fact("其后", "After that", "核对明细后交审。", "Look at its lines, then hand it in."),
        ]

    sheet = Sheet("编制批次", "Make a batch", "下一步", "Go on", (), "work/batches?part=draft", tuple(facts))
    body = {"collector_id": collector_id, "coverage_year": year}
    return Deed(sheet, API, lambda _: body, will, "batch_made")
