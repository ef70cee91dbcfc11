"""What is asked and shown of scores. Nothing in it is about single persons."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    GivenDay,
    Instant,
    Page,
)
from services.registration.examples import asked, shown
from services.registration.progress.schemas import Words
from services.registration.scores import examples
from services.registration.scores.rules import EntryKind, EntryState, SheetState

Evidence = Annotated[FreeText, Field(min_length=2, max_length=1000)]


class NewEntry(Body):
    """Points that a judge gives to an item without a formula, an incident, or a budget of work funds.

    It counts when a second person has agreed. Of a judged item, or a budget, the last one agreed on counts.
    """

    model_config = asked(examples.NEW_ENTRY)

    county: CountyCode
    coverage_year: CoverageYear
    division_code: Annotated[str, Field(pattern=r"^[0-9]{12}$", description="a unit of the notice's tasks")]
    kind: EntryKind
    item: Annotated[str | None, Field(min_length=1, max_length=40, description="of the notice's score")] = (
        None
    )
    points: Annotated[int | None, Field(ge=0, le=1000, description="of a judged item")] = None
    amount_fen: Annotated[int | None, Field(ge=0, le=10**13, description="of a budget")] = None
    happened_on: Annotated[GivenDay, Field(description="of an incident, a judgement or a decision")]
    evidence: Evidence


class Entry(Answer):
    """An entry, and how it stands. `approval_id` is what a second person agrees to at `/v1/approvals`."""

    model_config = shown(examples.ENTRY)

    entry_id: int
    county: str
    coverage_year: int
    division_code: str
    kind: EntryKind
    item: str | None
    points: int | None
    amount_fen: int | None
    happened_on: date
    evidence: str | None = Field(description="null once it was erased")
    entered_by: str
    entered_at: Instant
    state: EntryState
    decided_by: str | None
    decided_at: Instant | None
    approval_id: int | None = Field(description="of what waits for a second person")
    late: bool = Field(False, description="it happened after the day of its item: it does not count")


class EntryPage(Page[Entry]):
    """Entries in the order in which they were made."""


class Withdrawal(Body):
    """Why an entry that counts shall count no more."""

    model_config = asked({"reason": "复核：该舆情与参保工作无关"})

    reason: Evidence


class NewSheet(Body):
    """Whose score sheet shall be final."""

    model_config = asked({"county": "dongan", "coverage_year": 2020, "reason": "年终考核"})

    county: CountyCode
    coverage_year: CoverageYear
    reason: Evidence


class Part(Answer):
    """One measure of an item: `away` whole percents from the threshold, and the points of them."""

    measure: str
    words: Words
    counted_at: Instant
    percent: str
    away: int
    points: int


class Line(Answer):
    """One item of a score, with its formula in figures; no points while a measure is missing."""

    item: str
    clause: str
    label: Words
    full: int
    full_percent: int | None = Field(description="the percent at which the item has all its points")
    counted_at: Instant
    parts: list[Part]
    missing: list[Words]
    judged: int | None
    incidents: int
    entry_ids: list[int] = Field(description="the entries that count here")
    formula: str
    points: int | None


class Follows(Answer):
    """A consequence of the notice."""

    clause: str
    label: Words


class Funds(Answer):
    """Work funds: `per_person_fen` for everybody enrolled, or `budget_fen` as far as it is done."""

    clause: str
    words: Words
    per_person_fen: int | None
    budget_fen: int | None
    formula: str
    amount_fen: int | None


class UnitScore(Answer):
    """One unit. The completion has two decimals, the rest is cut off; `enrolled` and `task` are exact."""

    division_code: str
    name: Words
    task: int
    enrolled: int
    completion: str
    task_met: bool
    lines: list[Line]
    total: int | None
    place: int | None = Field(description="from the top; equals share one")
    funds: Funds
    follows: list[Follows]
    missing: list[Words] = Field(description="what has to be known before it can be final")


class Document(Answer):
    """What is frozen: the same figures make the same bytes."""

    county: str
    coverage_year: int
    place: Words
    document_no: str
    clause: str
    title: Words
    rule: Literal["by_score", "by_completion"]
    full: int | None
    heads_at: Instant
    units: list[UnitScore]


class ScoreSheet(Answer):
    """The score sheet of all units that the caller may see: provisional as of now, or as it was frozen."""

    model_config = shown(examples.SHEET)

    state: SheetState
    sheet_id: int | None
    sha256: str | None
    as_of: Instant = Field(description="when it was computed")
    asked_by: str | None
    signed_by: str | None
    signed_at: Instant | None
    open: list[Words] = Field(description="why it is not final yet")
    document: Document


class Kept(Answer):
    """A sheet that is frozen, and waits for its second person or has one."""

    model_config = shown(examples.KEPT)

    sheet_id: int
    county: str
    coverage_year: int
    state: SheetState
    sha256: str
    asked_by: str
    asked_at: Instant
    signed_by: str | None
    signed_at: Instant | None
    approval_id: int | None


class SheetPage(Page[Kept]):
    """Frozen sheets in the order in which they were asked for; those that were sent back, too."""

    model_config = shown({"items": [examples.KEPT], "next_after": None})


class Verification(Answer):
    """A sheet computed again from the kept snapshots and entries."""

    model_config = shown({"sheet_id": 1, "identical": True, "sha256": "9f2c", "recomputed_sha256": "9f2c"})

    sheet_id: int
    identical: bool
    sha256: str
    recomputed_sha256: str
