"""What one person owes for one year, by the instant of payment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Literal

from libs.common.events import DueSegment
from libs.common.events.envelope import TierSchedule

#: paid: a payment line counts for it; exempt: help covers all of it; cancelled: nothing is owed any more;
#: open: everything else.
DueState = Literal["open", "paid", "exempt", "cancelled"]


@dataclass(frozen=True, slots=True)
class Stated:
    """What one assessment of an enrollment says, and when it was decided.

    `choices` say what each tier would cost while none is chosen.
    """

    assessment_id: int | None
    revision: int
    assessed_at: datetime | None
    schedule: tuple[DueSegment, ...]
    tier: int | None = None
    choices: tuple[TierSchedule, ...] = ()
    name_digest: str | None = None


@dataclass(frozen=True, slots=True)
class ExemptBefore:
    """A grant that covered all, by which assessment, and when it ended."""

    assessment_id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What one person owes for one year. `schedule` covers the season by the instant of payment.

    It is the newest; `earlier` assessments say what was owed before, where there are any. It was owed until
    `cancelled_at`; null where it is not, where another enrollment of the person goes on for it, or where an
    officer ended the cover. `guardian_id` acts for a minor; by year of birth and the last characters of the
    number members of a family are told apart, where registration has told them.
    """

    enrollment_id: int
    assessment_id: int | None
    person_id: int
    household_id: int | None
    county: str
    coverage_year: int
    division_code: str
    name_digest: str | None
    masked_name: str | None
    state: DueState
    schedule: tuple[DueSegment, ...]
    revision: int = 1
    assessed_at: datetime | None = None
    tier: int | None = None
    choices: tuple[TierSchedule, ...] = ()
    exempt_at: datetime | None = None
    exempt_assessment_id: int | None = None
    cancelled_at: datetime | None = None
    guardian_id: int | None = None
    birth_year: int | None = None
    number_ends: str | None = None
    earlier: tuple[Stated, ...] = ()
    exempted_before: tuple[ExemptBefore, ...] = ()

    @property
    def newest(self) -> Stated:
        """The newest assessment."""
        return Stated(
            self.assessment_id,
            self.revision,
            self.assessed_at,
            self.schedule,
            self.tier,
            self.choices,
            self.name_digest,
        )

    def in_force(self, instant: datetime) -> Stated | None:
        """The newest assessment that had been decided by `instant`; None when there was none."""
        decided = [
            stated
            for stated in (*self.earlier, self.newest)
            if stated.assessed_at is not None and stated.assessed_at <= instant
        ]
        return max(decided, key=lambda stated: stated.revision, default=None)

    def is_named(self, name_digest: str | None, instant: datetime) -> bool:
        """Whether this was the name at `instant`, or is by now; before anything was said, the first one."""
        return name_digest is not None and name_digest in (self.name_digest, self._name_at(instant))

    def _name_at(self, instant: datetime) -> str | None:
        """The name at an instant: it holds from the assessment that first bears it.

        Later ones may be dated before that, such as when the tier of a household is told late.
        """
        every = sorted((*self.earlier, self.newest), key=lambda stated: stated.assessment_id or 0)
        first, *later = sorted({one.revision: one for one in every}.values(), key=lambda one: one.revision)
        name = first.name_digest
        for before, one in pairwise((first, *later)):
            at = one.assessed_at
            if one.name_digest != before.name_digest and at is not None and at <= instant:
                name = one.name_digest
        return name

    def said_until(self, assessment_id: int) -> datetime | None:
        """When another assessment followed the one that said something last; None where none did."""
        later = [
            stated.assessed_at
            for stated in (*self.earlier, self.newest)
            if (stated.assessment_id or 0) > assessment_id and stated.assessed_at is not None
        ]
        return min(later, default=None)

    @property
    def exempted_by(self) -> Stated | None:
        """The assessment that the exemption was decided by first, as far as it is on record.

        Another roster may bear it by now: what ended the instant that the next was known was taken over.
        """
        first = self._said_by(self.exempt_assessment_id)
        for one in sorted(self.exempted_before, key=lambda one: one.until, reverse=True):
            before = self._said_by(one.assessment_id)
            if first is not None and before is not None and _known(before) < _known(first) == one.until:
                first = before
        return first

    @property
    def exemption_known_at(self) -> datetime | None:
        """When registration knew of the exemption as it stands; the grant itself may be dated before."""
        stated = self._said_by(self.exempt_assessment_id)
        return stated.assessed_at if stated is not None else self.exempt_at

    def exempts_at(self, stated: Stated, instant: datetime) -> bool:
        """Whether a grant by this assessment covered all at an instant, that ended later."""
        return any(
            one.assessment_id == stated.assessment_id and instant < one.until for one in self.exempted_before
        )

    def _said_by(self, assessment_id: int | None) -> Stated | None:
        for stated in (*self.earlier, self.newest):
            if stated.assessment_id == assessment_id and stated.assessed_at is not None:
                return stated
        return None


def _known(stated: Stated) -> datetime:
    assert stated.assessed_at is not None, "what an exemption stands on has an instant"
    return stated.assessed_at


@dataclass(frozen=True, slots=True)
class Choice:
    """What a payer chose in an order: a tier, and add-ons for `add_on_fen` in all; None: as registered.

    `repair_years` is how many lapsed years are to be repaired beside it.
    """

    tier: int | None = None
    add_on_fen: int | None = None
    repair_years: int = 0


#: Nothing but what is registered.
AS_REGISTERED = Choice()


@dataclass(frozen=True, slots=True)
class FoundDue:
    """A due, and the digest of the identity document by which it was found.

    `last_said` is set where the person has this document no more: the last assessment that named it.
    """

    digest: str | None
    due: Due
    last_said: int | None = None


def segment_at(schedule: Sequence[DueSegment], instant: datetime) -> DueSegment | None:
    """Find what is owed when paying at `instant`; None before and after the season."""
    return next((segment for segment in schedule if segment.covers(instant)), None)


def until(schedule: Sequence[DueSegment], instant: datetime) -> tuple[DueSegment, ...]:
    """What a schedule says of payments before an instant."""
    return tuple(
        segment
        if segment.until_at is not None and segment.until_at <= instant
        else segment.model_copy(update={"until_at": instant})
        for segment in schedule
        if segment.from_at < instant
    )


def owed_fen(segment: DueSegment | None) -> int:
    """What the person hands over in all, add-ons included; 0 when nothing can be paid."""
    if segment is None or segment.outcome not in ("payable", "exempt"):
        return 0
    return (segment.own_due_fen or 0) + segment.add_on_due_fen


def asks_for_add_ons(due: Due) -> bool:
    """Whether any were chosen."""
    return any(segment.add_on_due_fen for segment in due.schedule)


def on_tier(due: Due, tier: int | None) -> Due | None:
    """What is owed with a tier that a payer chooses; None where there is no such tier, or another is set."""
    if tier is None or tier == due.tier:
        return due
    found = next((one for one in due.choices if one.tier == tier), None) if due.tier is None else None
    return None if found is None else replace(due, tier=tier, schedule=found.schedule, choices=())


def still_owed(
    due: Due, now: datetime, *, paid: bool = False, add_ons_fen: int = 0, chosen_fen: int | None = None
) -> DueSegment | None:
    """What paying at this moment would still be for; None when nothing can be paid.

    The contribution is not owed any more once the year is paid for (`paid`: by any enrollment) or help covers
    it; add-ons that were chosen are, unless they were bought (`add_ons_fen`). `chosen_fen` is what the payer
    chooses of them instead.
    """
    segment = segment_at(due.schedule, now)
    if segment is None or due.state == "cancelled":
        return None
    settled = paid or due.state != "open"
    if chosen_fen is None:
        open_fen = max(0, segment.add_on_due_fen - add_ons_fen)
    else:
        open_fen = chosen_fen + (0 if settled else segment.included_fen)
    left = segment.model_copy(
        update={"own_due_fen": 0 if settled else segment.own_due_fen, "add_on_due_fen": open_fen}
    )
    return left if owed_fen(left) else None


def now_and_ahead(due: Due, now: datetime) -> tuple[DueSegment | None, list[DueSegment]]:
    """Split what is left of the season: the segment that covers `now`, and those that follow it."""
    ahead: Sequence[DueSegment] = [segment for segment in due.schedule if segment.from_at > now]
    return segment_at(due.schedule, now), list(ahead)
