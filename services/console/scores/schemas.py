"""What the pages of scores read of registration's answers; members that no page shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel

from services.console.worklists.county_schemas import Words


class Part(BaseModel):
    """One measure of an item."""

    words: Words
    percent: str


class Line(BaseModel):
    """One item of a score, with its formula in figures."""

    item: str
    clause: str
    label: Words
    full: int
    parts: list[Part]
    missing: list[Words]
    formula: str
    points: int | None


class Follows(BaseModel):
    """A consequence of the notice."""

    clause: str
    label: Words


class Funds(BaseModel):
    """Work funds of a unit."""

    clause: str
    words: Words
    budget_fen: int | None
    formula: str
    amount_fen: int | None


class Unit(BaseModel):
    """One unit of a sheet."""

    division_code: str
    name: Words
    task: int
    enrolled: int
    completion: str
    task_met: bool
    lines: list[Line]
    total: int | None
    place: int | None
    funds: Funds
    follows: list[Follows]
    missing: list[Words]


class Document(BaseModel):
    """What is frozen."""

    county: str
    coverage_year: int
    place: Words
    document_no: str
    clause: str
    title: Words
    rule: str
    full: int | None
    heads_at: datetime
    units: list[Unit]


class ScoreSheet(BaseModel):
    """The sheet that stands: provisional as of now, or as it was frozen."""

    state: str
    sheet_id: int | None
    sha256: str | None
    as_of: datetime
    asked_by: str | None
    signed_by: str | None
    signed_at: datetime | None
    open: list[Words]
    document: Document


class Kept(BaseModel):
    """A sheet that was frozen; `approval_id` is what waits for its second person."""

    sheet_id: int
    state: str
    sha256: str
    asked_by: str
    asked_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    approval_id: int | None


class Sheets(BaseModel):
    """Frozen sheets, the oldest first."""

    items: list[Kept]
    next_after: str | None


class Entry(BaseModel):
    """Points of a judge, an incident, or a budget, with its evidence."""

    entry_id: int
    county: str
    coverage_year: int
    division_code: str
    kind: str
    item: str | None
    points: int | None
    amount_fen: int | None
    happened_on: date
    evidence: str | None
    entered_by: str
    entered_at: datetime
    state: str
    decided_by: str | None
    approval_id: int | None
    late: bool


class Entries(BaseModel):
    """Entries in the order in which they were made."""

    items: list[Entry]
    next_after: str | None


class Verification(BaseModel):
    """A frozen sheet computed again."""

    identical: bool
    sha256: str
    recomputed_sha256: str
