"""What work lists read of the APIs' answers; members that no list shows are passed over."""

from datetime import date, datetime

from pydantic import BaseModel

from services.console.persons.schemas import Notice


class Season(Notice):
    """A season, by its notice."""

    notice: str = ""


class Seasons(BaseModel):
    """All seasons."""

    items: list[Season]


class Said(BaseModel):
    """What was said of somebody."""

    answer: str
    reason: str | None


class Chase(BaseModel):
    """Who is on somebody that has not paid."""

    taken_by: str
    next_step: str | None
    next_on: date | None


class Contact(BaseModel):
    """When somebody was last spoken to."""

    at: datetime
    outcome: str


class Registers(BaseModel):
    """Where somebody registers, and until when."""

    where: str
    where_zh: str
    to_at: datetime | None


class Unpaid(BaseModel):
    """Somebody on the list of a village."""

    row_id: int | None
    person_id: int | None
    division_code: str
    household_no: str
    head: bool
    name: str
    age: int
    phone: str | None
    state: str | None
    registers: Registers | None
    troubles: list[str]
    answer: Said | None
    chase: Chase | None
    last_contact: Contact | None


class UnpaidPage(BaseModel):
    """People on the lists of villages."""

    items: list[Unpaid]
    next_after: str | None


class Target(BaseModel):
    """The task of the notice."""

    task: int


class Village(BaseModel):
    """What a village is counted by."""

    division_code: str
    base_due_on: date | None
    not_registered: int
    to_insure: int
    unpaid: int
    paid: int
    exempt: int
    troubled: int
    target: Target | None


class Villages(BaseModel):
    """Villages by their codes."""

    items: list[Village]
    next_after: str | None


class Collector(BaseModel):
    """A place where money is taken by hand."""

    collector_id: int
    division_code: str
    title: str


class Collectors(BaseModel):
    """Such places."""

    items: list[Collector]


class Position(BaseModel):
    """The cash of one collector and year."""

    collector_id: int
    coverage_year: int
    in_hand_fen: int
    held_fen: int
    receipts: int
    oldest_paid_at: datetime | None
    next_due_on: date | None
    due_today_fen: int
    overdue_fen: int
    waits_for_review: bool
    missing_fen: int


class Positions(BaseModel):
    """Cash in hand."""

    items: list[Position]
    next_after: str | None


class Stretch(BaseModel):
    """Numbers of paper with one holder."""

    county: str
    voucher: str
    first_no: str
    last_no: str
    count: int
    division_code: str
    collector_id: int | None
    state: str
    from_at: datetime


class Stretches(BaseModel):
    """Who holds which numbers."""

    items: list[Stretch]
    next_after: str | None


class Batch(BaseModel):
    """A batch and the step that it waits for."""

    batch_id: int
    division_code: str
    collector_id: int
    state: str
    round: int
    step: str
    step_kind: str
    department: str
    owner: str
    opened_by: str
    since_at: datetime
    due_on: date | None
    overdue: bool
    lines: int
    people: int
    amount_fen: int
    stated_fen: int | None


class Batches(BaseModel):
    """Batches."""

    items: list[Batch]
    next_after: str | None


class Ticket(BaseModel):
    """An error that a village or township reported."""

    ticket_id: int
    division_code: str
    person_id: int | None
    name: str | None
    kind: str
    wrong: str
    reported_by: str
    reported_at: datetime
    due_on: date | None
    overdue: bool
    state: str


class Tickets(BaseModel):
    """Reported errors."""

    items: list[Ticket]
    next_after: str | None


class Payout(BaseModel):
    """Money to a card."""

    payout_id: int
    kind: str
    coverage_year: int | None
    division_code: str | None
    person_id: int | None
    amount_fen: int
    state: str
    created_at: datetime


class Payouts(BaseModel):
    """Payouts."""

    items: list[Payout]
    next_after: str | None


class PayoutSum(BaseModel):
    """Payouts of one township that need the same next."""

    next_step: str
    count: int
    amount_fen: int


class PayoutSums(BaseModel):
    """Payouts by what they need next."""

    items: list[PayoutSum]
