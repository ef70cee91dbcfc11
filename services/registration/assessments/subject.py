"""What a question needs to know of an enrollment: the rows that the store gives, and all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from pydantic import JsonValue

from services.registration.people.rules import Facts

#: A question of the contract, as it is asked and stored.
Asked: TypeAlias = dict[str, JsonValue]


@dataclass(slots=True)
class Waiting:
    """An enrollment that is to be assessed, with the instant of what caused it."""

    enrollment_id: int
    cause: str
    assess_at: datetime
    county: str
    coverage_year: int
    person_id: int
    household_id: int
    division_code: str
    state: str
    tier: int | None
    add_ons: Sequence[str]
    registered_at: datetime
    revision: int
    completed_at: datetime | None
    paid_fen: int | None
    final_assessment_id: int | None


@dataclass(slots=True)
class Person:
    """A person as a question needs it; `guardian_id` is the household's head where none was named."""

    id: int
    name: str
    sex: str | None
    born: date
    facts: Facts
    guardian_id: int | None
    digests: Sequence[str]


@dataclass(slots=True)
class StatusVersion:
    """One version of a status: valid from `effective_on`, believed from `known_at` to `known_until`."""

    person_id: int
    coverage_year: int
    status: str
    status_class: str | None
    grade: int | None
    effective_on: date
    ended_on: date | None
    listed_on: date
    known_at: datetime
    known_until: datetime | None


@dataclass(slots=True)
class Happened:
    """The latest life event of a person."""

    person_id: int
    kind: str
    happened_on: date


@dataclass(slots=True)
class Supplied:
    """A value that an operator supplied."""

    county: str
    coverage_year: int
    name: str
    value: int
    known_at: datetime


@dataclass(slots=True)
class Subject:
    """One enrollment with everything that its question may need."""

    enrollment: Waiting
    person: Person
    statuses: Sequence[StatusVersion] = ()
    event: Happened | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)
    paid_tier: int | None = None
