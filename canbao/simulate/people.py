"""What is known of one person of a life, and what has become of their year so far."""

from dataclasses import dataclass, field
from datetime import date, datetime

from canbao.simulate.histories import paint
from canbao.simulate.life import Delisted, Died, InsuredAsEmployee, Listed, Registered
from canbao.simulate.outcomes import Help, Line


@dataclass
class Person:
    """One person of a life, and what is known of them."""

    born: date
    registered: Registered | None = None
    said: list[Listed | Delisted] = field(default_factory=list)
    insured: InsuredAsEmployee | None = None
    died: Died | None = None
    lines: list[Line] = field(default_factory=list)
    #: When something was told that changed what is known.
    changed: list[datetime] = field(default_factory=list)
    state: str = "unregistered"
    completed_at: datetime | None = None
    #: By which knowledge it was completed.
    decided_at: datetime | None = None
    causes: set[str] = field(default_factory=set)
    granted: list[Help] = field(default_factory=list)
    #: Late help that was told of a payment, and the statuses that brought it.
    promised: dict[int, tuple[list[Help], set[str]]] = field(default_factory=dict)

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
