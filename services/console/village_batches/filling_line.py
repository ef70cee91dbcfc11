"""The form with which a line that was sent back is written down anew: as it should have been."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from libs.common.money import yuan_decimals
from services.console.forms.doing import Deed
from services.console.forms.rules import Choice, Fact, Field, Sheet, fen_of
from services.console.receipts.rules import instant_of, written
from services.console.village_batches.filling_village import API, line_facts
from services.console.village_batches.schemas import Line
from services.console.village_batches.showing import Looked, heads

_INSTRUMENTS = (
    Choice("cash", "现金", "cash"), Choice("cheque", "支票", "cheque"),
    Choice("pos", "POS 刷卡", "card terminal"), Choice("transfer", "转账", "transfer"),
)  # fmt: skip
_PAPER = "票据号码", "Number of the paper"


@dataclass(frozen=True, slots=True)
class Again:
    """A line to be written down anew: whom it is for (0: nobody known), and where paper has its number."""

    line_no: int
    people: Sequence[int]
    per: str | None

    def name(self, field: str, no: int) -> str:
        """The field of one person: as the API calls it where there is one alone."""
        return field if len(self.people) == 1 else f"{field}_{no}"


def replace_deed(looked: Looked, again: Again, line: Line | None) -> Deed:
    """Take the money of a line back and write it down as it should have been, on the same line."""
    fields = _fields(again)

    def will(typed: Mapping[str, str]) -> list[Fact]:
        fen = sum(fen_of(typed[again.name("amount_fen", no)]) for no, _ in enumerate(again.people, 1))
        return [
            Fact("原收据", "What stood there", "冲正，相应缴费撤回。", "is taken back with its payment."),
            Fact("重新登记", "Anew", *heads(len(again.people), fen)),
            Fact("参保", "Cover", "按更正后的收款时间计算。", "follows the instant that is typed now."),
            Fact("事由", "Why", typed["reason"], typed["reason"]),
        ]  # fmt: skip

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        return {
            "line_no": again.line_no, "kind": "replace", "reason": typed["reason"],
            "instead": _instead(again, typed),
        }  # fmt: skip

    facts = tuple(line_facts(again.line_no, line))
    sheet = Sheet("更正明细", "Mend a line", "下一步", "Go on", fields, looked.page, facts)
    return Deed(sheet, f"{API}/{looked.batch.batch_id}/corrections", body, will, "mended")


def filled(again: Again, line: Line) -> dict[str, str]:
    """The line as it stands, to be mended."""
    typed = {"instrument": line.instrument, "paid_at": written(line.paid_at)}
    for no, one in enumerate(line.persons, 1):
        typed[again.name("amount_fen", no)] = yuan_decimals(one.amount_fen)
        if again.per == "person" and no <= len(line.voucher_nos):
            typed[again.name("voucher_no", no)] = line.voucher_nos[no - 1]
    if again.per != "person" and line.voucher_nos:
        typed["voucher_no"] = line.voucher_nos[0]
    return typed


def _fields(again: Again) -> tuple[Field, ...]:
    minute_zh, minute = "如 2020-11-20 16:40。", "Such as 2020-11-20 16:40."
    fields = [
        Field("paid_at", "收款时间", "Taken at", most=40, hint_zh=minute_zh, hint=minute),
        Field("instrument", "收款方式", "How it was paid", "choice", _INSTRUMENTS),
    ]
    if again.per != "person":
        fields.append(Field("voucher_no", *_PAPER, most=40, required=again.per is not None))
    for no, person_id in enumerate(again.people, 1):
        fields += _of_person(again, no, is_known=person_id > 0)
    return (*fields, Field("reason", "更正事由", "Why it is mended", "long", most=500))


def _of_person(again: Again, no: int, *, is_known: bool) -> list[Field]:
    who_zh, who = (f"第 {no} 人：", f"Person {no}: ") if len(again.people) > 1 else ("", "")
    fields = [
        Field(again.name("amount_fen", no), f"{who_zh}金额（元）", f"{who}amount (yuan)", "yuan", most=20)
    ]
    if again.per == "person":
        fields.append(
            Field(again.name("voucher_no", no), f"{who_zh}票据号码", f"{who}number of the paper", most=40)
        )
    hint = (
        ("参保人有误的，填写正确的证件号码和姓名。", "Where it is somebody else: number and name.")
        if is_known else ("", "")
    )  # fmt: skip
    return [
        *fields,
        Field(
            again.name("id_number", no), f"{who_zh}证件号码", f"{who}identity number", most=32,
            required=not is_known, hint_zh=hint[0], hint=hint[1],
        ),
        Field(again.name("name", no), f"{who_zh}姓名", f"{who}name", most=100, required=not is_known),
    ]  # fmt: skip


def _instead(again: Again, typed: Mapping[str, str]) -> dict[str, object]:
    items = []
    for no, person_id in enumerate(again.people, 1):
        said = {name: typed[again.name(name, no)] for name in ("id_number", "name")}
        is_other = said["id_number"] or said["name"] or not person_id
        who: dict[str, object] = (
            {k: v or None for k, v in said.items()} if is_other else {"person_id": person_id}
        )
        item = {"amount_fen": fen_of(typed[again.name("amount_fen", no)]), **who}
        if again.per == "person":
            item["voucher_no"] = typed[again.name("voucher_no", no)]
        items.append(item)
    paper = {"voucher_no": typed["voucher_no"]} if again.per != "person" and typed["voucher_no"] else {}
    at = instant_of(typed["paid_at"])
    return {"instrument": typed["instrument"], "paid_at": at, "items": items, **paper}
