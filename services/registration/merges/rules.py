"""Two records that are one person: which id goes on, and which enrollment of a year stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.registration.enrollments.rules import COMPLETE, OPEN

#: open: found, nobody has asked for it; waiting: for a second person; merged; apart: they are two people;
#: gone: it came to nothing by itself.
MergeState = Literal["open", "waiting", "merged", "apart", "gone"]


@dataclass(frozen=True, slots=True)
class Record:
    """One of two records, as far as a merge asks."""

    id: int
    county: str
    household_id: int
    division_code: str
    name: str
    born: date


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records of one person. `right` is the one whose name, birth, facts and household hold."""

    right: Record
    other: Record

    @property
    def survivor(self) -> int:
        """The id that goes on: the one that was given first.

        Vouchers, cards and lists have known it longest, and it does not hang on the order of several merges.
        """
        return min(self.right.id, self.other.id)

    @property
    def merged(self) -> int:
        """The id that is never used again."""
        return max(self.right.id, self.other.id)

    @property
    def division_code(self) -> str:
        """The lowest division that has both: who decides sees both."""
        ours, theirs = self.right.division_code, self.other.division_code
        shared = next(n for n in (12, 9, 6, 4, 2, 0) if ours[:n] == theirs[:n])
        return ours[:shared].ljust(12, "0")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrollment of one of the two."""

    id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    household_id: int
    state: str
    tier: int | None
    completed_at: datetime | None
    paid_fen: int | None
    contest_no: int
    contested: list[str] | None


@dataclass(frozen=True, slots=True)
class Year:
    """A coverage year of both: the enrollment that stands, and the one that ends for it."""

    stands: Enrolled
    ends: Enrolled


def years_of_both(enrolled: Iterable[Enrolled]) -> list[Year]:
    """Decide for each year for which both are enrolled: the complete one stands, of two the first, else one
    of which an officer ended the cover, else the older that is open.
    """
    by_year: dict[tuple[int, str], list[Enrolled]] = {}
    for one in enrolled:
        by_year.setdefault((one.coverage_year, one.county), []).append(one)
    both = [sorted(some, key=_precedence) for _, some in sorted(by_year.items()) if len(some) > 1]
    return [Year(stands, ends) for stands, ends in both]


#: Of what is not complete: that an officer ended the cover was said of the person, by whichever number.
_STANDS: Mapping[str, int] = {"withdrawn": 0, **dict.fromkeys(OPEN, 1), "cancelled": 2}


def _precedence(one: Enrolled) -> tuple[object, ...]:
    complete = one.state in COMPLETE
    instant = one.completed_at.timestamp() if complete and one.completed_at is not None else 0.0
    return (not complete, instant, _STANDS.get(one.state, len(_STANDS)), one.id)


def owners(enrolled: Iterable[Enrolled], both: Iterable[Year]) -> Mapping[int, int]:
    """By year the record whose enrollment stands: what rosters said of the other becomes known of it now."""
    ended = {year.ends.id for year in both}
    return {one.coverage_year: one.person_id for one in enrolled if one.id not in ended}


def known_of(pair: Pair, enrolled: Iterable[Enrolled], both: Iterable[Year]) -> int:
    """The record of which was known until the merge what is said of no year: the one whose enrollment stands.

    Of enrollments of several years the complete one says it, of two the newest; those of the other record
    keep what was known of that one.
    """
    ended = {year.ends.id for year in both}
    stand = [one for one in enrolled if one.id not in ended]
    decided = max(stand, key=lambda one: (one.state in COMPLETE, one.coverage_year), default=None)
    return pair.right.id if decided is None else decided.person_id


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to one of the two, and since when it is known: of single years, else of all."""

    id: int
    person_id: int
    known_at: datetime
    known_in_years: Mapping[str, str] | None


def known_since(event: Happened, owners: Mapping[int, int], known_of: int, at: datetime) -> Happened:
    """Give an event as it is known after a merge: of the enrollments of the other record it is news."""
    news = max(event.known_at, at)
    own = {int(year): datetime.fromisoformat(since) for year, since in (event.known_in_years or {}).items()}
    known_at = event.known_at if event.person_id == known_of else news
    by_year = {
        year: own.get(year, event.known_at) if owner == event.person_id else news
        for year, owner in owners.items()
    }
    differs = {str(year): since.isoformat() for year, since in sorted(by_year.items()) if since != known_at}
    return replace(event, known_at=known_at, known_in_years=differs or None)
