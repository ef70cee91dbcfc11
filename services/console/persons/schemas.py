"""What the page of a person reads of the APIs' answers; members that it does not show are passed over."""

from datetime import date, datetime

from pydantic import BaseModel

from services.console.persons.history_schemas import History, Repair, Wait
from services.console.persons.money_schemas import Payout


class Document(BaseModel):
    """A number of a person, masked for who may not see it whole."""

    type: str
    number: str


class Member(BaseModel):
    """Somebody of the household."""

    person_id: int
    name: str
    head: bool


class Household(BaseModel):
    """Where the person is registered, and with whom."""

    household_no: str
    division_code: str
    address: str | None
    members: list[Member]


class Status(BaseModel):
    """A status by a roster."""

    coverage_year: int
    status: str
    effective_on: date | None
    ended_on: date | None


class Enrollment(BaseModel):
    """A year of a person; one that was `merged_into` another is not shown beside it."""

    county: str
    coverage_year: int
    state: str
    registered_at: datetime
    completed_at: datetime | None
    paid_fen: int | None
    benefit_from: date | None
    benefit_to: date | None
    cancelled_at: datetime | None
    withdrawn_at: datetime | None
    contested: list[str] | None
    merged_into: int | None


class Person(BaseModel):
    """Who somebody is."""

    person_id: int
    county: str
    name: str
    sex: str | None
    #: Only the year, for who may not see numbers whole.
    born: str
    documents: list[Document]
    household: Household | None
    statuses: list[Status]
    enrollments: list[Enrollment]


class Persons(BaseModel):
    """People found."""

    items: list[Person]
    outside_division: int


class Sentence(BaseModel):
    """One step of an assessment, in both languages."""

    zh: str
    en: str


class Step(BaseModel):
    """One step of an assessment, with the clause that it rests on."""

    clause: str
    words: Sentence


class Answer(BaseModel):
    """What an assessment came to. `wait` and `repair` are told where the notice counts the years before."""

    outcome: str
    own_due_fen: int | None = None
    price_fen: int | None = None
    summary: Sentence | None = None
    wait: Wait | None = None
    repair: Repair | None = None


class Assessment(BaseModel):
    """What is owed, and why."""

    kind: str
    assessed_at: datetime
    answer: Answer
    trace: list[Step]


class EnrollmentStory(BaseModel):
    """A year with its assessments; `as_of` holds now. `history` is told where the notice counts years."""

    enrollment: Enrollment
    assessments: list[Assessment]
    history: History | None = None
    as_of: Assessment | None = None


class Line(BaseModel):
    """The part of a payment that is for one person."""

    line_no: int
    person_id: int | None
    masked_id: str | None = None
    masked_name: str | None = None
    coverage_year: int | None
    amount_fen: int
    state: str
    reason: str | None
    voucher_no: str | None
    refunded_at: datetime | None
    refunded_fen: int


class Payment(BaseModel):
    """Money that came. What is `received` alone has no lines yet: whose it is is being found."""

    payment_id: int
    state: str
    channel: str
    transaction_no: str
    order_no: str | None
    county: str | None
    coverage_year: int | None
    amount_fen: int | None
    paid_at: datetime | None
    received_at: datetime
    lines: list[Line]


class Payments(BaseModel):
    """A page of payments."""

    items: list[Payment]


class Grant(BaseModel):
    """Help that was granted."""

    coverage_year: int
    payer: str
    status: str | None
    mechanism: str
    amount_fen: int
    granted_at: datetime
    revoked_at: datetime | None


class Refund(BaseModel):
    """Money that goes back."""

    coverage_year: int | None
    amount_fen: int
    reason: str
    state: str
    withdraws: bool
    requested_at: datetime
    requested_by: str
    decided_at: datetime | None
    decided_by: str | None


class Subsidies(BaseModel):
    """Help and refunds of a person, and what of them goes to a card."""

    grants: list[Grant]
    refunds: list[Refund]
    payouts: list[Payout]


class Ticket(BaseModel):
    """An error that somebody reported."""

    ticket_id: int
    kind: str
    wrong: str
    reported_by: str
    reported_at: datetime
    due_on: date | None
    overdue: bool
    state: str
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None


class Tickets(BaseModel):
    """Errors that were reported of a person."""

    items: list[Ticket]


class Voucher(BaseModel):
    """A receipt."""

    person_id: int | None
    coverage_year: int


class ListedRow(BaseModel):
    """A line of a village's list."""

    person_id: int | None
    name: str
    age: int | None
    household_no: str | None
    division_code: str
    on_list: str | None


class ListedRows(BaseModel):
    """Lines of a village's list."""

    items: list[ListedRow]


class Notice(BaseModel):
    """A season."""

    county: str
    coverage_year: int
    notice: str
    division: str
    place: str
    place_zh: str


class Notices(BaseModel):
    """All seasons."""

    items: list[Notice]


class CaseOfPerson(BaseModel):
    """What somebody has to decide about a person, or an alert."""

    case_id: int
    title: str
    title_zh: str
    owner: str
    opened_at: datetime
    amount_fen: int | None


class CasesOfPerson(BaseModel):
    """Cases about a person."""

    items: list[CaseOfPerson]
