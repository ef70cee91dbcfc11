"""What is known of a person's earlier years at an instant, and what of it a notice is told.

A year is known in this order: by the newest correction of a bureau; as insured by any file that names the
person, by a season of this installation that is complete, or by insurance as an employee that ended in it; as
not insured where a season of the person's own is not complete, or where somebody stated that all who were
insured in the person's place are known, and the person is not among them. Of any other year nothing is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, Protocol, get_args

from libs.common.policy import Notice
from services.registration.enrollments.rules import COMPLETE, OPEN
from services.registration.people.rules import Facts

#: Which insurance it was.
Scheme = Literal["resident", "employee", "other"]
SCHEMES: tuple[str, ...] = get_args(Scheme)
#: What is said of a person: of a coverage year, or which is the first in which they had to be insured.
Said = Literal["insured", "not_insured", "taken_back", "due_from"]
SAID: tuple[str, ...] = get_args(Said)
#: How a year is known.
Basis = Literal["correction", "import", "season", "employee_insurance", "absence"]
#: Why an enrollment is assessed again of which nothing but the years before has changed.
HISTORY_KNOWN: Final = "history_known"

#: From the year of these on somebody had to be insured, and not before.
_DUE_SINCE = frozenset({"hukou_moved_in", "discharged", "released", "returned_from_abroad"})
_FIRST_YEAR = 1900


class Event(Protocol):
    """Something that happened to a person."""

    @property
    def kind(self) -> str: ...
    @property
    def happened_on(self) -> date: ...
    @property
    def known_at(self) -> datetime: ...
    @property
    def withdrawn_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file or a correction says of a person; a file has an `import_id`."""

    person_id: int
    said: Said
    coverage_year: int
    county: str
    place: str | None
    scheme: str | None
    source: str | None
    import_id: int | None
    known_at: datetime
    said_by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Season:
    """How an enrollment of the person stood from `known_at` until it changed."""

    person_id: int
    coverage_year: int
    county: str
    state: str
    known_at: datetime
    known_until: datetime | None


@dataclass(frozen=True, slots=True)
class Whole:
    """Somebody stated that all who were insured in a place in these years are known."""

    place: str
    from_year: int
    to_year: int
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a year, and how."""

    insured: bool
    basis: Basis
    county: str | None = None
    place: str | None = None
    scheme: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that was ever said of a person's years, oldest first; `whole` is that of the person's place."""

    said: Sequence[Statement] = ()
    seasons: Sequence[Season] = ()
    whole: Sequence[Whole] = ()

    @property
    def newest(self) -> datetime | None:
        """Since when all of it is known."""
        known: Iterable[Statement | Season | Whole] = (*self.said, *self.seasons, *self.whole)
        return max((one.known_at for one in known), default=None)


@dataclass(frozen=True, slots=True)
class Then:
    """What was known at an instant."""

    record: Record
    born: date
    facts: Facts
    events: Sequence[Event]
    known_at: datetime

    def verdict(self, year: int) -> Verdict | None:
        """What was known of a year; None: nothing."""
        heard = [
            one
            for one in self.record.said
            if one.coverage_year == year and one.known_at <= self.known_at and one.said != "due_from"
        ]
        corrections = [one for one in heard if one.import_id is None]
        if corrections and corrections[-1].said != "taken_back":
            return _verdict(corrections[-1], "correction")
        for one in heard:
            if one.import_id is not None:
                return _verdict(one, "import")
        return self._season(year) or self._absence(year)

    def _season(self, year: int) -> Verdict | None:
        found = [
            season
            for season in self.record.seasons
            if season.coverage_year == year
            and season.known_at <= self.known_at
            and (season.known_until is None or self.known_at < season.known_until)
        ]
        for season in found:
            if season.state in COMPLETE:
                return Verdict(True, "season", season.county, scheme="resident")
        if year == self._employed_until:
            return Verdict(True, "employee_insurance", scheme="employee")
        for season in found:
            if season.state in OPEN:
                return Verdict(False, "season", season.county)
        return None

    def _absence(self, year: int) -> Verdict | None:
        for whole in self.record.whole:
            if whole.known_at <= self.known_at and whole.from_year <= year <= whole.to_year:
                return Verdict(False, "absence", place=whole.place)
        return None

    @property
    def _employed_until(self) -> int | None:
        insurance = self.facts.get("employee_insurance")
        ended_on = insurance.get("ended_on") if isinstance(insurance, dict) else None
        return date.fromisoformat(ended_on).year if isinstance(ended_on, str) else None

    @property
    def due_from(self) -> int | None:
        """The first year in which the person had to be insured; None: that of birth."""
        stated = [
            one.coverage_year
            for one in self.record.said
            if one.said == "due_from" and one.known_at <= self.known_at
        ]
        if stated:
            return stated[-1]
        since = [
            event.happened_on.year
            for event in self.events
            if event.kind in _DUE_SINCE
            and event.known_at <= self.known_at
            and (event.withdrawn_at is None or event.withdrawn_at > self.known_at)
        ]
        return max(since, default=None)

    def insured_years(self, before: int) -> list[int]:
        """The years before a coverage year that are known as insured."""
        years = {one.coverage_year for one in self.record.said}
        years |= {one.coverage_year for one in self.record.seasons}
        if self._employed_until is not None:
            years.add(self._employed_until)
        verdicts = ((year, self.verdict(year)) for year in sorted(years) if _FIRST_YEAR <= year < before)
        return [year for year, found in verdicts if found is not None and found.insured]

    def asked(self, year: int, counted_from: int) -> dict[str, object] | None:
        """`person.history` of the contract; None where a year is not known that may be a lapsed one.

        How far back somebody was insured without a gap is only as long as it is known.
        """
        due_from = self.due_from
        first = max(self.born.year if due_from is None else due_from, counted_from)
        for earlier in range(year - 1, first - 1, -1):
            found = self.verdict(earlier)
            if found is None:
                return None
            if found.insured:
                break
        history: dict[str, object] = {"insured_years": self.insured_years(year)}
        return history if due_from is None else history | {"due_from_year": due_from}


def _verdict(one: Statement, basis: Basis) -> Verdict:
    return Verdict(one.said == "insured", basis, one.county, one.place, one.scheme, one.source)


def counting(notices: Iterable[Notice]) -> frozenset[tuple[str, int]]:
    """The counties and years whose notices count the years before."""
    return frozenset((notice.county, notice.year) for notice in notices if notice.waiting_rules is not None)
