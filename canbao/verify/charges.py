"""Checks what enrollments are charged and who is counted: worked out again, fact by fact, and compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from canbao.verify.ends import Ends
from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.spill import Spill
from libs.common.db.rows import statement
from libs.common.events.collection import PaymentReceived
from libs.common.events.registration import EnrollmentCancelled, EnrollmentRestored, EnrollmentWithdrawn
from libs.common.events.subsidy import SubsidyGranted
from services.ledger.dues.rules import MERGED, NOTHING_KNOWN, DueFact, DuePosition, due_at
from services.ledger.postings.rules import Season

_POSITIONS = statement("""
    SELECT county, coverage_year, enrollment_id, revision, due_fen, paid_lines, paid_fen FROM due_positions
""")
_WITHDRAWALS = statement("""
    SELECT w.county, w.coverage_year, w.fact_id, w.reversal, f.enrollment_id
    FROM withdrawals w
    LEFT JOIN facts f ON f.county = w.county AND f.coverage_year = w.coverage_year AND f.id = w.fact_id
      AND (f.data::json ->> 'person_id')::bigint = w.person_id
      AND f.data::json ->> 'division_code' = w.division_code AND f.business_at = w.business_at
""")
#: What a record says. Within a fact: first what it makes known, then what it posted.
_ASSESSED, _CANCELLED, _WITHDRAWN, _RESTORED, _COMPLETED, _PAID, _ENDED, _CHARGED, _GONE, _STORED = range(10)
_NO_REVISION = -1
_LAST = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: Whom a posting is about: person and division.
Who = tuple[int | None, str | None]


@dataclass(slots=True)
class _Position:
    """A due position as the ledger stores it."""

    county: str
    coverage_year: int
    enrollment_id: int
    revision: int
    due_fen: int
    paid_lines: int
    paid_fen: int


@dataclass(slots=True)
class _Gone:
    """Somebody who is counted no longer (reversal: again); without enrollment when no fact says so."""

    county: str
    coverage_year: int
    fact_id: int
    reversal: bool
    enrollment_id: int | None


class _Noted(NamedTuple):
    """What a fact knows of a due, or what it posted; or what the ledger stores of it in the end."""

    enrollment_id: int
    books: int
    fact_id: int
    what: int
    revision: int = 0
    fen: int = 0
    at_microseconds: int = 0
    lines: int = 0


class Charges:
    """Collects what each fact knows of a due and what it posted, and compares when all have been seen.

    Facts of one enrollment are far apart in the store: they are put into parts first, and a part at a time is
    worked through in memory.
    """

    def __init__(self, spill: Spill, ends: Ends) -> None:
        self._spill = spill
        self._ends = ends
        self._books: dict[Season, int] = {}
        self._about: tuple[int, dict[tuple[Season, Who], int]] = (0, {})

    @staticmethod
    def spill() -> Spill:
        """Make what the records are kept in."""
        return Spill(len(_Noted._fields))

    def ends_in(self, fact_id: int, season: Season) -> bool:
        """Whether a fact ends a contribution in these books."""
        return any(one.season == season for one in self._ends.get(fact_id, ()))

    def know(self, fact_id: int, season: Season, fact: DueFact | None) -> None:
        """Remember what one fact makes known."""
        about = self._about_ended(fact_id)
        if fact is not None:
            about[season, (fact.person_id, fact.division_code)] = fact.enrollment_id
            self._put(season, _noted(fact_id, fact))
        for one, number in self._ends.get(fact_id, {}).items():
            self._put(one.season, _Noted(one.enrollment_id, 0, fact_id, _ENDED, lines=number))
        self._about = (fact_id, about)

    def posted(self, fact_id: int, season: Season, who: Who, fen: int) -> bool:
        """Remember a charge; False when the fact is not about this person."""
        about = self._about[1] if self._about[0] == fact_id else self._about_ended(fact_id)
        enrollment_id = about.get((season, who))
        if enrollment_id is None:
            return False
        self._put(season, _Noted(enrollment_id, 0, fact_id, _CHARGED, fen=fen))
        return True

    async def compare(self, sources: Sources, found: Findings) -> None:
        """Work out every enrollment and compare."""
        async for gone in sources.stream("ledger", _Gone, _WITHDRAWALS):
            if gone.enrollment_id is None:
                found.differs(f"withdrawal of {gone.fact_id}", "comes from no stored fact")
                continue
            noted = _Noted(gone.enrollment_id, 0, gone.fact_id, _GONE, lines=-1 if gone.reversal else 1)
            self._put(Season(gone.county, gone.coverage_year), noted)
        async for row in sources.stream("ledger", _Position, _POSITIONS):
            stored = _Noted(
                row.enrollment_id, 0, _LAST, _STORED, row.revision, row.due_fen, row.paid_fen, row.paid_lines
            )
            self._put(Season(row.county, row.coverage_year), stored)
        for part in self._spill.parts():
            _compare_part(part, found)

    def _about_ended(self, fact_id: int) -> dict[tuple[Season, Who], int]:
        return {
            (one.season, (one.person_id, one.division_code)): one.enrollment_id
            for one in self._ends.get(fact_id, ())
        }

    def _put(self, season: Season, noted: _Noted) -> None:
        books = self._books.setdefault(season, len(self._books))
        self._spill.put(*noted._replace(books=books))


def _noted(fact_id: int, fact: DueFact) -> _Noted:
    """What a fact of an enrollment makes known of its due."""
    what, at, revision, fen, ended = _ASSESSED, None, 0, 0, 0
    if isinstance(fact, PaymentReceived):
        what, at, fen = _PAID, fact.paid_at, fact.own_fen
    elif isinstance(fact, EnrollmentCancelled):
        what, at = _CANCELLED, fact.cancelled_at
        revision = _NO_REVISION if fact.revision is None else fact.revision
        ended = int(fact.reason == MERGED)
    elif isinstance(fact, EnrollmentWithdrawn):
        what, at, revision = _WITHDRAWN, fact.withdrawn_at, fact.contest_no
    elif isinstance(fact, EnrollmentRestored):
        what, at, revision = _RESTORED, fact.upheld_at, fact.contest_no
    elif isinstance(fact, SubsidyGranted):
        what, at = _COMPLETED, fact.granted_at
    else:
        at, revision = fact.assessed_at, fact.revision
        fen = due_at(fact.schedule, at)
    since = (at - _EPOCH) // _MICROSECOND
    return _Noted(fact.enrollment_id, 0, fact_id, what, revision, fen, since, ended)


def _compare_part(part: Iterable[tuple[int, ...]], found: Findings) -> None:
    """Go through the enrollments of a part, and fact by fact through each."""
    records = sorted(map(_Noted._make, part))
    for (enrollment_id, _), of_due in groupby(records, key=lambda noted: noted[:2]):
        position, stored = NOTHING_KNOWN, None
        for fact_id, of_fact in groupby(of_due, key=lambda noted: noted.fact_id):
            if fact_id == _LAST:
                stored = next(of_fact)
            else:
                position = _compare_fact(fact_id, position, of_fact, found)
        _compare_position(enrollment_id, position, stored, found)


def _compare_fact(
    fact_id: int, before: DuePosition, records: Iterator[_Noted], found: Findings
) -> DuePosition:
    after, charged_fen, gone = before, 0, 0
    for noted in records:
        if noted.what == _CHARGED:
            charged_fen += noted.fen
        elif noted.what == _GONE:
            gone += noted.lines
        else:
            after = _after(after, noted)
    wanted_fen = after.charged_fen - before.charged_fen
    if wanted_fen != charged_fen:
        found.differs(f"fact {fact_id}", f"charged {charged_fen} fen, but the rules say {wanted_fen} fen")
    if after.is_withdrawn - before.is_withdrawn != gone:
        found.differs(f"fact {fact_id}", "says something else than the rules about whom to count")
    return after


def _after(before: DuePosition, noted: _Noted) -> DuePosition:
    at = _EPOCH + noted.at_microseconds * _MICROSECOND
    match noted.what:
        case int(what) if what == _PAID:
            return before.paid(noted.fen, at)
        case int(what) if what == _ENDED:
            return before.ended(noted.lines)
        case int(what) if what == _CANCELLED:
            known = before.merged() if noted.lines else before
            return known.cancelled(at, None if noted.revision == _NO_REVISION else noted.revision)
        case int(what) if what == _WITHDRAWN:
            return before.withdrawn(at, noted.revision)
        case int(what) if what == _RESTORED:
            return before.restored(noted.revision)
        case int(what) if what == _COMPLETED:
            return before.completed(at)
    return before.assessed(noted.revision, noted.fen, at)


def _compare_position(
    enrollment_id: int, position: DuePosition, stored: _Noted | None, found: Findings
) -> None:
    which = f"enrollment {enrollment_id}"
    if stored is None:
        found.differs(which, "has facts but no due position")
        return
    has = (stored.revision, stored.fen, stored.lines, stored.at_microseconds)
    wanted = (position.revision, position.due_fen, position.paid_lines, position.paid_fen)
    if has != wanted:
        found.differs(which, f"its due position is {has}, but its facts say {wanted}")
