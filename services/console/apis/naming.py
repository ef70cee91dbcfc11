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
    waiting_card: int = 0
    needs_card: int = 0
    unverified: int = 0
    held_count: int = 0


#: What hinders payouts where none is ready.
_HINDERED = {
    "waiting_card": ("等待登记社保卡", "wait for a card"),
    "needs_card": ("等待更正社保卡", "wait for a corrected card"),
    "unverified": (
        "等待核验或资金确认，或开户行不同",
        "wait to be verified or for money, or are elsewhere",
    ),
    "held_count": ("等待处理参保事项", "wait for a case about the enrollment"),
}


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
    for name, (zh, en) in _HINDERED.items():
        if count := getattr(said, name):
            faults.append(FieldFault(detail=f"{count:,} {en}.", detail_zh=f"{count:,} 笔{zh}。"))
    return tuple(faults)


def _difference(one: _Difference) -> FieldFault:
    zh, en = difference_said((one.why_zh, one.why), one.line_no, one.voucher_no, one.note)
    return FieldFault(detail=en, detail_zh=zh)
