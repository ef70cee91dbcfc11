"""The question of the assessment contract: who asks, with which facts, about which instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import TypeVar, dataclass_transform

from libs.common.dates import second_of

Shape = TypeVar("Shape")

NO_PARAMETERS: Mapping[str, object] = MappingProxyType({})


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fact(shape: type[Shape]) -> type[Shape]:
    """Make a dataclass that the type checker holds to be frozen.

    Python itself would make every one of its members the slow way for that: a third of reading a question.
    """
    return dataclass(slots=True, unsafe_hash=True)(shape)


@fact
class History:
    """The coverage years in which a person was insured, and the first in which they should have been."""

    insured_years: frozenset[int]
    due_from_year: int | None = None


@fact
class Person:
    """The facts about a person that any notice may look at. Unknown is None, never a guess."""

    born: date
    sex: str | None = None
    hukou: str = "county"
    residence_permit: bool = False
    resident_since: date | None = None
    employed: bool | None = None
    parent_enrolled_in_city: bool = False
    insurance_state: str = "none"
    insurance_ended_on: date | None = None
    service_kind: str = "none"
    service_ends_on: date | None = None
    stationed_here: bool = False
    school: str | None = None
    registered_at: int | None = None
    """Second of enrollment registration; None means long before."""
    history: History | None = None
    hukou_kind: str | None = None


@fact
class Status:
    """A status a department recognized: in force from `effective_on` until the day before `ended_on`.

    `listed_on` is the day its roster reached the medical-insurance bureau; None while it has not.
    """

    code: str
    effective_on: date
    listed_on: date | None
    status_class: str | None = None
    grade: int | None = None
    ended_on: date | None = None
    identified_on: date | None = None
    """First day of the unbroken run of the status, where another version of it came before this one."""

    def sort_key(self) -> tuple[str, str, int, date, date, date]:
        """Order statuses the same way however they were given."""
        ended, listed = self.ended_on or date.max, self.listed_on or date.max
        return (self.code, self.status_class or "", self.grade or 0, self.effective_on, listed, ended)


@fact
class Event:
    """Something that happened to a person on a day and may open a window."""

    kind: str
    on: date


@fact
class Paid:
    """A payment that was already made for the basic insurance."""

    at: int
    amount_fen: int


@fact
class Question:
    """One question of the contract. `at` is a second since 1970 (see libs.common.dates)."""

    county: str
    year: int
    at: int
    person: Person
    statuses: tuple[Status, ...] = ()
    event: Event | None = None
    tier: int | None = None
    paid_tier: int | None = None
    add_ons: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=lambda: NO_PARAMETERS)
    paid: Paid | None = None
    standing_on: date | None = None
    repair_years: int = 0
    repaid_years: int = 0
    case: object = None

    def asked_at(self, moment: datetime | int) -> "Question":
        """Return the same question asked at another instant."""
        return replace(self, at=moment if isinstance(moment, int) else second_of(moment))
