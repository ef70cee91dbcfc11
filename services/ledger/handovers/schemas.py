"""The shapes in which the calendar and sealed handovers are answered."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, FreeText, Instant, Page
from services.ledger.totals.schemas import EXAMPLE, Totals

_DEADLINE: JsonDict = {
    "deadline_id": "main",
    "label": "handover of the normal window",
    "label_zh": "正常缴费期对账与上解",
    "parties": ["tax", "medical_insurance", "finance"],
    "work": [
        {
            "department": "tax",
            "does": "compare headcount with money collected",
            "does_zh": "核对参保缴费人数与实征金额",
            "due_on": "2019-12-31",
        }
    ],
    "accounting_from": "2019-09-01",
    "accounting_to": "2019-12-31",
    "cutoff_at": "2020-01-01T00:00:00+08:00",
    "due_on": "2020-01-10",
    "state": "sealed",
    "sha256": "5f0c6f4bb3ef1c1d4f0b3f6f5d9f2f5a9a0c5f1f7b1f0e6f8c9d3a2b1c0d9e8f",
    "head_count": 2,
    "amount_fen": 50000,
    "sealed_at": "2020-01-04T09:00:00+08:00",
}
_DOCUMENT: JsonDict = EXAMPLE | {
    "format": "canbao.handover/1",
    "deadline": {
        "ordinal": 1,
        "id": "main",
        "due_on": "2020-01-10",
        "accounting_from": "2019-09-01",
        "accounting_to": "2019-12-31",
        "cutoff_at": "2020-01-01T00:00:00+08:00",
        "follows": [],
    },
    "previous_sha256": None,
    "late": {"facts": 0, "amount_fen": 0},
}


class WorkOfParty(Answer):
    """What a department does for a deadline, and until when."""

    department: str
    does: str
    does_zh: str
    due_on: date


class DeadlineState(Answer):
    """One deadline of the calendar. `open`: not sealed; `closable`: its cutoff has come and its turn too.

    `work` says what each department has to do for it; some are due earlier than the handover itself.
    """

    deadline_id: str
    label: str
    label_zh: str
    parties: list[str]
    work: list[WorkOfParty]
    accounting_from: date
    accounting_to: date
    cutoff_at: Instant
    due_on: date
    state: Literal["open", "closable", "sealed"]
    sha256: str | None = None
    head_count: int | None = None
    amount_fen: int | None = None
    sealed_at: Instant | None = None
    signed: list[str] = Field(default=[], description="of the parties, those whose papers are signed")
    prepared_at: Instant | None = Field(
        default=None, description="since when a draft of it can be looked through"
    )


class Calendar(Page[DeadlineState]):
    """The deadlines of a county and year in the order in which they are closed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DEADLINE], "next_after": None}]})


class CloseRequest(Body):
    """Close a deadline; before its cutoff only with a reason, which is kept."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"forced_reason": "县领导小组要求提前移交"}]}
    )

    forced_reason: FreeText | None = Field(default=None, min_length=1, max_length=500)


class SealedDeadline(Answer):
    """Which deadline the totals are of. `follows`: handovers whose facts are not counted again here."""

    ordinal: int
    id: str
    due_on: date
    accounting_from: date
    accounting_to: date
    cutoff_at: Instant
    follows: list[str]


class LateFigures(Answer):
    """What had happened before the days of this handover began, and came too late for an earlier one."""

    facts: int
    amount_fen: int


class SignedPaper(Answer):
    """The hash of a paper that a party signed since the seal before."""

    deadline_id: str
    party: str
    sha256: str


class HandoverTotals(Totals):
    """The sealed totals; these members as canonical JSON are what `sha256` is over."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DOCUMENT]})

    deadline: SealedDeadline
    previous_sha256: str | None
    late: LateFigures
    papers: list[SignedPaper] = Field(default_factory=list)


class Handover(Answer):
    """A sealed handover. `document` is the very text that was hashed; `totals` is the same, parsed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "handover_id": 1,
                    "county": "youxi",
                    "coverage_year": 2020,
                    "deadline_id": "main",
                    "ordinal": 1,
                    "head_count": 2,
                    "amount_fen": 50000,
                    "sha256": _DEADLINE["sha256"],
                    "previous_sha256": None,
                    "sealed_at": "2020-01-04T09:00:00+08:00",
                    "forced_reason": None,
                    "totals": _DOCUMENT,
                    "document": '{"add_ons":[],"by_channel":[],"...":"..."}',
                }
            ]
        }
    )

    handover_id: int
    county: str
    coverage_year: int
    deadline_id: str
    ordinal: int
    head_count: int
    amount_fen: int
    sha256: str
    previous_sha256: str | None
    sealed_at: Instant
    forced_reason: str | None
    totals: HandoverTotals
    document: str


class HandoverDraft(Answer):
    """What a handover would be if it were closed now; nothing of it is sealed.

    Closing gives the same `sha256` where nothing came in between. `trouble` says why it was not made again.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "deadline_id": "main",
                    "prepared_at": "2020-01-01T00:01:00+08:00",
                    "head_count": 2,
                    "amount_fen": 50000,
                    "sha256": _DEADLINE["sha256"],
                    "totals": _DOCUMENT,
                    "trouble": None,
                }
            ]
        }
    )

    county: str
    coverage_year: int
    deadline_id: str
    prepared_at: Instant
    head_count: int
    amount_fen: int
    sha256: str
    totals: HandoverTotals
    trouble: str | None


class Verification(Answer):
    """A sealed handover computed again from what it counts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "identical": True,
                    "sha256": _DEADLINE["sha256"],
                    "recomputed_sha256": _DEADLINE["sha256"],
                }
            ]
        }
    )

    identical: bool
    sha256: str
    recomputed_sha256: str
