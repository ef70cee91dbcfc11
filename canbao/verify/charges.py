"""Checks what enrollments are charged: the charge of every fact, and the due positions, worked out again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.spill import Spill
from libs.common.db.rows import statement
from libs.common.events.collection import PaymentReceived
from libs.common.events.registration import EnrollmentCancelled
from services.ledger.dues.rules import NOTHING_KNOWN, DueFact, DuePosition, due_at
from services.ledger.postings.rules import Season

_POSITIONS = statement("""
    SELECT county, coverage_year, enrollment_id, revision, due_fen, paid_lines, paid_fen FROM due_positions
""")
_ASSESSED, _CANCELLED, _PAID, _STORED = range(4)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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


class _Noted(NamedTuple):
    """What a fact knows of a due: a revision and its due, or what was paid; and the charge that it posted."""

    enrollment_id: int
    books: int
    what: int
    fact_id: int
    revision: int
    own_fen: int
    at_microseconds: int
    charged_fen: int


class _Stored(NamedTuple):
    """What the ledger stores of a due. As long as the other record; `what` tells them apart."""

    enrollment_id: int
    books: int
    what: int
    revision: int
    due_fen: int
    paid_lines: int
    paid_fen: int
    nothing: int = 0


class Charges:
    """Collects what each fact knows of a due and what it charged, and compares when all have been seen.

    Facts of one enrollment are far apart in the store: they are put into parts first, and a part at a time is
    worked through in memory.
    """

    def __init__(self, spill: Spill) -> None:
        self._spill = spill
        self._books: dict[Season, int] = {}

    @staticmethod
    def spill() -> Spill:
        """Make what the records are kept in."""
        return Spill(len(_Noted._fields))

    def note(self, fact_id: int, season: Season, fact: DueFact, charged_fen: int) -> None:
        """Remember one fact and the signed charge that it posted."""
        what, revision, own_fen = _PAID, 0, 0
        if isinstance(fact, PaymentReceived):
            own_fen, at = fact.own_fen, fact.paid_at
        elif isinstance(fact, EnrollmentCancelled):
            what, at = _CANCELLED, fact.cancelled_at
        else:
            what, at = _ASSESSED, fact.assessed_at
            revision, own_fen = fact.revision, due_at(fact.schedule, at)
        since = (at - _EPOCH) // _MICROSECOND
        books = self._number(season)
        noted = _Noted(fact.enrollment_id, books, what, fact_id, revision, own_fen, since, charged_fen)
        self._spill.put(*noted)

    async def compare(self, sources: Sources, found: Findings) -> None:
        """Work out every enrollment and compare."""
        async for row in sources.stream("ledger", _Position, _POSITIONS):
            books = self._number(Season(row.county, row.coverage_year))
            stored = _Stored(
                row.enrollment_id, books, _STORED, row.revision, row.due_fen, row.paid_lines, row.paid_fen
            )
            self._spill.put(*stored)
        for part in self._spill.parts():
            _compare_part(part, found)

    def _number(self, season: Season) -> int:
        return self._books.setdefault(season, len(self._books))


def _compare_part(part: Iterable[tuple[int, ...]], found: Findings) -> None:
    known: dict[tuple[int, int], DuePosition] = {}
    for record in part:
        noted = _Noted._make(record)
        due = (noted.enrollment_id, noted.books)
        before = known.get(due, NOTHING_KNOWN)
        if noted.what == _STORED:
            _compare_position(before, _Stored._make(record), found)
            known.pop(due, None)
            continue
        after = known[due] = _after(before, noted)
        wanted_fen = after.charged_fen - before.charged_fen
        if wanted_fen != noted.charged_fen:
            wrong = f"charged {noted.charged_fen} fen, but the rules say {wanted_fen} fen"
            found.differs(f"fact {noted.fact_id}", wrong)
    for enrollment_id, _ in known:
        found.differs(f"enrollment {enrollment_id}", "has facts but no due position")


def _after(before: DuePosition, noted: _Noted) -> DuePosition:
    if noted.what == _PAID:
        return before.paid(noted.own_fen)
    at = _EPOCH + noted.at_microseconds * _MICROSECOND
    if noted.what == _CANCELLED:
        return before.cancelled(at)
    return before.assessed(noted.revision, noted.own_fen, at)


def _compare_position(position: DuePosition, stored: _Stored, found: Findings) -> None:
    has = (stored.revision, stored.due_fen, stored.paid_lines, stored.paid_fen)
    wanted = (position.revision, position.due_fen, position.paid_lines, position.paid_fen)
    if has != wanted:
        which = f"enrollment {stored.enrollment_id}"
        found.differs(which, f"its due position is {has}, but its facts say {wanted}")
