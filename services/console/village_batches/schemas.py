"""What the page of a village's batch reads of the APIs' answers; other members are passed over."""

from datetime import date, datetime

from pydantic import BaseModel

from services.console.worklists.schemas import Batch


class Difference(BaseModel):
    """One thing in which paper, file and money are not one."""

    code: str
    why: str
    why_zh: str
    line_no: int | None
    voucher_no: str | None
    said: int | None
    found: int | None
    note: str | None


class Move(BaseModel):
    """What was done at a step, and what was compared."""

    kind: str
    round: int
    step: str
    department: str
    due_on: date | None
    late: bool
    entered_at: datetime
    entered_by: str
    people: int
    amount_fen: int
    paper_people: int | None
    paper_fen: int | None
    money_fen: int | None
    reference: str | None
    reason: str | None
    differences: list[Difference]


class Step(BaseModel):
    """A step of the notice, and whose it is."""

    step: str
    kind: str
    label: str
    label_zh: str
    department_label: str
    department_label_zh: str
    owner: str


class WholeBatch(Batch):
    """A batch with its course, all that differs, and what was done to it."""

    county: str
    coverage_year: int
    due_year_unknown: int | None
    stated_people: int | None
    deposited_fen: int
    released_at: datetime | None
    opened_at: datetime
    steps: list[Step]
    paper: str | None
    vouchers: int
    differences: list[Difference]
    moves: list[Move]


class LinePerson(BaseModel):
    """The part of a line that is for one insured person."""

    person_id: int | None
    masked_name: str | None
    masked_id: str | None
    amount_fen: int
    state: str


class Line(BaseModel):
    """The money of one payer, its paper, and whom it is for."""

    line_no: int
    receipt_id: int
    instrument: str
    paid_at: datetime
    people: int
    amount_fen: int
    returned_fen: int
    state: str
    deposit_id: int | None
    voucher_nos: list[str]
    persons: list[LinePerson]
    differences: list[Difference]


class Lines(BaseModel):
    """Lines in the order of the roster."""

    items: list[Line]
    next_after: str | None


class Opened(BaseModel):
    """A batch that was made."""

    batch_id: int
