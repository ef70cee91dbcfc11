"""Deposits as the API shows and takes them."""

from typing import Annotated

from fastapi import UploadFile
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import (
    Answer,
    Body,
    CoverageYear,
    FreeText,
    GivenInstant,
    Id,
    Instant,
    Page,
    PaperNumber,
)
from services.collection.cash.schemas import Fen, PaperNo
from services.collection.deposits.rules import MOST_PHOTOS, DepositState, PhotoType
from services.collection.examples import listed, shown

SlipNo = Annotated[PaperNo, *PaperNumber.__metadata__]

PhotoNo = Annotated[int, Field(ge=1, le=MOST_PHOTOS)]

_DEPOSIT: JsonDict = {
    "deposit_id": 5,
    "collector_id": 12,
    "county": "huining",
    "coverage_year": 2021,
    "division_code": "620422101201",
    "account": "pending_remittance",
    "amount_fen": 28000,
    "covered_fen": 28000,
    "made_good_fen": 0,
    "bounced_fen": 0,
    "missing_fen": 0,
    "receipts": 1,
    "late_fen": 0,
    "photos": 0,
    "slip_no": "NS20201120-0007",
    "bank_reference": None,
    "makes_good_id": None,
    "deposited_at": "2020-11-20T17:20:00+08:00",
    "entered_at": "2020-11-20T17:30:00+08:00",
    "entered_by": "agent-7",
    "state": "made",
}

_PHOTO: JsonDict = {
    "deposit_id": 5,
    "photo_no": 1,
    "media_type": "image/jpeg",
    "size_bytes": 183204,
    "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "sent_sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
    "removed_bytes": 6218,
    "entered_at": "2020-11-20T17:32:00+08:00",
    "entered_by": "agent-7",
}


class NewDeposit(Body):
    """What the bank's slip says, and which receipts it brings: those named, or all that is in hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "collector_id": 12,
                    "coverage_year": 2021,
                    "amount_fen": 28000,
                    "slip_no": "NS20201120-0007",
                    "deposited_at": "2020-11-20T17:20:00+08:00",
                }
            ]
        }
    )

    collector_id: Id
    coverage_year: CoverageYear
    amount_fen: Fen
    slip_no: SlipNo
    bank_reference: SlipNo | None = None
    deposited_at: GivenInstant
    receipt_ids: Annotated[list[Id], Field(max_length=5_000)] | None = Field(
        default=None, description="null: everything that was in hand at `deposited_at`"
    )
    batch_id: Id | None = Field(default=None, description="everything in hand of this village batch")
    makes_good_id: Id | None = Field(
        default=None, description="the deposit whose missing money this slip brings, and nothing else"
    )


class MoreReceipts(Body):
    """Receipts that were entered after the slip that brought their money."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"receipt_ids": [31]}]})

    receipt_ids: Annotated[list[Id], Field(min_length=1, max_length=5_000)]


class Withdrawal(Body):
    """Why a deposit is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "存款单号录入错误"}]})

    reason: Annotated[FreeText, Field(min_length=1, max_length=500)]


class Deposit(Answer):
    """A slip. `missing_fen` of its receipts is not in the bank (negative: it brought more than was recorded).

    `late_fen` came after the day on which it was due. `bounced_fen` the bank took back.
    """

    model_config = shown(_DEPOSIT)

    deposit_id: int
    collector_id: int
    county: str
    coverage_year: int
    division_code: str
    account: str | None
    amount_fen: int
    covered_fen: int
    made_good_fen: int
    bounced_fen: int
    missing_fen: int
    receipts: int
    late_fen: int
    photos: int = Field(description="of the slip")
    slip_no: str
    bank_reference: str | None
    makes_good_id: int | None
    deposited_at: Instant
    entered_at: Instant
    entered_by: str
    state: DepositState


class PhotoForm(Body):
    """A photo of a slip."""

    file: UploadFile = Field(description="JPEG, PNG or PDF, at most 2 MB", examples=["slip.jpg"])


class DepositPhoto(Answer):
    """A photo of a slip; what it shows is read by itself. `sha256` stays when it is erased."""

    model_config = shown(_PHOTO)

    deposit_id: int
    photo_no: int
    media_type: PhotoType
    size_bytes: int
    sha256: str
    sent_sha256: str | None = Field(description="of the file as it was sent; null where it is not known")
    removed_bytes: int | None = Field(
        description="of place, time, device and comments, taken out at the door; null: kept as it came"
    )
    entered_at: Instant
    entered_by: str


class DepositPhotos(Page[DepositPhoto]):
    """Photos of a slip, from the first on."""

    model_config = shown(listed(_PHOTO))


class Deposits(Page[Deposit]):
    """Deposits in the order in which they were entered."""

    model_config = shown(listed(_DEPOSIT))
