"""What is asked and answered about papers of handovers."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Body, Instant, Page

_SECTION: JsonDict = {
    "code": "contributions",
    "title": "个人缴费（按乡镇）",
    "heads": 1,
    "amount_fen": 25000,
    "rows": [{"key": "350426101", "name": "梅仙镇", "heads": 1, "amount_fen": 25000, "note": ""}],
}
_DOCUMENT: JsonDict = {
    "format": "canbao.handover-paper/1",
    "county": "youxi",
    "coverage_year": 2020,
    "place": "尤溪县",
    "scheme": "城乡居民基本医疗保险",
    "document_no": "尤政办〔2019〕45号",
    "party": "tax",
    "party_name": "县税务局",
    "party_name_en": "tax bureau",
    "does": "核对参保缴费人数与实征金额",
    "does_en": "compare headcount with money collected",
    "clause": "七(一)",
    "due_on": "2019-12-31",
    "deadline": {
        "id": "main",
        "label": "正常缴费期对账与上解",
        "accounting_from": "2019-09-01",
        "accounting_to": "2019-12-31",
    },
    "handover_sha256": "5f0c6f4bb3ef1c1d4f0b3f6f5d9f2f5a9a0c5f1f7b1f0e6f8c9d3a2b1c0d9e8f",
    "sections": [_SECTION],
}
_DIFFERENCE: JsonDict = {
    "section": "contributions",
    "row": "350426101",
    "name": "梅仙镇",
    "our_heads": 1,
    "our_fen": 25000,
    "their_heads": 2,
    "their_fen": 50000,
}
_STATE: JsonDict = {
    "party": "tax",
    "name": "tax bureau",
    "name_zh": "县税务局",
    "does_zh": "核对参保缴费人数与实征金额",
    "clause": "七(一)",
    "due_on": "2019-12-31",
    "two_persons": True,
    "state": "waiting",
    "approval_id": 5,
    "sha256": None,
    "made_by": None,
    "signed_by": None,
    "signed_at": None,
}
#: Which handover, and whose paper.
DeadlineId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Party = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$", description="the department")]
PaperState = Literal["unsigned", "waiting", "signed"]


class PartyPaper(Answer):
    """How the paper of a party stands. `two_persons`: one of its people makes it and another signs."""

    party: str
    name: str
    name_zh: str
    does_zh: str
    clause: str
    due_on: date
    two_persons: bool
    state: PaperState
    approval_id: int | None
    sha256: str | None
    made_by: str | None
    signed_by: str | None
    signed_at: Instant | None


class PartyPapers(Page[PartyPaper]):
    """The papers of a handover, in the order of the notice."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_STATE], "next_after": None}]})


class PaperRow(Answer):
    """One line of a paper."""

    key: str
    name: str
    heads: int | None
    amount_fen: int
    note: str


class PaperSection(Answer):
    """What belongs together on a paper, with its sum; heads are summed only where nobody is in two lines."""

    code: str
    title: str
    rows: list[PaperRow]
    heads: int | None
    amount_fen: int | None


class PaperDeadline(Answer):
    """Which handover the paper is of."""

    id: str
    label: str
    accounting_from: date
    accounting_to: date


class PaperDocument(Answer):
    """The figures that a party signs; as canonical JSON these members are what `sha256` is over."""

    format: str
    county: str
    coverage_year: int
    place: str
    scheme: str
    document_no: str
    party: str
    party_name: str
    party_name_en: str
    does: str
    does_en: str
    clause: str
    due_on: date
    deadline: PaperDeadline
    handover_sha256: str
    sections: list[PaperSection]
    township: str | None = Field(None, description="whose part of the paper it is; it is not hashed")
    township_name: str | None = None


class Difference(Answer):
    """A line of which the party has other figures than we; null is what it does not say."""

    section: str
    row: str
    name: str
    our_heads: int | None
    our_fen: int | None
    their_heads: int | None
    their_fen: int | None


class Entered(Answer):
    """What a party has of a line itself; `row` '' is the sum of the section, null what it does not say."""

    section: str
    row: str
    heads: int | None
    amount_fen: int | None


class HandoverPaper(Answer):
    """The paper of a party: as it was signed, else as it would be now; `own` is what it has itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "unsigned",
                    "sha256": "9d0e6f4bb3ef1c1d4f0b3f6f5d9f2f5a9a0c5f1f7b1f0e6f8c9d3a2b1c0d9e8f",
                    "made_by": None,
                    "made_at": None,
                    "signed_by": None,
                    "signed_at": None,
                    "own": [
                        {"section": "contributions", "row": "350426101", "heads": 1, "amount_fen": 25000}
                    ],
                    "own_entered_by": "tax-1",
                    "own_entered_at": "2020-01-05T09:00:00+08:00",
                    "differences": [],
                    "document": _DOCUMENT,
                }
            ]
        }
    )

    state: PaperState | Literal["draft"] = Field(description="draft: its handover is not sealed yet")
    sha256: str
    made_by: str | None
    made_at: Instant | None
    signed_by: str | None
    signed_at: Instant | None
    own: list[Entered] = Field(default=[], description="all figures that the party gave last")
    own_entered_by: str | None = None
    own_entered_at: Instant | None = None
    differences: list[Difference]
    document: PaperDocument


class OwnFigure(Body):
    """What the party has of a line: `section` and `row` as the paper has them, `row` '' is the sum."""

    section: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
    row: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:/-]{0,120}$")] = ""
    heads: Annotated[int | None, Field(ge=-(10**9), le=10**9)] = None
    amount_fen: Annotated[int | None, Field(ge=-(10**15), le=10**15)] = None


class OwnFigures(Body):
    """A party's own figures; they count instead of those that it gave before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "figures": [
                        {"section": "contributions", "row": "350426101", "heads": 2, "amount_fen": 50000}
                    ]
                }
            ]
        }
    )

    figures: Annotated[list[OwnFigure], Field(min_length=1, max_length=2_000)]


class Compared(Answer):
    """Where the party's figures are others than ours: while any are, a case is open and nobody signs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"differences": [_DIFFERENCE]}]})

    differences: list[Difference]


class SignRequest(Body):
    """Sign the paper as it stands, by its hash."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"sha256": "9d0e6f4bb3ef1c1d4f0b3f6f5d9f2f5a9a0c5f1f7b1f0e6f8c9d3a2b1c0d9e8f"}]
        }
    )

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Signed(Answer):
    """The paper is signed, or waits for the second person of its party."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "waiting", "approval_id": 5}]})

    state: PaperState
    approval_id: int | None
