"""What is asked and shown of tickets."""

from datetime import date
from typing import Literal

from pydantic import Field, JsonValue

from libs.common.web.schemas import (
    Answer,
    Body,
    CountyCode,
    CoverageYear,
    FreeText,
    Id,
    Instant,
    Page,
    PaperNumber,
)
from services.registration.examples import asked, shown
from services.registration.people.rules import Name, Text
from services.registration.tickets import examples
from services.registration.tickets.rules import Correction, Kind, State

ProofKind = Literal["id_card", "household_book", "certificate", "roster", "other"]


class Proof(Body):
    """A paper that shows what is right: its kind, its number where it has one, a note."""

    kind: ProofKind
    number: PaperNumber | None = Field(default=None, max_length=60)
    note: FreeText | None = Field(default=None, max_length=200)


class NewTicket(Body):
    """An error: of whom, what is wrong, what is right, and which papers show it.

    Who is not found among the registered is named by number, name and village.
    """

    model_config = asked(examples.NEW)

    county: CountyCode
    coverage_year: CoverageYear
    person_id: Id | None = None
    id_number: Text | None = Field(default=None, min_length=1, max_length=40)
    name: Name | None = Field(default=None, description="as it is on the list that errs")
    division_code: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="the village")
    correction: Correction
    wrong: FreeText = Field(min_length=1, max_length=200)
    proofs: list[Proof] = Field(min_length=1, max_length=10)


class Taking(Body):
    """An officer of the bureau takes a ticket; `over` from another one."""

    model_config = asked({"over": False})

    over: bool = False


class Resolution(Body):
    """The change is right and is carried out. `person_id` says who is meant where the ticket does not."""

    model_config = asked({"note": "已按身份证更正"})

    person_id: Id | None = None
    note: FreeText | None = Field(default=None, max_length=200)


class Reason(Body):
    """Why a ticket is refused, or withdrawn."""

    model_config = asked({"reason": "所附证件与系统一致，无需更正"})

    reason: FreeText = Field(min_length=1, max_length=200)


class ProofOut(Answer):
    """A paper that shows what is right."""

    kind: ProofKind
    number: str | None
    note: str | None


class PayHint(Answer):
    """From when on the person had better pay, in the words of the notice."""

    pay_from_on: date
    words: str
    words_zh: str
    clause: str


class TicketOut(Answer):
    """A ticket as it stands. Names and numbers are masked without pii:read."""

    model_config = shown(examples.TICKET)

    ticket_id: int
    county: str
    coverage_year: int
    division_code: str
    person_id: int | None = Field(description="null: nobody who is registered")
    name: str | None
    id_number: str | None
    kind: Kind
    wrong: str
    correction: dict[str, JsonValue]
    proofs: list[ProofOut]
    reported_by: str
    reported_at: Instant
    due_on: date | None = Field(description="by the workdays of the notice; null where it sets no term")
    unknown_year: int | None = Field(description="why due_on is null: nobody knows the workdays of that year")
    overdue: bool = Field(description="open beyond due_on, or answered after it")
    state: State
    taken_by: str | None
    taken_at: Instant | None
    case_id: int | None = Field(description="the case that has to be decided first")
    answered_by: str | None
    answered_at: Instant | None
    answer: str | None = Field(description="why it was refused or withdrawn, or a note")
    pay: PayHint | None = Field(description="of a resolved one whose person has still to pay")


class TicketPage(Page[TicketOut]):
    """A page of tickets, the oldest first, which is the order of their due days."""

    model_config = shown({"items": [examples.TICKET], "next_after": None})


class TicketCount(Answer):
    """The tickets of one township."""

    division_code: str
    open: int
    overdue: int
    first_due_on: date | None = Field(description="of the open ones")
    resolved: int
    refused: int
    withdrawn: int


class TicketCounts(Page[TicketCount]):
    """Tickets by township."""

    model_config = shown({"items": [examples.COUNT], "next_after": None})
