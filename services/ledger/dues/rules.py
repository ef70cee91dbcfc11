"""By how much a fact changes what an enrollment is charged, and whether its person counts.

Everything known of an enrollment's due is folded into one position. A fact posts the difference between the
charge before and after it, so that assessments, cancellations, payments and what takes them back commute.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from libs.common.events.collection import PaymentReceived, PaymentReturned, PaymentTakenBack
from libs.common.events.envelope import DueSegment
from libs.common.events.registration import (
    EnrollmentAssessed,
    EnrollmentCancelled,
    EnrollmentRestored,
    EnrollmentWithdrawn,
)
from libs.common.events.subsidy import RefundSettled, SubsidyGranted
from services.ledger.accounts import rules as accounts
from services.ledger.lines import rules as lines
from services.ledger.postings.kinds import Kind
from services.ledger.postings.rules import Leg, Season, Withdrawal, season_of

#: Why an enrollment is cancelled that another one goes on for.
MERGED = "merged"
#: Higher than the number of any withdrawal.
_FOR_GOOD = 2**31 - 1


class DuePosition(NamedTuple):
    """What is known of one enrollment's due. `revision` -1: not assessed yet.

    `paid_lines` counts applications of money, `ended_lines` those that a refund or a return withdrew or that
    were taken back. `withdrawn_at` is when an officer withdrew the enrollment, `withdrawn_no` and
    `restored_no` are the numbers of the newest withdrawal and restoring, `withdrawn_revision` is up to which
    assessment the withdrawal holds (-1: it does not say), `completed_at` is when it was last paid or
    exempted.
    """

    revision: int = -1
    due_fen: int = 0
    assessed_at: datetime | None = None
    cancelled_at: datetime | None = None
    paid_lines: int = 0
    paid_fen: int = 0
    ended_lines: int = 0
    withdrawn_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_revision: int = -1
    withdrawn_no: int = -1
    restored_no: int = -1
    withdrawn_revision: int = -1

    @property
    def charged_fen(self) -> int:
        """What `charge` has to have posted: what was really paid, and what is owed while nothing pays it."""
        owed_fen = 0 if self.is_cancelled or self.paid_lines > self.ended_lines else self.due_fen
        return self.paid_fen + owed_fen

    @property
    def is_cancelled(self) -> bool:
        """Whether nothing is owed until the enrollment is assessed anew: by revision, else by instants."""
        withdrawn_since = self._withdrawn_since
        by_revision = withdrawn_since is not None and self.withdrawn_revision >= 0
        ends_at = max(self.cancelled_revision, self.withdrawn_revision if by_revision else -1)
        if ends_at >= self.revision:
            return True
        instants = (self.cancelled_at, None if by_revision else withdrawn_since)
        ended = [at for at in instants if at is not None]
        return self.assessed_at is not None and any(at >= self.assessed_at for at in ended)

    @property
    def is_withdrawn(self) -> bool:
        """Whether the person is no longer counted: withdrawn, and neither paid nor exempted since."""
        since = self._withdrawn_since
        return since is not None and (self.completed_at is None or self.completed_at <= since)

    @property
    def _withdrawn_since(self) -> datetime | None:
        """When it was withdrawn, unless it was restored after that: by number, clocks may step."""
        return self.withdrawn_at if self.withdrawn_no > self.restored_no else None

    def assessed(self, revision: int, due_fen: int, at: datetime) -> "DuePosition":
        """Know an assessment too; an older revision changes nothing."""
        if revision <= self.revision:
            return self
        return self._replace(revision=revision, due_fen=due_fen, assessed_at=at)

    def cancelled(self, at: datetime, revision: int | None = None) -> "DuePosition":
        """Know a cancellation too; an assessment made after it counts again.

        Which are made after it the revision says, or in facts of earlier releases the instant.
        """
        if revision is not None:
            return self._replace(cancelled_revision=max(revision, self.cancelled_revision))
        if self.cancelled_at and self.cancelled_at >= at:
            return self
        return self._replace(cancelled_at=at)

    def withdrawn(self, at: datetime, number: int, revision: int | None = None) -> "DuePosition":
        """Know a withdrawal too; as a cancellation, and whoever completes after it is counted again."""
        if number <= self.withdrawn_no:
            return self
        holds_to = -1 if revision is None else revision
        return self._replace(withdrawn_at=at, withdrawn_no=number, withdrawn_revision=holds_to)

    def restored(self, number: int) -> "DuePosition":
        """Know too that what was withdrawn before stands again."""
        return self._replace(restored_no=max(number, self.restored_no))

    def merged(self) -> "DuePosition":
        """Know that another one goes on for it: whether the person counts hangs on that one alone."""
        return self.restored(_FOR_GOOD)

    def completed(self, at: datetime) -> "DuePosition":
        """Know that the enrollment was paid or exempted at an instant."""
        return self._replace(completed_at=max(at, self.completed_at or at))

    def paid(self, own_fen: int, at: datetime) -> "DuePosition":
        """Know a payment too; the price it was really made at replaces what was assessed."""
        paid = self._replace(paid_lines=self.paid_lines + 1, paid_fen=self.paid_fen + own_fen)
        return paid.completed(at)

    def ended(self, lines: int) -> "DuePosition":
        """Know that so many more of its payments were withdrawn (fewer, if negative)."""
        return self._replace(ended_lines=self.ended_lines + lines)


NOTHING_KNOWN = DuePosition()
DueFact = (
    EnrollmentAssessed
    | EnrollmentCancelled
    | EnrollmentWithdrawn
    | EnrollmentRestored
    | PaymentReceived
    | SubsidyGranted
)


class Contribution(NamedTuple):
    """Whose contribution a line paid, and in which books."""

    season: Season
    enrollment_id: int
    person_id: int
    division_code: str


def newly_ended(before: lines.LinePosition, after: lines.LinePosition) -> dict[Contribution, int]:
    """Say how many more contributions of a line are ended by what gave them back (fewer, if negative)."""
    if before is lines.NOTHING_KNOWN:
        return {}
    had, has = _ended(before), _ended(after)
    return {one: has[one] - had[one] for one in had.keys() | has.keys() if has[one] != had[one]}


def contributions_of(line: lines.LinePosition) -> set[Contribution]:
    """Name all contributions that a line ever paid."""
    facts = (happened.fact for happened in line.history)
    return {_contribution(fact) for fact in facts if isinstance(fact, PaymentReceived)}


def _ended(line: lines.LinePosition) -> Counter[Contribution]:
    """Play what was applied and what ended it, oldest first; what ends it may be dated before it."""
    ended: Counter[Contribution] = Counter()
    standing: list[Contribution] = []
    early = 0
    for happened in line.history:
        fact = happened.fact
        if isinstance(fact, PaymentReceived):
            standing.append(_contribution(fact))
        elif _withdraws(fact) and standing:
            ended[standing.pop()] += 1
        elif _withdraws(fact) and (isinstance(fact, PaymentTakenBack) or getattr(fact, "was_applied", False)):
            early += 1
    ended.update(standing[:early])
    return ended


def _withdraws(fact: lines.LineFact) -> bool:
    """Whether a fact ends the contribution of its line. Earlier releases did not say, and opened no due."""
    if getattr(fact, "repaired_year", None) is not None:
        return False
    if isinstance(fact, RefundSettled):
        return fact.outcome == "paid" and fact.withdraws is True
    if isinstance(fact, PaymentTakenBack):
        return fact.add_on is None
    return isinstance(fact, PaymentReturned) and fact.withdraws


def _contribution(fact: PaymentReceived) -> Contribution:
    return Contribution(season_of(fact), fact.enrollment_id, fact.person_id, fact.division_code)


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
    """Know one more fact of an enrollment: of grants one that completes it, of withdrawals one of cover."""
    if isinstance(fact, PaymentReceived):
        return position.paid(fact.own_fen, fact.paid_at)
    if isinstance(fact, EnrollmentCancelled):
        known = position.merged() if fact.reason == MERGED else position
        return known.cancelled(fact.cancelled_at, fact.revision)
    if isinstance(fact, EnrollmentWithdrawn):
        return position.withdrawn(fact.withdrawn_at, fact.contest_no, fact.revision)
    if isinstance(fact, EnrollmentRestored):
        return position.restored(fact.contest_no)
    if isinstance(fact, SubsidyGranted):
        return position.completed(fact.granted_at)
    return position.assessed(fact.revision, due_at(fact.schedule, fact.assessed_at), fact.assessed_at)


class Whose(NamedTuple):
    """Whose due it is, and in which books."""

    season: Season
    person_id: int
    division_code: str


def due_entries(before: DuePosition, after: DuePosition, whose: Whose) -> Iterator[Leg | Withdrawal]:
    """Post by how much the charge changes, and whether the person counts no longer or again."""
    change = after.charged_fen - before.charged_fen
    if change:
        charge = Leg(
            whose.season, Kind.CHARGE, accounts.RESIDENTS, accounts.DUES, abs(change),
            person_id=whose.person_id, division_code=whose.division_code,
        )  # fmt: skip
        yield charge if change > 0 else charge.mirrored()
    if after.is_withdrawn != before.is_withdrawn:
        yield Withdrawal(*whose, reversal=before.is_withdrawn)
