"""What is known about a person's coverage year: the facts in any order, and the grants."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from libs.common.events import DueSegment, SubsidyLine
from libs.common.events.elsewhere import ElsewhereEnded
from libs.common.events.registration import (
    EnrollmentCancelled,
    EnrollmentContested,
    EnrollmentRestored,
    EnrollmentUpheld,
    EnrollmentWithdrawn,
)


class YearKey(NamedTuple):
    """Person and coverage year: what subsidies are decided for."""

    person_id: int
    coverage_year: int


class LineKey(NamedTuple):
    """One line of a payment."""

    payment_id: int
    line_no: int


class GrantKey(NamedTuple):
    """A payer's own help, or what the payer added late.

    Of each a person holds one grant in a year, and one more for every time that more was due than had left.
    What is given for insurance elsewhere is apart: it never stands in for help here.
    """

    payer: str
    late: bool
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Help that a due carries when paying in [from_at, until_at); `exempt` when nothing is left to pay."""

    from_at: datetime
    until_at: datetime | None
    exempt: bool
    lines: tuple[SubsidyLine, ...]


@dataclass(slots=True)
class Enrollment:
    """What is known of one enrollment: its newest assessment, and whether it was cancelled or contested."""

    enrollment_id: int
    county: str
    division_code: str
    revision: int = 0
    assessment_id: int = 0
    assessed_at: datetime | None = None
    offers: tuple[Offer, ...] = ()
    late: tuple[SubsidyLine, ...] = ()
    registered_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_revision: int | None = None
    contest_no: int = 0
    contested: bool = False
    withdrawn_revision: int | None = None
    withdrawn_at: datetime | None = None
    ends_cover: bool = False
    restored_at: datetime | None = None  # when what was withdrawn stands again, while that is heard
    merged_into: int | None = None
    #: Its money was taken back by a merge that is not told yet: which enrollment stands is not known.
    merging: bool = False
    #: The record of somebody insured elsewhere, and not enrolled by it; `late` is what is given for that.
    elsewhere: bool = False

    @property
    def helps(self) -> bool:
        """Whether its newest assessment may bring help without a payment."""
        if self.cancelled_at is not None or self.merged_into is not None or self.merging:
            return False
        return self.withdrawn_revision is None or self.revision > self.withdrawn_revision

    def withdrew(self, payment: "Payment") -> bool:
        """Whether an officer withdrew the help that came with a payment.

        Money that counts because an exemption was withdrawn bears the instant of that, and keeps its help.
        """
        return self.withdrawn_at is not None and payment.happened_at < self.withdrawn_at


@dataclass(frozen=True, slots=True)
class Payment:
    """Applied money of one payment line with that of its parts, `amount_fen` with add-ons.

    `refunded_fen` is what went back, by approved refunds or outside. `withdrawn` once that ended the
    contribution: of the line itself, or of a part without which the due is not paid. `leaving` while a refund
    that ended it has not reached the card: the money is still here.
    """

    payment_id: int
    line_no: int
    enrollment_id: int
    assessment_id: int
    county: str
    division_code: str
    price_fen: int
    own_fen: int
    lines: tuple[SubsidyLine, ...]
    paid_at: datetime
    happened_at: datetime
    amount_fen: int = 0
    refunded_fen: int = 0
    withdrawn: bool = False
    leaving: bool = False

    @property
    def key(self) -> LineKey:
        """The payment line that brought the money."""
        return LineKey(self.payment_id, self.line_no)

    @property
    def borne_fen(self) -> int:
        """What the person has borne for the insurance, and could get back."""
        return max(min(self.own_fen, self.amount_fen - self.refunded_fen), 0)


@dataclass(frozen=True, slots=True)
class Grant:
    """One active grant; `locked` while its money is with the bank or paid. An id below 0 is no stored one.

    `tried`: its money was with the bank, now or once.

    `recovered_fen` of what had left the person gave back, while the grant goes on. `top_up` numbers what came
    on top of what had left, from 1; 0 is the first. Help that stands again counts since `counted_at`.
    """

    grant_id: int
    enrollment_id: int
    assessment_id: int
    county: str
    division_code: str
    payer: str
    status: str
    mechanism: str
    amount_fen: int
    late: bool
    completes_enrollment: bool
    granted_at: datetime
    payment_id: int | None = None
    line_no: int | None = None
    locked: bool = False
    tried: bool = False
    recovered_fen: int = 0
    top_up: int = 0
    counted_at: datetime | None = None
    elsewhere: bool = False

    @property
    def left_fen(self) -> int:
        """What the payer still bears of it."""
        return self.amount_fen - self.recovered_fen

    @property
    def key(self) -> GrantKey:
        """Which of the grants of a year this is."""
        return GrantKey(self.payer, self.late, self.elsewhere)

    def is_help_of(self, wanted: "Grant") -> bool:
        """Whether this one stays for what is wanted: it is the same help for the same enrollment.

        What was with the bank once stays, too, where another status gives the same sum: the bank may still
        say that it was paid.
        """
        return self._help == wanted._help and (self.status == wanted.status or self.tried)

    @property
    def _help(self) -> tuple[object, ...]:
        return (
            self.enrollment_id,
            self.payer,
            self.late,
            self.mechanism,
            self.amount_fen,
            self.completes_enrollment,
            self.payment_id,
            self.line_no,
        )


@dataclass(slots=True)
class PersonYear:
    """All facts about one person and coverage year, and the grants that are active."""

    enrollments: dict[int, Enrollment] = field(default_factory=dict)
    payments: dict[LineKey, Payment] = field(default_factory=dict)
    grants: dict[int, Grant] = field(default_factory=dict)
    #: Help that was struck off a roster: enrollment, and which of its grants.
    struck: set[tuple[int, GrantKey]] = field(default_factory=set)
    made: int = 0

    @property
    def merged(self) -> set[int]:
        """The enrollments that ended when two records became one person."""
        return {one.enrollment_id for one in self.enrollments.values() if one.merged_into is not None}

    def hold(self, grant: Grant) -> Grant:
        """Add a new grant under a local id below zero, until the database gives it one."""
        self.made += 1
        held = replace(grant, grant_id=-self.made)
        self.grants[held.grant_id] = held
        return held


def offers_of(schedule: Iterable[DueSegment]) -> tuple[Offer, ...]:
    """Keep the segments of a schedule that carry help, oldest first."""
    carrying = [one for one in schedule if one.subsidies and one.outcome in ("exempt", "payable")]
    offers = (Offer(one.from_at, one.until_at, one.outcome == "exempt", one.subsidies) for one in carrying)
    return tuple(sorted(offers, key=lambda offer: offer.from_at))


def assess(year: PersonYear, newer: Enrollment) -> bool:
    """Take in an assessment and say whether it is the newest; an older revision changes nothing.

    An assessment after a cancellation opens the enrollment again.
    """
    known = year.enrollments.get(newer.enrollment_id)
    if known is not None:
        if newer.revision <= known.revision:
            return False
        newer.cancelled_revision = known.cancelled_revision
        if _still_cancelled(newer, known):
            newer.cancelled_at = known.cancelled_at
        newer.registered_at = newer.registered_at or known.registered_at
        newer.contest_no, newer.contested = known.contest_no, known.contested
        newer.withdrawn_revision, newer.withdrawn_at = known.withdrawn_revision, known.withdrawn_at
        newer.ends_cover, newer.merged_into = known.ends_cover, known.merged_into
        newer.merging = known.merging
    year.enrollments[newer.enrollment_id] = newer
    return True


def _still_cancelled(newer: Enrollment, known: Enrollment) -> bool:
    """A cancellation holds until an assessment of a higher revision; older facts had instants only."""
    if known.cancelled_at is None:
        return False
    if known.cancelled_revision is not None:
        return newer.revision <= known.cancelled_revision
    return newer.assessed_at is None or newer.assessed_at < known.cancelled_at


def _known(year: PersonYear, enrollment_id: int, county: str, division_code: str) -> Enrollment:
    """What is known of an enrollment, also of one whose assessment has not arrived yet."""
    return year.enrollments.setdefault(enrollment_id, Enrollment(enrollment_id, county, division_code))


def cancel(year: PersonYear, fact: EnrollmentCancelled | ElsewhereEnded) -> None:
    """Take in a cancellation, or that help for insurance elsewhere ends."""
    known = _known(year, fact.enrollment_id, fact.county, fact.division_code)
    at, revision = fact.cancelled_at, fact.revision
    if revision is not None:
        if revision > known.revision:
            known.cancelled_at, known.cancelled_revision = at, revision
    elif known.assessed_at is None or at >= known.assessed_at:
        known.cancelled_at = max(known.cancelled_at or at, at)


def contest(year: PersonYear, fact: EnrollmentContested | EnrollmentUpheld | EnrollmentWithdrawn) -> bool:
    """Take in a doubt, or its end; say whether it is the newest that is known."""
    known = _known(year, fact.enrollment_id, fact.county, fact.division_code)
    if fact.contest_no <= known.contest_no:
        return False
    known.contest_no = fact.contest_no
    known.contested = isinstance(fact, EnrollmentContested)
    if isinstance(fact, EnrollmentWithdrawn):
        known.withdrawn_revision, known.withdrawn_at = known.revision, fact.withdrawn_at
        known.ends_cover = fact.ends_cover
    elif isinstance(fact, EnrollmentRestored):
        known.withdrawn_at, known.ends_cover = None, False
        known.restored_at = fact.upheld_at
        if fact.assessment_id is not None:
            # Help is granted by it at once; what else it says is told next. Without one it waits for it.
            known.withdrawn_revision, known.assessment_id = None, fact.assessment_id
    return True


def applied_payment(year: PersonYear) -> Payment | None:
    """The payment that counts for the year: the earliest whose money was not given back.

    Money of an enrollment that ended when two records became one person counts for nothing; collection takes
    it back.
    """
    merged = year.merged
    standing = [p for p in year.payments.values() if not p.withdrawn and p.enrollment_id not in merged]
    return min(standing, key=lambda p: (p.paid_at, p.payment_id, p.line_no)) if standing else None
