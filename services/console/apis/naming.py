"""Says what a refusal names beside its words: what differs of a batch, and which receipts are meant."""

from pydantic import BaseModel, ValidationError

from services.console.apis.rules import FieldFault
from services.console.village_batches.rules import difference_said


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
    zh, en = difference_said((one.why_zh, one.why), one.line_no, one.voucher_no, one.note)
    return FieldFault(detail=en, detail_zh=zh)
