"""What a question needs to know of an enrollment: the rows that the store gives, and all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol, TypeAlias, TypedDict

from pydantic import JsonValue

from libs.common.policy import Notice
from services.registration.histories.rules import Record, Then
from services.registration.people.rules import Facts
from services.registration.repairs.rules import Repaired
from services.registration.statuses.rules import Recorded

#: A question of the contract, as it is asked and stored.
Asked: TypeAlias = dict[str, JsonValue]


class Line(TypedDict):
    """One line of help, as events and answers carry it."""

    payer: str
    status: str
    amount_fen: int
    mechanism: str


@dataclass(slots=True)
class Waiting:
    """An enrollment that is to be assessed, with the instant of what caused it.

    `promised` is the late help that was told last of the payment that counts and not withdrawn since. Of the
    newest assessment of what is owed `said_at` is the instant, `said_late` the late help of any payment.
    `told_from` is the first day of the cover that was told before an officer withdrew it.
    """

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
    decided_at: datetime | None = None
    benefit_from: date | None = None
    benefit_to: date | None = None
    contest_no: int = 0
    contested: Sequence[str] | None = None
    upheld: Sequence[str] | None = None
    withdrawn_for: Sequence[str] | None = None
    was_complete_at: datetime | None = None
    promised: Sequence[Line] | None = None
    said_at: datetime | None = None
    said_late: Sequence[Line] | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    withdrawn_at: datetime | None = None
    told_from: date | None = None

    @property
    def help_withdrawn(self) -> bool:
        """Whether an officer withdrew the help of the completion that there is."""
        return bool(self.withdrawn_for) and self.completed_at == self.was_complete_at

    @property
    def known_at(self) -> datetime | None:
        """What was known by then decided the completion: by the assessment that the money or grant used.

        An exemption that begins when a window opens was decided before, by what was known then.
        """
        if self.completed_at is None or self.decided_at is None:
            return self.completed_at
        if self.state == "exempt":
            return self.decided_at
        return max(self.completed_at, self.decided_at)


class Lives(Protocol):
    """Somebody, and where they live."""

    @property
    def person_id(self) -> int: ...
    @property
    def household_id(self) -> int: ...
    @property
    def division_code(self) -> str: ...


def as_registered(notice: Notice, one: Lives, now: datetime, *, enrollment_id: int = 0) -> Waiting:
    """The enrollment that there is when somebody is registered now, or would be."""
    return Waiting(
        enrollment_id=enrollment_id,
        cause="registered",
        assess_at=now,
        county=notice.county,
        coverage_year=notice.year,
        person_id=one.person_id,
        household_id=one.household_id,
        division_code=one.division_code,
        state="registered",
        tier=None,
        add_ons=(),
        registered_at=now,
        revision=0,
        completed_at=None,
        paid_fen=None,
        final_assessment_id=None,
    )


@dataclass(slots=True)
class PaidTier:
    """A tier that a member of a household has completed."""

    household_id: int
    coverage_year: int
    person_id: int
    tier: int
    completed_at: datetime


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
    number: str
    known_at: datetime


@dataclass(slots=True)
class EarlierFacts:
    """What was known of a person from `known_at` until it changed; of one coverage year alone, or of all."""

    person_id: int
    sex: str | None
    born: date
    facts: Facts
    known_at: datetime
    known_until: datetime
    coverage_year: int | None = None


@dataclass(slots=True)
class Happened:
    """A life event of a person; since when it is known of a coverage year where a merge makes that differ."""

    person_id: int
    kind: str
    happened_on: date
    known_at: datetime
    withdrawn_at: datetime | None = None
    known_in_years: Mapping[str, str] | None = None

    def in_year(self, year: int) -> "Happened":
        """As it is known of the enrollment of a year."""
        since = (self.known_in_years or {}).get(str(year))
        return self if since is None else replace(self, known_at=datetime.fromisoformat(since))


@dataclass(slots=True)
class Supplied:
    """A value that an operator supplied."""

    county: str
    coverage_year: int
    name: str
    value: int
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Helped:
    """Help of a list for one enrollment, with since when and until when it is known."""

    enrollment_id: int
    payer: str
    amount_fen: int
    known_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(slots=True)
class Subject:
    """One enrollment with everything that its question may need.

    `history`, and the lapsed years that were repaired, where its notice counts that.
    """

    enrollment: Waiting
    person: Person
    statuses: Sequence[Recorded] = ()
    events: Sequence[Happened] = ()
    parameters: Mapping[str, int] = field(default_factory=dict)
    paid_tier: int | None = None
    died_on: date | None = None
    earlier: Sequence[EarlierFacts] = ()
    employed_on: date | None = None
    helped: Sequence[Helped] = ()
    history: Record | None = None
    repairs: Sequence[Repaired] = ()

    def person_at(self, known_at: datetime) -> "Person | EarlierFacts":
        """What was known of the person at an instant; before anything was, the first that ever was."""
        if not self.earlier or self.person.known_at <= known_at:
            return self.person
        known = [version for version in self.earlier if version.known_at <= known_at]
        return known[-1] if known else self.earlier[0]

    def past_at(self, known_at: datetime) -> Then | None:
        """What was known of earlier years at an instant; None where the notice does not count them."""
        if self.history is None:
            return None
        person = self.person_at(known_at)
        return Then(self.history, person.born, person.facts, self.events, known_at)

    def event_at(self, known_at: datetime) -> Happened | None:
        """What happened to the person last, as it was known at an instant."""
        known = [
            event
            for event in self.events
            if event.known_at <= known_at and (event.withdrawn_at is None or event.withdrawn_at > known_at)
        ]
        return known[-1] if known else None


def known_of_year(
    person: Person, earlier: Sequence[EarlierFacts], year: int
) -> tuple[Person, Sequence[EarlierFacts]]:
    """What is known, and was before, of the enrollment of a year.

    Of two records that owned different years each year has its own past until they became one.
    """
    own = [one for one in earlier if one.coverage_year == year]
    all_years = [one for one in earlier if one.coverage_year is None]
    if not own:
        return person, all_years
    merged_at = own[-1].known_until
    since = [
        replace(one, known_at=max(one.known_at, merged_at))
        for one in all_years
        if one.known_until > merged_at
    ]
    return replace(person, known_at=max(person.known_at, merged_at)), [*own, *since]


def tier_of_others(person_id: int, home: Sequence[PaidTier]) -> int | None:
    """The tier that somebody of a household is bound to: whoever completed one first binds the others."""
    return home[0].tier if home and home[0].person_id != person_id else None
