"""What is asked and shown of files of channels."""

from datetime import date

from fastapi import UploadFile
from pydantic import Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, CountyCode, GivenDay, Instant, Page
from services.collection.examples import listed, shown
from services.collection.files.rules import Entry, FaultKind, FileKind, FileState, RowState

_FILE: JsonDict = {
    "file_id": 3,
    "county": "youxi",
    "channel": "wechat",
    "kind": "wechat_all",
    "profile": None,
    "business_on": "2019-11-20",
    "version": 1,
    "state": "current",
    "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "size_bytes": 18320,
    "row_count": 45,
    "fault_count": 0,
    "in_fen": 1120000,
    "out_fen": 28000,
    "fee_fen": 0,
    "uploaded_at": "2019-11-21T10:00:00+08:00",
    "uploaded_by": "tax-3",
    "read_at": "2019-11-21T10:00:01+08:00",
    "compared_at": "2019-11-21T10:00:30+08:00",
    "difference_count": 0,
}
_ROW: JsonDict = {
    "line": 2,
    "entry": "payment",
    "state": "done",
    "transaction_no": "4200000263201911207167700134",
    "return_no": None,
    "entry_no": None,
    "order_no": "CB2019112000000000000007",
    "amount_fen": 25000,
    "fee_fen": 0,
    "happened_at": "2019-11-20T10:00:00+08:00",
    "coverage_year": None,
}
_FAULT: JsonDict = {
    "fault_no": 1,
    "line": 47,
    "kind": "total",
    "detail": "订单总金额 is not the sum of the rows.",
    "detail_zh": "订单总金额 与明细合计不符。",
}


class FileForm(Body):
    """A file of a channel, and which it is."""

    file: UploadFile = Field(
        description="as the channel gave it: plain, gzip or zip", examples=["2019-11-20.csv.gz"]
    )
    county: CountyCode = Field(examples=["youxi"])
    channel: str = Field(
        max_length=40,
        description="of whose account it is; of a bank's statement the code of the account in the notice",
        examples=["wechat"],
    )
    kind: FileKind = Field(examples=["wechat_all"])
    business_on: GivenDay = Field(description="the day that the file is about", examples=["2019-11-20"])
    profile: str = Field(
        default="",
        max_length=40,
        description="of tables (`bank_table`, `treasury_table`, `tax_table`, `deposit_table`): which layout",
        examples=["bank-debit-credit"],
    )

    def values(self) -> dict[str, object]:
        """What is said about the file."""
        return self.model_dump(mode="json", exclude={"file"})


class ChannelFile(Answer):
    """A file; while it is read `row_count` grows, its rows are there when all of them are."""

    model_config = shown(_FILE)

    file_id: int
    county: str
    channel: str
    kind: FileKind
    profile: str | None = Field(description="the layout of a table")
    business_on: date
    version: int | None = Field(description="of this day; null: not read yet, or refused")
    state: FileState = Field(
        description="current: it counts; replaced: a corrected one came; refused: faults"
    )
    sha256: str
    size_bytes: int
    row_count: int
    fault_count: int
    in_fen: int | None = Field(description="what payments and bookings brought; null: not read, or refused")
    out_fen: int | None = Field(description="what went back or out")
    fee_fen: int | None = Field(description="what the channel took for itself")
    uploaded_at: Instant
    uploaded_by: str
    read_at: Instant | None
    compared_at: Instant | None = Field(description="with our own payments, last; null: not compared")
    difference_count: int | None = Field(
        description="of the day now; each is a case, which may have been decided"
    )


class ChannelFiles(Page[ChannelFile]):
    """Files in the order in which they came."""

    model_config = shown(listed(_FILE))


class FileRow(Answer):
    """A row in the form that the files of all channels have."""

    model_config = shown(_ROW)

    line: int
    entry: Entry
    state: RowState
    transaction_no: str
    return_no: str | None = Field(description="of money that went back")
    entry_no: str | None = Field(description="of the booking, where the file books money")
    order_no: str | None
    amount_fen: int = Field(description="never negative: `entry` says which way it went")
    fee_fen: int = Field(description="what the channel took; negative: gave back")
    happened_at: Instant
    coverage_year: int | None = Field(description="for which a payment is, where the file says so")


class FileRows(Page[FileRow]):
    """Rows in the order of the file."""

    model_config = shown(listed(_ROW))


class FileFault(Answer):
    """What is wrong with a line; line 0 is the file. What the cell says is not repeated."""

    model_config = shown(_FAULT)

    fault_no: int
    line: int
    kind: FaultKind
    detail: str
    detail_zh: str


class FileFaults(Page[FileFault]):
    """Faults in the order of the file."""

    model_config = shown(listed(_FAULT))
