"""The forms with which offices pass a batch, send it back or have it taken back, and what each will do."""

from collections.abc import Mapping

from services.console.forms.doing import Deed
from services.console.forms.rules import Fact, Field, Sheet, fen_of
from services.console.pages.rules import amount
from services.console.village_batches.filling_village import API
from services.console.village_batches.rules import counted_of, reported_lines, seen_vouchers
from services.console.village_batches.schemas import Step
from services.console.village_batches.showing import PASSES, Looked, called, facts_of, heads
from services.console.village_batches.standing import place_of
from services.console.worklists.naming import named

_MOST_ROWS = 20_000
_AGREES = Fact(
    "不符时", "What differs", "三者不符的不能通过，系统逐项列出，请退回村更正。",
    "does not pass: it is named item by item, and the batch has to be sent back.",
)  # fmt: skip
_REFERENCE = Field("reference", "入库凭证号", "Number of the booking", most=40, required=False)


def _counted(*, required: bool) -> tuple[Field, ...]:
    return (
        Field("people", "纸质名册人数", "People on the paper", "count", most=7, required=required),
        Field(
            "amount_fen", "纸质金额（元）", "Sum on the paper (yuan)", "yuan",
            most=20, required=required, least_fen=0,
        ),
        Field(
            "money_fen", "清点资金（元）", "Money counted (yuan)", "yuan",
            most=20, required=required, least_fen=0,
            hint_zh="清点的现金，核对过的存款单、转账。", hint="Cash counted, slips and transfers looked at.",
        ),
        Field(
            "vouchers", "逐号核对票据", "Single numbers of paper", "long", most=_MOST_ROWS, required=False,
            reads=seen_vouchers, hint_zh="每行一个票据号码和金额，如“00120001 280.00”；不填则只核对总数。",
            hint="A number and its amount to a row, such as “00120001 280.00”; empty: totals alone.",
        ),
    )  # fmt: skip


def pass_deed(looked: Looked, step: Step, round_no: int) -> Deed:
    """Let it go on from the step at which it was seen: counted at a review, by saying so at the others."""
    fields = {"review": _counted(required=True), "book": (_REFERENCE,)}.get(step.kind, ())

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        said: dict[str, object] = {"step": step.step, "round": round_no, "passed": True}
        if (counted := counted_of(typed)) is not None:
            said["counted"] = counted
        return said | ({"reference": typed["reference"]} if typed.get("reference") else {})

    def will(typed: Mapping[str, str]) -> list[Fact]:
        return [*_compared(looked, typed), Fact("通过后", "After that", *_following(looked, step)), _AGREES]

    sheet = _sheet(looked, named(PASSES, step.kind), fields, step)
    return Deed(sheet, _path(looked.batch.batch_id, step), body, will, "batch_passed")


def return_deed(looked: Looked, step: Step, round_no: int) -> Deed:
    """Give it back to the village with a reason, and with the lines that are not as the paper says."""
    fields = (
        Field("reason", "退回原因", "Why it goes back", "long", most=500),
        Field(
            "lines", "不符的行", "Lines that differ", "long", most=_MOST_ROWS, required=False,
            reads=reported_lines,
            hint_zh="每行写一个行号，可加纸质金额和说明，如“2 280.00 少写 10 元”；"
            "只有指出的行和比对发现的行可以更正。",
            hint="A line's number to a row, with the amount on the paper and a remark if you will, such as "
            "“2 280.00 ten short”; only these, and what the comparison found, can be mended.",
        ),
        *_counted(required=False),
    )  # fmt: skip

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        said: dict[str, object] = {
            "step": step.step,
            "round": round_no,
            "passed": False,
            "reason": typed["reason"],
        }
        said["differences"] = reported_lines(typed["lines"])
        return said | ({"counted": counted} if (counted := counted_of(typed)) is not None else {})

    def will(typed: Mapping[str, str]) -> list[Fact]:
        numbers = "、".join(str(one["line_no"]) for one in reported_lines(typed["lines"])) or "—"
        return [
            Fact("退回原因", "Why it goes back", typed["reason"], typed["reason"]),
            Fact("不符的行", "Lines that differ", numbers, numbers.replace("、", ", ")),
            *_compared(looked, typed),
            Fact(
                "退回后", "After that", "由村级更正后重新交审；缴费和参保不受影响。",
                "The village mends it and hands it in again; payments and cover stay.",
            ),
        ]  # fmt: skip

    sheet = _sheet(looked, ("退回村", "Send it back"), fields, step)
    return Deed(sheet, _path(looked.batch.batch_id, step), body, will, "batch_returned")


def reverse_deed(looked: Looked) -> Deed:
    """Ask for a second person to take all of it back."""
    batch = looked.batch

    def will(typed: Mapping[str, str]) -> list[Fact]:
        return [
            Fact("冲回", "Taken back", *heads(batch.people, batch.amount_fen)),
            Fact(
                "审批", "Who agrees", "须第二人审批，审批前不冲回。",
                "A second person; nothing goes back before.",
            ),
            Fact(
                "参保", "Cover", "全部缴费及凭证作废，恢复为未缴费；票据可重新登记。",
                "All its payments are void and unpaid again; the paper can be entered again.",
            ),
            Fact("事由", "Why", typed["reason"], typed["reason"]),
        ]  # fmt: skip

    fields = (Field("reason", "冲回事由", "Why", "long", most=500),)
    sheet = _sheet(looked, ("整批冲回", "Take all of the batch back"), fields, None)
    path = f"{API}/{batch.batch_id}/reversal"
    return Deed(sheet, path, lambda typed: {"reason": typed["reason"]}, will, "asked")


def _path(batch_id: int, step: Step) -> str:
    return f"{API}/{batch_id}/{place_of(step)}"


def _sheet(looked: Looked, title: tuple[str, str], fields: tuple[Field, ...], step: Step | None) -> Sheet:
    facts = facts_of(looked)
    if step is not None:
        facts = [Fact("步骤", "Step", step.label_zh, step.label), *facts]
    return Sheet(*title, "下一步", "Go on", fields, looked.page, tuple(facts))


def _compared(looked: Looked, typed: Mapping[str, str]) -> list[Fact]:
    """What was counted beside the file, before it is sent."""
    batch, facts = looked.batch, []
    if typed.get("people"):
        agrees = int(typed["people"]) == batch.people
        words = f"{typed['people']}", f"{typed['people']}"
        facts.append(_beside("纸质名册人数", "People on the paper", words, agrees=agrees))
    for name, zh, en in (
        ("amount_fen", "纸质金额", "Sum on the paper"), ("money_fen", "清点资金", "Money counted"),
    ):  # fmt: skip
        if typed.get(name):
            fen = fen_of(typed[name])
            facts.append(_beside(zh, en, amount(fen), agrees=fen == batch.amount_fen))
    return facts


def _beside(zh: str, en: str, words: tuple[str, str], *, agrees: bool) -> Fact:
    said_zh, said = (
        ("与电子名册一致", "as in the file") if agrees else ("与电子名册不符", "not as in the file")
    )
    return Fact(zh, en, f"{words[0]}，{said_zh}", f"{words[1]}, {said}")


def _following(looked: Looked, step: Step) -> tuple[str, str]:
    """Where it goes when it passes."""
    after = looked.batch.steps[[one.step for one in looked.batch.steps].index(step.step) + 1 :]
    if not after:
        return "批次办结。", "The batch is done."
    zh, en = called(after[0])
    return f"转下一步：{zh}。", f"It goes on: {en}."
