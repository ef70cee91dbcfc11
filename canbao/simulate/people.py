"""What is known of one person of a life, and what has become of their year so far."""

from dataclasses import dataclass, field
from datetime import date, datetime

from canbao.simulate.histories import paint
from canbao.simulate.life import Delisted, Died, InsuredAsEmployee, Listed, Registered
from canbao.simulate.outcomes import Help, Line


@dataclass(frozen=True)
class HelpEnded:
    """An officer took help back: why, when, and of an enrollment that was completed when."""

    causes: frozenset[str]
    at: datetime
    completed_at: datetime
    paid: bool


@dataclass(eq=False)
class Payout:
    """Help for a card: due, sent, paid or failed; `card` is to which of the person's it went last."""

    fen: int
    state: str = "due"
    card: int = 0

    @property
    def out(self) -> bool:
        """Whether the money is with the bank or on the card."""
        return self.state in ("sent", "paid")

    def told(self, cards: int) -> str:
        """How far it is, for somebody who was given so many cards: what failed may go to another."""
        return "due" if self.state == "failed" and self.card != cards else self.state


@dataclass(eq=False)
class Refund:
    """A case about money that is to go back to the card: requested, approved, paid, rejected or closed.

    `whole` ends the contribution; `of_applied` says whether the money counted when it was asked for.
    """

    line: Line
    fen: int
    whole: bool
    state: str = "requested"
    payout: Payout | None = None
    of_applied: bool = False

    def __post_init__(self) -> None:
        self.of_applied = self.line.state == "applied"


@dataclass(eq=False)
class Person:
    """One person of a life, and what is known of them."""

    born: date
    registered: Registered | None = None
    #: The tier that was chosen, at registration or by an amount.
    tier: int | None = None
    said: list[Listed | Delisted] = field(default_factory=list)
    insured: InsuredAsEmployee | None = None
    died: Died | None = None
    lines: list[Line] = field(default_factory=list)
    #: When something was told that changed what is known.
    changed: list[datetime] = field(default_factory=list)
    state: str = "unregistered"
    #: Who paid before the enrollment was cancelled has paid, whatever is known by then.
    cancelled_at: datetime | None = None
    completed_at: datetime | None = None
    #: By which knowledge it was completed.
    decided_at: datetime | None = None
    causes: set[str] = field(default_factory=set)
    #: What an officer decided to bear with, as long as it is so.
    borne_with: set[str] = field(default_factory=set)
    #: When an officer withdrew cover, or help only, and of which completion.
    ended_at: datetime | None = None
    help_ended: "HelpEnded | None" = None
    granted: list[Help] = field(default_factory=list)
    #: Late help that was told of a payment, and the statuses that brought it.
    promised: dict[int, tuple[list[Help], set[str]]] = field(default_factory=dict)
    #: How many cards were given, what goes to them by payer and whether it is late, and open cases about it.
    cards: int = 0
    payouts: dict[tuple[str, bool], Payout] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)
    bank_cases: list[str] = field(default_factory=list)

    @property
    def household(self) -> int | None:
        """Whom the person lives with."""
        return None if self.registered is None else self.registered.household

    @property
    def counts(self) -> Line | None:
        """The line that counts for the year."""
        return next((line for line in self.lines if line.state == "applied"), None)

    @property
    def twice(self) -> list[Line]:
        """The lines that came while another one counted."""
        return [line for line in self.lines if line.state == "suspended" and line.reason == "already_paid"]

    @property
    def waiting(self) -> list[Line]:
        """The lines that something may still explain."""
        return [line for line in self.lines if line.state == "suspended" and line.reason != "already_paid"]


def says(person: Person, step: Listed | Delisted) -> bool:
    """Keep what a roster says, unless there is nothing that it could end."""
    if isinstance(step, Delisted):
        days = paint([said for said in person.said if said.status == step.status])
        if not any(day >= step.ended_on for day in days):
            return False
    before = paint([said for said in person.said if said.status == step.status])
    person.said.append(step)
    after = paint([said for said in person.said if said.status == step.status])
    return person.registered is not None and before != after
