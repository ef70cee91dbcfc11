"""Collectors, receipts and cash in hand as the API shows and takes them."""

from datetime import date
from typing import Annotated, Self

from fastapi import UploadFile
from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenInstant,
    Id,
    Instant,
    Page,
)
from services.collection.cash import examples
from services.collection.cash.rules import (
    HeldFor,
    Instrument,
    OrderMoney,
    ReceiptItem,
    ReceiptState,
    ReversalReason,
    TakenMoney,
)
from services.collection.examples import listed, shown

#: One payer's people, on one receipt.
MOST_ITEMS = 50
#: Numbers on paper: printable, without blanks.
_PRINTED = r"^[^\x00-\x1f\x7f]+$"
PaperNo = Annotated[str, Field(pattern=r"^[!-~\u4e00-\u9fff]{1,40}$")]
ChannelCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Division = Annotated[str, Field(pattern=r"^[1-9][0-9]{11}$")]
Fen = Annotated[int, Field(strict=True, gt=0, le=10**12)]
RepairYears = Annotated[
    int, Field(strict=True, ge=0, le=20, description="how many lapsed years some of the amount repairs")
]
OrderNo = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]


class NewCollector(Body):
    """A place where money is taken by hand: a village office, a bank counter. Name the place, nobody."""

    model_config = shown(
        {
            "county": "huining",
            "coverage_year": 2021,
            "division_code": "620422101201",
            "channel": "cadre",
            "title": "南关村收缴点",
        }
    )

    county: CountyCode
    coverage_year: CoverageYear = Field(description="whose notice has the channel")
    division_code: Division
    channel: ChannelCode = Field(description="the notice's code of the channel")
    title: Annotated[FreeText, Field(min_length=1, max_length=60)]


class Collector(Answer):
    """A place where money is taken by hand."""

    model_config = shown(examples.COLLECTOR)

    collector_id: int
    county: str
    division_code: str
    channel: str
    title: str


class Collectors(Page[Collector]):
    """Collectors in the order in which they were registered."""

    model_config = shown(listed(examples.COLLECTOR))


class NewItem(Body):
    """The part of the money that is for one insured person, as on the identity document or from a list.

    With `repair_years` it is the contribution, unless that is paid or covered already, and these years: as
    many as the search for dues offers (`repair`), from the first. They are fixed as the receipt is recorded.
    """

    id_number: Annotated[str | None, Field(min_length=5, max_length=32, pattern=_PRINTED)] = None
    name: Annotated[str | None, Field(min_length=1, max_length=100, pattern=_PRINTED)] = None
    amount_fen: Fen
    voucher_no: PaperNo | None = Field(default=None, description="where there is one voucher for each person")
    repair_years: RepairYears = 0
    person_id: Id | None = Field(
        default=None, description="instead of number and name: of the own division, as lists name them"
    )

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        by_number = self.id_number is not None and self.name is not None
        if by_number == (self.person_id is not None) or (self.id_number is None) != (self.name is None):
            raise PydanticCustomError(
                "not_named_once",
                "Name the person by id_number and name, or by person_id.",
                {"message_zh": "请填写 id_number 和 name，或仅填写 person_id。"},
            )
        if self.person_id is not None and self.repair_years:
            raise PydanticCustomError(
                "repairs_by_number",
                "Name by id_number and name whose lapsed years are repaired.",
                {"message_zh": "补缴断保年度的，请填写 id_number 和 name。"},
            )
        return self


class NewReceipt(Body):
    """Money of one payer: for the people in `items`, or for all in the order of a unit.

    `paid_at` is the instant on the voucher: price and cover follow it.
    """

    instrument: Instrument = "cash"
    paid_at: GivenInstant
    reference: PaperNo | None = Field(default=None, description="number of the cheque, POS slip or transfer")
    voucher_no: PaperNo | None = Field(default=None, description="where one voucher is for the whole receipt")
    items: Annotated[list[NewItem], Field(max_length=MOST_ITEMS)] = Field(default_factory=list)
    order_no: OrderNo | None = Field(default=None, description="of a unit, instead of items")
    amount_fen: Fen | None = Field(default=None, description="with `order_no`: what was taken, all of it")


def taken(said: NewReceipt) -> TakenMoney:
    """A receipt that was typed, as rules see it."""
    for_order = said.order_no is not None or said.amount_fen is not None
    return TakenMoney(
        instrument=said.instrument,
        paid_at=said.paid_at,
        items=tuple(
            ReceiptItem(**item.model_dump() | {"id_number": item.id_number or "", "name": item.name or ""})
            for item in said.items
        ),
        reference=said.reference,
        voucher_no=said.voucher_no,
        order=OrderMoney(said.order_no or "", said.amount_fen or 0) if for_order else None,
    )


class NewReceipts(Body):
    """What one collector took. All of it is recorded, or nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "collector_id": 12,
                    "coverage_year": 2021,
                    "receipts": [
                        {
                            "instrument": "cash",
                            "paid_at": "2020-11-20T16:40:00+08:00",
                            "items": [
                                {
                                    "id_number": "620422198006150023",
                                    "name": "马晓梅",
                                    "amount_fen": 28000,
                                    "voucher_no": "00120001",
                                }
                            ],
                        }
                    ],
                }
            ]
        }
    )

    collector_id: Id
    coverage_year: CoverageYear
    receipts: Annotated[list[NewReceipt], Field(min_length=1, max_length=500)]


class ReceiptForm(Body):
    """A file of receipts, and whose they are."""

    file: UploadFile = Field(description="xlsx, or CSV in UTF-8 or GB18030", examples=["receipts.csv"])
    collector_id: Id = Field(examples=[12])
    coverage_year: CoverageYear = Field(examples=[2021])


class Receipt(Answer):
    """Money that a collector took. `due_on` is until when it may stay in hand, by the notice."""

    model_config = shown(examples.RECEIPT)

    receipt_id: int
    collector_id: int
    county: str
    coverage_year: int
    division_code: str
    instrument: Instrument
    reference: str | None
    people: int = Field(description="insured persons it is for")
    amount_fen: int
    returned_fen: int
    paid_at: Instant
    due_on: date | None
    due_year_unknown: int | None = Field(description="the year whose workdays nobody has said yet")
    entered_at: Instant
    entered_by: str
    state: ReceiptState
    held_for: HeldFor | None
    payment_id: int
    deposit_id: int | None
    batch_id: int | None = Field(description="the village batch with which it is handed in")
    order_no: str | None = Field(description="the order of a unit that it pays")
    voucher_nos: list[str]


class Receipts(Page[Receipt]):
    """Receipts in the order in which they were entered."""

    model_config = shown(listed(examples.RECEIPT))


class ReceiptsRecorded(Answer):
    """What was recorded; the payments are matched within a moment."""

    model_config = shown(
        {"collector_id": 12, "receipt_ids": [31], "payment_ids": [9001], "amount_fen": 28000}
    )

    collector_id: int
    receipt_ids: list[int]
    payment_ids: list[int]
    amount_fen: int


class Reversal(Body):
    """Why the money of a receipt is gone, and when it went."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "bounced_cheque", "returned_at": "2020-11-25T10:00:00+08:00"}]
        }
    )

    reason: ReversalReason
    returned_at: GivenInstant


class ReceiptsReversal(Body):
    """Receipts of one collector that were entered wrongly together, such as a file of another village."""

    model_config = shown(
        {
            "collector_id": 12,
            "coverage_year": 2021,
            "receipt_ids": [31, 32],
            "reason": "导入了其他村的收款文件",
        }
    )

    collector_id: Id
    coverage_year: CoverageYear
    receipt_ids: list[Id] = Field(
        min_length=1, max_length=5_000, description="as the answer to the file, or the list, names them"
    )
    reason: FreeText = Field(min_length=1, max_length=500)


class CashPosition(Answer):
    """The cash of one collector and year. `missing_fen`: slips did not bring it; negative: they had more."""

    model_config = shown(examples.POSITION)

    collector_id: int
    coverage_year: int
    in_hand_fen: int
    held_fen: int = Field(description="of it, what somebody has to look at before it is matched")
    receipts: int
    oldest_paid_at: Instant | None
    next_due_on: date | None
    due_today_fen: int
    overdue_fen: int
    waits_for_review: bool = Field(description="the notice has it stay in hand until the roster has passed")
    due_year_unknown: int | None
    missing_fen: int


class CashPositions(Page[CashPosition]):
    """Cash in hand of every collector that has any, or of whose slips anything is missing."""

    model_config = shown(listed(examples.POSITION))
