"""What a ticket may ask for, how it goes on, and by when it has to be answered (Dong'an 2020, 七(一))."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import ConfigDict, Field, TypeAdapter

from libs.common.clock import SHANGHAI, business_date
from libs.common.policy import Notice
from libs.common.policy.engine.contract import Contract, Day
from libs.common.policy.engine.office_days import service_due_on
from libs.common.policy.format.work_rules import ServiceDays
from libs.common.workdays import YearUnknown
from services.registration.people.rules import Name, Text
from services.registration.rosters.rules import Grade, StatusClass

Kind = Literal["name", "number", "status", "household", "place", "death", "duplicate"]
KINDS: tuple[str, ...] = get_args(Kind)
State = Literal["reported", "taken", "resolved", "refused", "withdrawn"]
STATES: tuple[str, ...] = get_args(State)
#: Still to be answered.
OPEN = ("reported", "taken")
ANSWERED = ("resolved", "refused", "withdrawn")
#: What a notice that locks changes after payment leaves as it is; who somebody is, and death, it never locks.
LOCKED = frozenset({"status", "household", "place"})
#: How far back a ticket is looked for that is overdue for as long as nobody knows the workdays since.
_MOST_DAYS = 800
_DAY = timedelta(days=1)


class RightName(Contract):
    """The name as it is on the document."""

    kind: Literal["name"]
    name: Name


class RightNumber(Contract):
    """A number that is on record, and as it is right."""

    kind: Literal["number"]
    wrong_number: Text = Field(min_length=1, max_length=40)
    right_number: Text = Field(min_length=1, max_length=40)


class RightStatus(Contract):
    """A status that the person has, or (`remove`) has no longer; listed on the day of the change."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["status"]
    status: Text = Field(min_length=1, max_length=60)
    mode: Literal["add", "remove"] = "add"
    status_class: StatusClass | None = Field(default=None, alias="class")
    grade: Grade | None = None
    effective_on: Day = Field(description="since when it holds, or (`remove`) does no longer")


class RightHousehold(Contract):
    """Another household of the same village, by its number."""

    kind: Literal["household"]
    household_no: Text = Field(min_length=1, max_length=40)


class RightPlace(Contract):
    """Another village, and the household there."""

    kind: Literal["place"]
    division_code: str = Field(pattern=r"^[0-9]{12}$")
    household_no: Text = Field(min_length=1, max_length=40)


class Death(Contract):
    """The person has died."""

    kind: Literal["death"]
    on: Day


class Duplicate(Contract):
    """Another record, named by number or id, is of the same person; the ticket's own one is right."""

    kind: Literal["duplicate"]
    other_number: Annotated[Text, Field(min_length=1, max_length=40)] | None = None
    other_person_id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] | None = None


#: What is right, by the kind of what is wrong.
Correction: TypeAlias = Annotated[
    RightName | RightNumber | RightStatus | RightHousehold | RightPlace | Death | Duplicate,
    Field(discriminator="kind"),
]
CORRECTIONS: TypeAdapter[Correction] = TypeAdapter(Correction)


def subject_of(ticket_id: int) -> str:
    """What a case about a ticket is filed under."""
    return f"tickets/{ticket_id}"


def term_of(notice: Notice) -> ServiceDays | None:
    """How long the bureau has for mending what was reported, where the notice says so."""
    rule = notice.corrections
    return notice.service_days[rule.within] if rule is not None else None


def due_on(notice: Notice, reported_at: datetime) -> date | None:
    """The last day on which a ticket is answered in time. Raises YearUnknown."""
    term = term_of(notice)
    return service_due_on(term, business_date(reported_at)) if term is not None else None


def overdue_to(notice: Notice, today: date) -> date | None:
    """The last day whose tickets, if still open, are overdue today; what nobody can count is not."""
    term = term_of(notice)
    if term is None:
        return None
    for days in range(1, _MOST_DAYS):
        day = today - days * _DAY
        try:
            if service_due_on(term, day) < today:
                return day
        except YearUnknown:
            continue
    return None


def overdue_before(notice: Notice, now: datetime) -> datetime | None:
    """The instant before which a ticket was reported that is overdue, if it is still open."""
    last = overdue_to(notice, business_date(now))
    return datetime.combine(last + _DAY, time(), SHANGHAI) if last is not None else None


def pay_from(notice: Notice, answered_at: datetime) -> date | None:
    """The day from which somebody had better pay whose data was mended, by the notice's own words."""
    rule = notice.corrections
    return business_date(answered_at) + rule.pay_after_days * _DAY if rule is not None else None
