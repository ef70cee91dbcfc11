"""What may happen to a few people in one season, as a list of plain steps.

A life can be read, played again, and made shorter. `at` is when a step is told to the platform; the days in
it say when it was true. Instants are those of Asia/Shanghai.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is told to the platform."""

    at: datetime
    person: int

    def __str__(self) -> str:
        more = [
            f"{field.name}={_plain(getattr(self, field.name))}"
            for field in fields(self)
            if field.name not in ("at", "person") and getattr(self, field.name) is not None
        ]
        return f"{_plain(self.at)} {type(self).__name__} person {self.person} {' '.join(more)}".rstrip()


@dataclass(frozen=True, slots=True)
class Registered(Step):
    """A person is registered in a household, and enrolled."""

    household: int
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Listed(Step):
    """A roster says that the person has a status from a day on."""

    status: str
    effective_on: date
    listed_on: date
    status_class: str | None = None
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class Delisted(Step):
    """A roster says that the person has a status no longer; `ended_on` is the first day without it."""

    status: str
    ended_on: date
    listed_on: date


@dataclass(frozen=True, slots=True)
class Paid(Step):
    """The channel tells of a payment, perhaps days later, perhaps twice."""

    transaction: int
    paid_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class GivenBack(Step):
    """The channel tells that it gave money of a payment back."""

    transaction: int
    return_no: int
    returned_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class InsuredAsEmployee(Step):
    """The person is insured as an employee since a day."""

    on: date


@dataclass(frozen=True, slots=True)
class Died(Step):
    """The person died."""

    on: date


@dataclass(frozen=True, slots=True)
class Life:
    """The steps of a few people in one county, in the order in which they are told."""

    county: str
    year: int
    steps: tuple[Step, ...]

    @property
    def people(self) -> Sequence[int]:
        """Whoever is named."""
        return sorted({step.person for step in self.steps})

    def without(self, number: int) -> "Life":
        """The same life without one of its steps."""
        return Life(self.county, self.year, self.steps[:number] + self.steps[number + 1 :])

    def told(self) -> str:
        """The steps, one a line."""
        return "\n".join(f"  {number}. {step}" for number, step in enumerate(self.steps, start=1))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
