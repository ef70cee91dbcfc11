"""By how much a fact changes what an enrollment is charged.

Everything known of an enrollment's due is folded into one position. A fact posts the difference between the
charge before and after it, so that assessments, cancellations and payments commute.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from libs.common.events.collection import PaymentReceived
from libs.common.events.envelope import DueSegment
from libs.common.events.registration import EnrollmentAssessed, EnrollmentCancelled
from services.ledger.accounts import rules as accounts
from services.ledger.postings.rules import Kind, Leg, Season


class DuePosition(NamedTuple):
    """What is known of one enrollment's due. `revision` -1: not assessed yet."""

    revision: int = -1
    due_fen: int = 0
    assessed_at: datetime | None = None
    cancelled_at: datetime | None = None
    paid_lines: int = 0
    paid_fen: int = 0

    @property
    def charged_fen(self) -> int:
        """What `charge` has to have posted: what was really paid, else what is owed and not cancelled."""
        if self.paid_lines:
            return self.paid_fen
        if self.cancelled_at and self.assessed_at and self.cancelled_at >= self.assessed_at:
            return 0
        return self.due_fen

    def assessed(self, revision: int, due_fen: int, at: datetime) -> "DuePosition":
        """Know an assessment too; an older revision changes nothing."""
        if revision <= self.revision:
            return self
        return self._replace(revision=revision, due_fen=due_fen, assessed_at=at)

    def cancelled(self, at: datetime) -> "DuePosition":
        """Know a cancellation too; an assessment made after it counts again."""
        if self.cancelled_at and self.cancelled_at >= at:
            return self
        return self._replace(cancelled_at=at)

    def paid(self, own_fen: int) -> "DuePosition":
        """Know a payment too; the price it was really made at replaces what was assessed."""
        return self._replace(paid_lines=self.paid_lines + 1, paid_fen=self.paid_fen + own_fen)


NOTHING_KNOWN = DuePosition()
DueFact = EnrollmentAssessed | EnrollmentCancelled | PaymentReceived


def due_at(schedule: Iterable[DueSegment], instant: datetime) -> int:
    """Give the own due in fen at `instant`, or of the first later time at which anything can be paid."""
    open_to_person = [
        segment
        for segment in schedule
        if segment.outcome in ("payable", "exempt")
        and segment.own_due_fen is not None
        and (segment.until_at is None or instant < segment.until_at)
    ]
    if not open_to_person:
        return 0
    return min(open_to_person, key=lambda segment: segment.from_at).own_due_fen or 0


def with_due_fact(position: DuePosition, fact: DueFact) -> DuePosition:
    """Know one more fact of an enrollment."""
    if isinstance(fact, PaymentReceived):
        return position.paid(fact.own_fen)
    if isinstance(fact, EnrollmentCancelled):
        return position.cancelled(fact.cancelled_at)
    return position.assessed(fact.revision, due_at(fact.schedule, fact.assessed_at), fact.assessed_at)


def charge_legs(before: DuePosition, after: DuePosition, fact: DueFact) -> Iterator[Leg]:
    """Post by how much the charge changes."""
    change = after.charged_fen - before.charged_fen
    if change:
        season = Season(fact.county, fact.coverage_year)
        charge = Leg(
            season, Kind.CHARGE, accounts.RESIDENTS, accounts.DUES, abs(change),
            person_id=fact.person_id, division_code=fact.division_code,
        )  # fmt: skip
        yield charge if change > 0 else charge.mirrored()
