"""The forms that record a deposit, mend one that does not add up, or take it back, and what each will do."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.console.deposits.rules import batch_in
from services.console.deposits.schemas import Deposit
from services.console.deposits.standing import brought, left_fen
from services.console.forms.doing import Deed
from services.console.forms.rules import Choice, Fact, Fault, Field, Sheet, fen_of
from services.console.pages.rules import amount
from services.console.receipts.rules import instant_of
from services.console.receipts.schemas import Receipt
from services.console.village_batches.filling_village import some_ticked, ticked, ticks

API = "/v1/cash-deposits"
_SLIP = (
    Field("slip_no", "存款单号", "Number of the slip", most=40),
    Field("amount_fen", "存款金额（元）", "Amount on the slip (yuan)", "yuan", most=20),
    Field(
        "deposited_at", "缴存时间", "Brought at", most=40,
        hint_zh="以存款单为准，如 2020-11-20 16:40。", hint="As on the slip, such as 2020-11-20 16:40.",
    ),
    Field("bank_reference", "银行流水号", "Reference of the bank", most=40, required=False),
)  # fmt: skip
_REASON = Field("reason", "撤销事由", "Why", "long", most=500)
_ALL = Choice(
    "all", "全部在手收据", "all receipts in hand",
    "至缴存时间止已收的现金和支票；按通知须先审核批次的，未审核的不列入。",
    "Cash and cheques taken until then; not what the notice has wait for a review of its batch.",
)  # fmt: skip
_SOME = Choice("some", "下列勾选的收据", "the receipts ticked below")


def new_deed(
    place: tuple[int, int],
    receipts: Sequence[Receipt],
    sent: Sequence[str],
    which: str,
    facts: Sequence[Fact],
) -> Deed:
    """Record a slip of a collector and year with what it brings."""
    collector_id, year = place
    batches = {one.batch_id for one in receipts if one.batch_id is not None}
    if (batch_id := batch_in(which)) is not None:
        # A form that is sent twice asks for the same batch twice, though nothing of it is in hand any more.
        batches.add(batch_id)
    choices = [_ALL]
    choices += [
        Choice(f"batch_{no}", f"批次 {no} 的全部收据", f"all of batch {no}") for no in sorted(batches)
    ]
    field = Field("which", "解缴哪些收据", "Which receipts it brings", "choice", (*choices, _SOME))

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        said: dict[str, object] = {"collector_id": collector_id, "coverage_year": year, **_slip(typed)}
        if (of_batch := batch_in(typed["which"])) is not None:
            said["batch_id"] = of_batch
        return said | ({"receipt_ids": ticked(typed)} if typed["which"] == "some" else {})

    def will(typed: Mapping[str, str]) -> list[Fact]:
        found = brought(typed, _at(typed), receipts, ticked(typed))
        return [*_compared(fen_of(typed["amount_fen"]), found), *_after()]

    def together(typed: Mapping[str, str]) -> list[Fault]:
        return some_ticked(typed) if typed["which"] == "some" else []

    fields = (*_SLIP, field, *ticks(receipts, sent))
    back = f"deposits?part={collector_id}"
    sheet = Sheet(
        "登记解款", "Record a deposit", "下一步", "Go on", fields, back, tuple(facts), together=together
    )
    return Deed(sheet, API, body, will, "deposited")


def good_deed(deposit: Deposit, facts: Sequence[Fact]) -> Deed:
    """Record the slip that brings what another one had missed."""

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        place = {"collector_id": deposit.collector_id, "coverage_year": deposit.coverage_year}
        return {**place, **_slip(typed), "makes_good_id": deposit.deposit_id}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        left = deposit.missing_fen - fen_of(typed["amount_fen"])
        return [
            Fact("补缴", "Brought now", *amount(fen_of(typed["amount_fen"]))),
            Fact("补缴后仍差", "Missing then", *amount(left)),
        ]

    sheet = Sheet("补缴差额", "Bring what is missing", "下一步", "Go on", _SLIP, _page(deposit), tuple(facts))
    return Deed(sheet, API, body, will, "deposited")


def more_deed(
    deposit: Deposit, receipts: Sequence[Receipt], sent: Sequence[str], facts: Sequence[Fact]
) -> Deed:
    """Have a slip bring receipts that were entered after it."""
    by_id = {one.receipt_id: one for one in receipts}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        found = [by_id[one] for one in ticked(typed) if one in by_id]
        more = deposit.missing_fen + left_fen(found)
        return [
            Fact("补列收据", "Receipts", f"{len(found):,} 张", f"{len(found):,}"),
            Fact("金额", "Amount", *amount(left_fen(found))),
            Fact("补列后差额", "Missing then", *amount(more)),
        ]

    sheet = Sheet(
        "补列收据", "Add receipts to the slip", "下一步", "Go on", ticks(receipts, sent), _page(deposit),
        tuple(facts), together=some_ticked,
    )  # fmt: skip
    path = f"{API}/{deposit.deposit_id}/receipts"
    return Deed(sheet, path, lambda typed: {"receipt_ids": ticked(typed)}, will, "added_to_slip")


def withdraw_deed(deposit: Deposit, facts: Sequence[Fact]) -> Deed:
    """Take a slip back that was entered wrongly: what it brought is in hand again."""

    def will(typed: Mapping[str, str]) -> list[Fact]:
        count = deposit.receipts
        return [
            Fact("撤销金额", "Taken back", *amount(deposit.amount_fen)),
            Fact(
                "收据", "Receipts", f"{count:,} 张恢复为在手，须重新解款。",
                f"{count:,} are in hand again, and have to be brought anew.",
            ),
            Fact(
                "账务", "Books", "总账冲回该笔存款；批次退回解款步骤。",
                "The ledger takes the money back; a batch waits for the bank again.",
            ),
            Fact("撤销事由", "Why", typed["reason"], typed["reason"]),
        ]  # fmt: skip

    sheet = Sheet(
        "撤销解款", "Take a deposit back", "下一步", "Go on", (_REASON,), _page(deposit), tuple(facts)
    )
    path = f"{API}/{deposit.deposit_id}/withdraw"
    return Deed(sheet, path, lambda typed: {"reason": typed["reason"]}, will, "deposit_withdrawn")


def photo_sheet(deposit: Deposit, facts: Sequence[Fact]) -> Sheet:
    """The form that keeps a photo of the slip."""
    return Sheet("添加照片", "Add a photo", "上传", "Send it", (), _page(deposit), tuple(facts))


def _page(deposit: Deposit) -> str:
    return f"deposits/{deposit.deposit_id}"


def _slip(typed: Mapping[str, str]) -> dict[str, object]:
    said: dict[str, object] = {
        "slip_no": typed["slip_no"],
        "amount_fen": fen_of(typed["amount_fen"]),
        "deposited_at": instant_of(typed["deposited_at"]),
    }
    return said | ({"bank_reference": typed["bank_reference"]} if typed["bank_reference"] else {})


def _at(typed: Mapping[str, str]) -> datetime | None:
    """The instant that was typed; None where it is none, for the service to refuse."""
    try:
        return datetime.fromisoformat(instant_of(typed["deposited_at"]))
    except ValueError:
        return None


def _compared(fen: int, found: Sequence[Receipt]) -> list[Fact]:
    covered = left_fen(found)
    zh, en = amount(covered)
    facts = [
        Fact("存款金额", "On the slip", *amount(fen)),
        Fact("收据", "Receipts", f"{len(found):,} 张，{zh}", f"{len(found):,}, {en}"),
    ]
    if fen == covered:
        return [*facts, Fact("核对", "Compared", "一致", "the same")]
    differs_zh, differs = amount(abs(covered - fen))
    which_zh, which = ("少存", "short by") if fen < covered else ("多存", "more by")
    return [
        *facts,
        Fact(
            "核对", "Compared", f"{which_zh} {differs_zh}：可以登记，差额列为待办事项，直至补缴或补列收据。",
            f"{which} {differs}: it is recorded, and is a case until money or receipts are found.",
        ),
    ]  # fmt: skip


def _after() -> list[Fact]:
    return [
        Fact(
            "登记后", "After that", "所列收据不再计入手持现金。", "These receipts are in hand no more.",
        )
    ]  # fmt: skip
