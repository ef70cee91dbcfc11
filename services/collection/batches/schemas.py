"""Village batches as the API shows and takes them."""

from datetime import date
from typing import Annotated, Self

from fastapi import UploadFile
from pydantic import ConfigDict, Field, model_validator

from libs.common.web.schemas import Answer, Body, CoverageYear, FreeText, Id, Instant, Page
from services.collection.batches.examples import BATCH, DIFFERENCE, LINE, MOVE, SEEN, STEP
from services.collection.batches.rules import BatchMoveKind, BatchState, CorrectionKind, DifferenceCode
from services.collection.cash.desk_schemas import PaperPer
from services.collection.cash.rules import Instrument, ReceiptState
from services.collection.cash.schemas import NewReceipt, PaperNo
from services.collection.deposits.schemas import SlipNo
from services.collection.examples import listed, shown

#: People and money that somebody counts or states: none is possible, when all was lost.
Head = Annotated[int, Field(strict=True, ge=0, le=10**6)]
Sum = Annotated[int, Field(strict=True, ge=0, le=10**12)]
Round = Annotated[int, Field(strict=True, ge=1, le=10**6)]
LineNo = Annotated[int, Field(strict=True, ge=1, le=10**6)]
StepId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Why = Annotated[FreeText, Field(min_length=1, max_length=500)]


class NewVillageBatch(Body):
    """What a collector hands in together: receipts recorded now, and those named, or all there are."""

    model_config = shown({"collector_id": 12, "coverage_year": 2018})

    collector_id: Id
    coverage_year: CoverageYear
    receipts: Annotated[list[NewReceipt], Field(max_length=500)] = Field(
        default_factory=list, description="recorded now, as by `POST /v1/cash-receipts`"
    )
    receipt_ids: Annotated[list[Id], Field(max_length=5_000)] | None = Field(
        default=None, description="recorded before; null: every one that is in no batch yet"
    )


class VillageBatchForm(Body):
    """A file of receipts that become a batch, and whose they are."""

    file: UploadFile = Field(description="xlsx, or CSV in UTF-8 or GB18030", examples=["roster.csv"])
    collector_id: Id = Field(examples=[12])
    coverage_year: CoverageYear = Field(examples=[2018])


class MoreLines(Body):
    """More receipts for a batch that is not handed in, or was sent back."""

    model_config = shown({"receipt_ids": [31]})

    receipts: Annotated[list[NewReceipt], Field(max_length=500)] = Field(default_factory=list)
    receipt_ids: Annotated[list[Id], Field(max_length=5_000)] = Field(default_factory=list)


class Submission(Body):
    """What the village says that it hands in: people on its paper roster, and the money."""

    model_config = shown({"people": 1, "amount_fen": 18000})

    people: Head
    amount_fen: Sum


class SeenVoucher(Body):
    """A number of paper, and the amount that stands on it."""

    voucher_no: PaperNo
    amount_fen: Sum


class CountedPaper(Body):
    """What an officer counted: people and money on the paper, the money itself, and, and single numbers."""

    people: Head
    amount_fen: Sum
    money_fen: Sum = Field(description="cash counted, slips and transfers looked at")
    vouchers: Annotated[list[SeenVoucher], Field(max_length=5_000)] | None = None


class ReportedDifference(Body):
    """A line that is not as the paper says."""

    line_no: LineNo
    found_fen: Sum | None = Field(default=None, description="the amount on the paper")
    note: Annotated[FreeText, Field(min_length=1, max_length=200)] | None = None


class Review(Body):
    """What an officer finds of a batch: it passes, or goes back with a reason and the lines that differ."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "step": "township-check",
                    "round": 1,
                    "passed": True,
                    "counted": {"people": 1, "amount_fen": 18000, "money_fen": 18000},
                }
            ]
        }
    )

    step: StepId = Field(description="at which it was seen; refused when it is elsewhere by now")
    round: Round
    passed: bool
    counted: CountedPaper | None = Field(default=None, description="needed for a review that passes")
    reference: SlipNo | None = Field(default=None, description="of the booking")
    reason: Why | None = Field(default=None, description="needed when it goes back")
    differences: Annotated[list[ReportedDifference], Field(max_length=500)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _with_reason(self) -> Self:
        if not self.passed and self.reason is None:
            raise ValueError("a batch goes back with a reason")
        if self.passed and self.differences:
            raise ValueError("a batch with differences does not pass: send it back")
        return self


class Discarding(Body):
    """Why a batch is given up."""

    model_config = shown({"reason": "名册选错，重新编制"})

    reason: Why


class BatchReversal(Body):
    """Why all of a batch is taken back."""

    model_config = shown({"reason": "导入了其他村的名册，整批冲回"})

    reason: Why


class LineCorrection(Body):
    """What becomes of a line of a batch that was sent back."""

    model_config = shown({"line_no": 1, "kind": "leave_out", "reason": "收据未带来，下批报送"})

    line_no: LineNo
    kind: CorrectionKind
    instead: NewReceipt | None = Field(default=None, description="with `replace`: as it should have been")
    reason: Why

    @model_validator(mode="after")
    def _with_instead(self) -> Self:
        if (self.kind == "replace") != (self.instead is not None):
            raise ValueError("`instead` goes with `replace`")
        return self


class BatchDifference(Answer):
    """One thing in which paper, file and money are not one. `said` is the file's: people or fen."""

    model_config = shown(DIFFERENCE)

    code: DifferenceCode
    why: str
    why_zh: str
    line_no: int | None
    voucher_no: str | None
    said: int | None
    found: int | None
    note: str | None


class BatchMove(Answer):
    """What was done at a step: by whom, when, whether after its day, and what was compared."""

    model_config = shown(MOVE)

    move_no: int
    round: int
    kind: BatchMoveKind
    step: str
    department: str
    due_on: date | None
    late: bool
    entered_at: Instant
    entered_by: str
    people: int
    amount_fen: int
    paper_people: int | None
    paper_fen: int | None
    money_fen: int | None
    reference: str | None
    reason: str | None
    differences: list[BatchDifference]


class VillageBatch(Answer):
    """A batch and the step that it waits for. Totals are those of its lines."""

    model_config = shown(BATCH)

    batch_id: int
    collector_id: int
    county: str
    coverage_year: int
    division_code: str
    state: BatchState
    round: int
    step: str = Field(description="the notice's id of the step that it waits for")
    step_kind: str
    department: str = Field(description="the notice's code of whose step it is")
    owner: str = Field(description="the role of the officers whose step it is")
    since_at: Instant
    due_on: date | None
    due_year_unknown: int | None = Field(description="the year whose workdays nobody has said yet")
    overdue: bool
    lines: int
    people: int
    amount_fen: int
    stated_people: int | None
    stated_fen: int | None
    deposited_fen: int
    released_at: Instant | None = Field(
        description="since when its money may go to the bank, where the notice has it wait for a review"
    )
    opened_at: Instant
    opened_by: str


class BatchStep(Answer):
    """A step that the notice has such batches go through, and the role of the officers whose it is."""

    model_config = shown(STEP)

    step: str
    kind: str
    label: str
    label_zh: str
    department: str
    department_label: str
    department_label_zh: str
    owner: str


class VillageBatchSeen(VillageBatch):
    """A batch with its course, the numbers of paper on it, all that differs now, and what was done to it."""

    model_config = shown(BATCH | SEEN)

    steps: list[BatchStep] = Field(description="of the notice, in their order")
    paper: PaperPer | None = Field(description="where a number of paper stands; null: none is asked for")
    vouchers: int = Field(description="numbers of paper on its lines")
    differences: Annotated[list[BatchDifference], Field(description="at most 200 of them")]
    moves: list[BatchMove]


class VillageBatches(Page[VillageBatch]):
    """Batches in the order in which they were opened."""

    model_config = shown(listed(BATCH))


class BatchPerson(Answer):
    """The part of a line that is for one insured person."""

    person_id: int | None
    masked_id: str | None
    masked_name: str | None
    amount_fen: int
    state: str
    reason: str | None


class BatchLine(Answer):
    """A line: the money of one payer, its paper, and whom it is for."""

    model_config = shown(LINE)

    line_no: int
    receipt_id: int
    instrument: Instrument
    paid_at: Instant
    people: int
    amount_fen: int
    returned_fen: int
    state: ReceiptState
    deposit_id: int | None
    voucher_nos: list[str]
    persons: list[BatchPerson]
    differences: list[BatchDifference]


class BatchLines(Page[BatchLine]):
    """Lines in the order of the roster."""

    model_config = shown(listed(LINE))
