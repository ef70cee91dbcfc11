"""What the pages of reported errors read of the APIs' answers."""

from datetime import date, datetime

from pydantic import BaseModel


class Ticket(BaseModel):
    """An error that somebody reported."""

    ticket_id: int
    county: str
    coverage_year: int
    person_id: int | None
    kind: str
    wrong: str
    correction: dict[str, object]
    reported_by: str
    reported_at: datetime
    due_on: date | None
    overdue: bool
    state: str
    case_id: int | None
    answered_by: str | None
    answer: str | None


class Status(BaseModel):
    """A status that the notice names."""

    code: str
    label: str
    label_zh: str


class NoticeStatuses(BaseModel):
    """The statuses of a notice."""

    place: str
    place_zh: str
    statuses: list[Status]
