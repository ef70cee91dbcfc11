"""Says what a refusal names beside its words: what differs of a batch, and which receipts are meant."""

from pydantic import BaseModel, ValidationError

from services.console.apis.rules import FieldFault


class _Difference(BaseModel):
    why: str
    why_zh: str
    line_no: int | None = None
    voucher_no: str | None = None
    note: str | None = None


class _Beside(BaseModel):
    differences: list[_Difference] = []
    receipt_ids: list[int] = []


def named_beside(body: bytes) -> tuple[FieldFault, ...]:
    """What a problem names, in both languages; nothing where it has members of another shape."""
    try:
        said = _Beside.model_validate_json(body)
    except ValidationError:
        return ()
    faults = [_difference(one) for one in said.differences]
    if said.receipt_ids:
        numbers = [str(one) for one in said.receipt_ids]
        zh, en = f"所指收据：{'、'.join(numbers)}。", f"Receipts: {', '.join(numbers)}."
        faults.append(FieldFault(detail=en, detail_zh=zh))
    return tuple(faults)


def _difference(one: _Difference) -> FieldFault:
    line_zh, line = (f"第 {one.line_no} 行", f"line {one.line_no}") if one.line_no else ("", "")
    paper_zh, paper = (f"票据 {one.voucher_no}", f"paper {one.voucher_no}") if one.voucher_no else ("", "")
    where_zh, where = line_zh + paper_zh, " ".join(word for word in (line, paper) if word)
    note_zh, note = (f"（{one.note}）", f" ({one.note})") if one.note else ("", "")
    return FieldFault(
        detail=f"{where}: {one.why}{note}" if where else f"{one.why}{note}",
        detail_zh=f"{where_zh}：{one.why_zh}{note_zh}" if where else f"{one.why_zh}{note_zh}",
    )
