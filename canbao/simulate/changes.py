"""What happens to people themselves: who they are, where they live, and lists that name many at once.

Steps of a life like those of `life`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from canbao.simulate.life import Step


@dataclass(frozen=True, slots=True)
class Happened(Step):
    """Something happened that may open a window, such as a discharge; `kind` is the notice's word."""

    kind: str
    on: date


@dataclass(frozen=True, slots=True)
class TakenBack(Step):
    """Something that was told of the person did not happen: a death, an employment, or what opens windows."""

    kind: str
    on: date


@dataclass(frozen=True, slots=True)
class CancelledAtDesk(Step):
    """The desk cancels the enrollment, which nobody has paid; where help covers it all two officers do."""


@dataclass(frozen=True, slots=True)
class Enrolled(Step):
    """Somebody registered is enrolled at the desk: anew, or on another tier."""

    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Numbered(Step):
    """The list of the household comes with the number of somebody who had only a certificate of birth."""


@dataclass(frozen=True, slots=True)
class Corrected(Step):
    """A number that was typed wrong is corrected."""


@dataclass(frozen=True, slots=True)
class Renamed(Step):
    """A name that was typed wrong is corrected."""


@dataclass(frozen=True, slots=True)
class Moved(Step):
    """The person moves to another household."""

    household: int


@dataclass(frozen=True, slots=True)
class SentAgain(Step):
    """The list of a person's household comes again, with whoever died."""


@dataclass(frozen=True, slots=True)
class Row:
    """A person on a list, since when, and which class and grade."""

    person: int
    effective_on: date
    status_class: str | None = None
    grade: int | None = None

    def __str__(self) -> str:
        more = f" {self.status_class or ''} {self.grade or ''}".rstrip()
        return f"person {self.person} since {self.effective_on}{more}"


@dataclass(frozen=True, slots=True)
class Replaced(Step):
    """A whole list of a status: who is not on it has the status no longer."""

    status: str
    listed_on: date
    rows: tuple[Row, ...]

    @property
    def named(self) -> Sequence[int]:
        """Whoever is on it."""
        return [row.person for row in self.rows]


@dataclass(frozen=True, slots=True)
class Merged(Step):
    """Two records turn out to be one person; this one is right about who the person is, and where."""

    other: int

    @property
    def named(self) -> Sequence[int]:
        """Both records."""
        return (self.person, self.other)
