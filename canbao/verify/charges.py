"""Checks what enrollments are charged: the charge of every fact, and the due positions, worked out again."""

from datetime import datetime
from typing import Any

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.spill import Spill
from libs.common.events.collection import PaymentReceived
from libs.common.events.registration import EnrollmentCancelled
from services.ledger.dues.rules import NOTHING_KNOWN, DueFact, DuePosition, due_at
from services.ledger.postings.rules import Place

_POSITIONS = """
    SELECT county, coverage_year, enrollment_id, revision, due_fen, paid_lines, paid_fen FROM due_positions
"""
_ASSESSED, _CANCELLED, _PAID, _STORED = range(4)
#: enrollment, books, what, fact, two figures of it, its instant, the charge it posted.
_WIDTH = 8


class Charges:
    """Collects what each fact knows of a due and what it charged, and compares when all have been seen.

    Facts of one enrollment are far apart in the store: they are put into parts first, and a part at a time is
    worked through in memory.
    """

    def __init__(self, spill: Spill) -> None:
        self._spill = spill
        self._books: dict[Place, int] = {}

    @staticmethod
    def spill() -> Spill:
        """Make what the records are kept in."""
        return Spill(_WIDTH)

    def note(self, fact_id: int, place: Place, fact: DueFact, charged_fen: int) -> None:
        """Remember one fact and the signed charge that it posted."""
        if isinstance(fact, PaymentReceived):
            what, figures, at = _PAID, (fact.own_fen, 0), fact.paid_at
        elif isinstance(fact, EnrollmentCancelled):
            what, figures, at = _CANCELLED, (0, 0), fact.cancelled_at
        else:
            at = fact.assessed_at
            what, figures = _ASSESSED, (fact.revision, due_at(fact.schedule, at))
        self._put(fact.enrollment_id, place, what, fact_id, *figures, _microseconds(at), charged_fen)

    async def compare(self, sources: Sources, found: Findings) -> None:
        """Work out every enrollment and compare."""
        async for row in sources.stream("ledger", _POSITIONS):
            place = Place(row["county"], row["coverage_year"])
            # The figures of a stored position take the places of a fact's.
            self._put(
                row["enrollment_id"], place, _STORED,
                row["revision"], row["due_fen"], row["paid_lines"], row["paid_fen"], 0,
            )  # fmt: skip
        for part in self._spill.parts():
            _compare_part(part, found)

    def _put(self, enrollment_id: int, place: Place, *values: int) -> None:
        self._spill.put(enrollment_id, self._books.setdefault(place, len(self._books)), *values)


def _compare_part(part: Any, found: Findings) -> None:
    known: dict[tuple[int, int], DuePosition] = {}
    for enrollment_id, books, what, *values in part:
        before = known.get((enrollment_id, books), NOTHING_KNOWN)
        if what == _STORED:
            _compare_position(enrollment_id, before, tuple(values[:4]), found)
            known.pop((enrollment_id, books), None)
            continue
        fact_id, first, second, at, charged_fen = values
        after = known[enrollment_id, books] = _after(before, what, first, second, at)
        wanted_fen = after.charged_fen - before.charged_fen
        if wanted_fen != charged_fen:
            found.differs(f"fact {fact_id}", f"charged {charged_fen} fen, but the rules say {wanted_fen} fen")
    for enrollment_id, _ in known:
        found.differs(f"enrollment {enrollment_id}", "has facts but no due position")


def _after(before: DuePosition, what: int, first: int, second: int, at: Any) -> DuePosition:
    if what == _PAID:
        return before.paid(first)
    return before.cancelled(at) if what == _CANCELLED else before.assessed(first, second, at)


def _compare_position(
    enrollment_id: int, position: DuePosition, stored: tuple[int, ...], found: Findings
) -> None:
    wanted = (position.revision, position.due_fen, position.paid_lines, position.paid_fen)
    if stored != wanted:
        which = f"enrollment {enrollment_id}"
        found.differs(which, f"its due position is {stored}, but its facts say {wanted}")


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
