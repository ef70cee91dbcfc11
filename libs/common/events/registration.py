"""Facts that the registration service publishes about enrollments, keyed by person, and about work funds,
keyed by county.
"""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime

from libs.common.events import elsewhere, erasures, helps
from libs.common.events.envelope import (
    DueSegment,
    EarlierSchedule,
    Fact,
    MergedEnrollment,
    SubsidyLine,
    TierSchedule,
    UnitFunds,
)
from libs.common.security.masking import mask_identities

TOPIC = erasures.TOPIC


class EnrollmentRegistered(Fact):
    """A person was registered for a coverage year; what is owed follows as a separate fact."""

    type: ClassVar[str] = "canbao.enrollment.registered.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    person_id: int
    household_id: int
    county: str
    coverage_year: int
    division_code: str
    renewal: bool
    registered_at: AwareDatetime


class EnrollmentAssessed(Fact):
    """What a person owes over the whole season, as segments of the instant of payment.

    `identity_digests` are keyed digests of the person's identity documents, so that a payment that names an
    ID number finds the person without the number travelling in events. `masked_name` (`mask_name(name)`) is
    what a family may be shown of each other. `revision` grows by one with each assessment of the same
    enrollment: a consumer keeps the highest it has seen. `choices` say what each tier would cost while none
    is chosen. By `birth_year` and `number_ends` (the last two characters of the number) a family is told
    apart. `earlier` is for money that was paid before `assessed_at`: what was owed by what was known then,
    where nobody was told of it. Of whoever is just being registered that is what rosters said that were typed
    after the days that they count from; else what became known while the enrollment was complete.
    """

    type: ClassVar[str] = "canbao.enrollment.assessed.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    assessment_id: int
    revision: int
    person_id: int
    household_id: int
    guardian_id: int | None = None
    minor: bool = False
    county: str
    coverage_year: int
    division_code: str
    notice: str
    registered_at: AwareDatetime | None = None
    identity_digests: tuple[str, ...]
    name_digest: str
    masked_name: str | None = None
    birth_year: int | None = None
    number_ends: str | None = None
    tier: int | None = None
    schedule: tuple[DueSegment, ...]
    assessed_at: AwareDatetime
    choices: tuple[TierSchedule, ...] = ()
    earlier: tuple[EarlierSchedule, ...] = ()


class EnrollmentReassessed(EnrollmentAssessed):
    """What a person owes has changed, or a status arrived after payment.

    `cause` is one of status_changed, life_event, tier_chosen, parameters_supplied, data_corrected,
    help_listed, notice_changed. After payment, `late_subsidies` are what the notice's retro rule grants on
    top of what was decided at payment (often nothing).
    """

    type: ClassVar[str] = "canbao.enrollment.reassessed.v1"

    cause: str
    after_payment: bool = False
    late_subsidies: tuple[SubsidyLine, ...] = ()


class EnrollmentCancelled(Fact):
    """An enrollment was withdrawn before it was paid; what it owed no longer exists.

    It holds until an assessment of a higher `revision`. Null in facts of earlier releases: of those the later
    instant counts. It is told once more, with `identity_digests`, when a number of the person was corrected
    since: money that was paid before it is found by them. `reason` is officer, died or merged; in facts
    of earlier releases it is what the officer wrote.
    """

    type: ClassVar[str] = "canbao.enrollment.cancelled.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    reason: str
    revision: int | None = None
    cancelled_at: AwareDatetime
    identity_digests: tuple[str, ...] = ()


class EnrollmentContested(Fact):
    """The reason for which an enrollment is complete or helped may not hold: an officer has to decide.

    `causes` are of never_entitled, died, employee_insured, in_service, status_cancelled. Until the decision
    the cover stands, and help that has not left waits. `contest_no` grows by one with each contested, upheld
    and withdrawn fact of an enrollment: a consumer keeps the highest it has seen.
    """

    type: ClassVar[str] = "canbao.enrollment.contested.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    contest_no: int
    causes: tuple[str, ...]
    contested_at: AwareDatetime


class EnrollmentUpheld(Fact):
    """A contested enrollment stands: an officer decided so, or the cause went away (`reason` says which)."""

    type: ClassVar[str] = "canbao.enrollment.upheld.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    contest_no: int
    reason: str
    upheld_at: AwareDatetime


class EnrollmentRestored(EnrollmentUpheld):
    """What an officer had withdrawn stands again: the help, and the cover where it had ended.

    An officer decided so, or the causes went away for which help had been withdrawn: then `assessment_id` is
    the assessment by which it stands again, of which a later fact says more.
    """

    type: ClassVar[str] = "canbao.enrollment.restored.v1"

    assessment_id: int | None = None


class EnrollmentWithdrawn(Fact):
    """An officer withdrew the help of a complete enrollment, and with `ends_cover` the cover too.

    With `ends_cover` (death, employee insurance, service) the person's own money is to be given back, and the
    person is no longer counted. Without it whoever had paid stays insured, and whoever was exempt may pay in
    an open window: a later assessment says what. Which assessments are later `revision` says; it is null in
    facts of earlier releases, of which the instants say so. Of cover that ended it is told once more, with
    `identity_digests`, when a number of the person was corrected since; `causes` may be forgotten by then.
    """

    type: ClassVar[str] = "canbao.enrollment.withdrawn.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    contest_no: int
    causes: tuple[str, ...]
    ends_cover: bool
    reason: str
    revision: int | None = None
    withdrawn_at: AwareDatetime
    identity_digests: tuple[str, ...] = ()


class EnrollmentCovered(Fact):
    """An enrollment is complete, and this is its cover by the notice, both days in it; null: not known.

    The highest `revision` counts. With `cause` `history_known` earlier years became known after the payment,
    with `years_repaired` lapsed years were repaired, or are not any more.
    """

    type: ClassVar[str] = "canbao.enrollment.covered.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    assessment_id: int
    revision: int
    cover_from: date | None = None
    cover_to: date | None = None
    completed_at: AwareDatetime
    cause: str | None = None


class EnrollmentListed(Fact):
    """A unit (a school, say) put somebody on its list and may pay for them, or left them out (`listed`).

    Leaving somebody out ends no enrollment. Of one unit and person the highest `version_no` of the list
    counts. `channels` are those of the notice through which units of this kind pay; without any they list
    only.
    """

    type: ClassVar[str] = "canbao.enrollment.listed.v1"
    topic: ClassVar[str] = TOPIC

    enrollment_id: int
    person_id: int
    county: str
    coverage_year: int
    division_code: str
    unit_id: int
    unit_code: str
    unit_name: Annotated[str, AfterValidator(mask_identities)]
    unit_division_code: str
    channels: tuple[str, ...]
    version_no: int
    line_no: int
    listed: bool
    listed_at: AwareDatetime


class PersonMerged(Fact):
    """Two records were one person: `person_id` goes on, `merged_person_id` is never used again.

    They live in `household_id`, at `division_code`; null where an earlier release told it.
    `enrollments` says of each year for which both were enrolled which of the two stands; the other is told as
    cancelled, for the reason `merged`. Facts about the merged record may still come: they mean who goes on.
    """

    type: ClassVar[str] = "canbao.person.merged.v1"
    topic: ClassVar[str] = TOPIC

    person_id: int
    merged_person_id: int
    county: str
    identity_digests: tuple[str, ...]
    merged_at: AwareDatetime
    enrollments: tuple[MergedEnrollment, ...] = ()
    household_id: int | None = None
    division_code: str | None = None


class WorkFundsSettled(Fact):
    """A score sheet was signed and is final: what the county owes each unit for its work. Keyed by county.

    Of the sheets of a season the one with the highest `revision` counts. Each tells by how much it changes
    what the one before it gave, so that the changes add up to the last one in whatever order they come; a
    unit that it has no longer it names with nothing.
    """

    type: ClassVar[str] = "canbao.work_funds.settled.v1"
    topic: ClassVar[str] = TOPIC

    sheet_id: int
    revision: int
    county: str
    coverage_year: int
    units: tuple[UnitFunds, ...]
    settled_at: AwareDatetime


EVENTS: tuple[type[Fact], ...] = (
    EnrollmentRegistered,
    EnrollmentAssessed,
    EnrollmentReassessed,
    EnrollmentCancelled,
    EnrollmentContested,
    EnrollmentUpheld,
    EnrollmentRestored,
    EnrollmentWithdrawn,
    EnrollmentCovered,
    EnrollmentListed,
    PersonMerged,
    WorkFundsSettled,
    *(helps.HelpReturned, erasures.PersonErased),
    *elsewhere.EVENTS,
)
