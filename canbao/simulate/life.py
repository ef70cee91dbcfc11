"""What may happen to a few people in one season, as a list of plain steps.

A life can be read, played again, and made shorter. `at` is when a step is told to the platform; the days in
it say when it was true. Instants are those of Asia/Shanghai.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Literal, TypeAlias

#: A paper that names a person, where it is not the right number.
Paper: TypeAlias = Literal["wrong number", "certificate"]

#: Whom a step is about that is about the whole county.
NOBODY = 0

#: What happens to people whenever they are insured, by the platform's words.
EMPLOYED, DIED = "employee_insurance_began", "died"


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is told to the platform."""

    at: datetime
    person: int

    @property
    def named(self) -> Sequence[int]:
        """Whoever is named."""
        return (self.person,)

    def __str__(self) -> str:
        more = [
            f"{field.name}={_plain(getattr(self, field.name))}"
            for field in fields(self)
            if field.name not in ("at", "person") and getattr(self, field.name) not in (None, ())
        ]
        return f"{_plain(self.at)} {type(self).__name__} person {self.person} {' '.join(more)}".rstrip()


@dataclass(frozen=True, slots=True)
class Registered(Step):
    """A person is registered in a household, and enrolled.

    `under` is the paper that was shown where it is not the person's number, `misnamed` says that the name is
    not the person's; `born` is a birthday of this season, `facts` are what the desk is told besides.
    """

    household: int
    tier: int | None = None
    under: Paper | None = None
    misnamed: bool | None = None
    born: date | None = None
    facts: tuple[tuple[str, object], ...] = ()
    #: Of which person it is a second record, with a number of its own.
    again: int | None = None


@dataclass(frozen=True, slots=True)
class Listed(Step):
    """A roster says that the person has a status from a day on."""

    status: str
    effective_on: date
    listed_on: date
    status_class: str | None = None
    grade: int | None = None
    ended_on: date | None = None
    under: Paper | None = None


@dataclass(frozen=True, slots=True)
class Delisted(Step):
    """A roster says that the person has a status no longer; `ended_on` is the first day without it."""

    status: str
    ended_on: date
    listed_on: date
    under: Paper | None = None


@dataclass(frozen=True, slots=True)
class Paid(Step):
    """The channel tells of a payment, perhaps days later, perhaps twice.

    With an `instrument` a collector took it by hand, and types it.
    """

    transaction: int
    paid_at: datetime
    amount_fen: int
    under: Paper | None = None
    misnamed: bool | None = None
    instrument: str | None = None

    @property
    def fen(self) -> int:
        """All of it."""
        return self.amount_fen


@dataclass(frozen=True, slots=True)
class PaidTogether(Step):
    """The channel tells of one payment for several people; `parts` are people and fen."""

    transaction: int
    paid_at: datetime
    parts: tuple[tuple[int, int], ...]
    instrument: str | None = None

    @property
    def fen(self) -> int:
        """All of it."""
        return sum(fen for _, fen in self.parts)

    @property
    def named(self) -> Sequence[int]:
        """Whoever is paid for."""
        return [person for person, _ in self.parts]


@dataclass(frozen=True, slots=True)
class GivenBack(Step):
    """The channel tells that it gave money of a payment back.

    With a `reason` it is money taken by hand that did not stay: a cheque bounced, say.
    """

    transaction: int
    return_no: int
    returned_at: datetime
    amount_fen: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class InsuredAsEmployee(Step):
    """The person is insured as an employee since a day."""

    on: date

    @property
    def kind(self) -> str:
        """The platform's word for it."""
        return EMPLOYED


@dataclass(frozen=True, slots=True)
class Died(Step):
    """The person died."""

    on: date

    @property
    def kind(self) -> str:
        """The platform's word for it."""
        return DIED


@dataclass(frozen=True, slots=True)
class Decided(Step):
    """An officer decides what stands open about the person's cover, and another one agrees.

    `keeps` is what was in doubt; of what was withdrawn, whether it is restored.
    """

    keeps: bool


@dataclass(frozen=True, slots=True)
class RefundAsked(Step):
    """Somebody asks for a payment to go back to the card: a part of it, or all that is left."""

    transaction: int
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class RefundDecided(Step):
    """Another person decides the refund of a payment that waits, if there is one."""

    transaction: int
    approves: bool


@dataclass(frozen=True, slots=True)
class CardGiven(Step):
    """The person's social-security card is told, or another one."""


@dataclass(frozen=True, slots=True)
class SentToBank(Step):
    """What is ready for cards is sent to the bank, and another person agrees. It is about nobody."""

    batch: int


@dataclass(frozen=True, slots=True)
class BankAnswered(Step):
    """The bank says what became of some people's money of a batch: paid, failed or returned."""

    batch: int
    said: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Closed(Step):
    """All handovers are closed that can be. It is about nobody."""


@dataclass(frozen=True, slots=True)
class Life:
    """The steps of a few people in one county, in the order in which they are told."""

    county: str
    year: int
    steps: tuple[Step, ...]

    @property
    def people(self) -> Sequence[int]:
        """Whoever is named."""
        return sorted({one for step in self.steps for one in step.named} - {NOBODY})

    def places(self, person: int) -> Sequence[tuple[int, int]]:
        """The payments that name somebody, and the lines of theirs in them."""
        found: set[tuple[int, int]] = set()
        for step in self.steps:
            if isinstance(step, Paid) and step.person == person:
                found.add((step.transaction, 1))
            if isinstance(step, PaidTogether):
                lines = enumerate(step.parts, start=1)
                found |= {(step.transaction, number) for number, (one, _) in lines if one == person}
        return sorted(found)

    def registered(self, person: int) -> Registered | None:
        """The first step that registers somebody."""
        found = (step for step in self.steps if isinstance(step, Registered) and step.person == person)
        return next(found, None)

    def without(self, number: int) -> "Life":
        """The same life without one of its steps."""
        return Life(self.county, self.year, self.steps[:number] + self.steps[number + 1 :])

    def told(self) -> str:
        """The steps, one a line."""
        return "\n".join(f"  {number}. {step}" for number, step in enumerate(self.steps, start=1))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class PaidFor:
    """One person of a payment: how much, and which paper and name the channel gives."""

    person: int
    fen: int
    under: Paper | None
    misnamed: bool | None


def paid_for(life: Life, step: Paid | PaidTogether) -> list[PaidFor]:
    """Whom a payment names; who pays for a household gives the papers that they were registered with."""
    if isinstance(step, Paid):
        return [PaidFor(step.person, step.amount_fen, step.under, step.misnamed)]
    found: list[PaidFor] = []
    for person, fen in step.parts:
        first = life.registered(person)
        shown = (None, None) if first is None else (first.under, first.misnamed)
        found.append(PaidFor(person, fen, *shown))
    return found
