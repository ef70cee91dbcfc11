"""What the other services are told of an assessment: the schedule, and the members of the fact."""

from collections.abc import Sequence
from datetime import date, datetime

import orjson

from libs.common.bus.outbox import Draft
from libs.common.events.envelope import Fact
from libs.common.events.registration import EnrollmentCancelled, EnrollmentCovered, EnrollmentWithdrawn
from libs.common.policy import Answer
from libs.common.security.masking import mask_name
from services.registration.assessments.rules import Helping, guardian_of, instant
from services.registration.assessments.subject import Line, Subject
from services.registration.contests.telling import DECIDED


def assessed_fact(
    subject: Subject,
    *,
    assessment_id: int,
    revision: int,
    notice: str,
    name_digest: str,
    schedule: bytes,
    assessed_at: datetime,
) -> dict[str, object]:
    """The members of EnrollmentAssessed; `orjson` writes the schedule through as it is."""
    enrollment, person = subject.enrollment, subject.person
    minor, guardian_id = guardian_of(person, assessed_at)
    return {
        "enrollment_id": enrollment.enrollment_id,
        "assessment_id": assessment_id,
        "revision": revision,
        "person_id": person.id,
        "household_id": enrollment.household_id,
        "guardian_id": guardian_id,
        "minor": minor,
        "county": enrollment.county,
        "coverage_year": enrollment.coverage_year,
        "division_code": enrollment.division_code,
        "notice": notice,
        "registered_at": instant(enrollment.registered_at),
        "identity_digests": person.digests,
        "name_digest": name_digest,
        "masked_name": mask_name(person.name),
        "birth_year": person.born.year,
        "number_ends": person.number[-2:],
        "tier": enrollment.tier,
        "schedule": orjson.Fragment(schedule),
        "assessed_at": instant(assessed_at),
    }


def ended_again(subject: Subject) -> list[Draft]:
    """Tell once more of an enrollment that ended, by which numbers money and cards of before find it."""
    enrollment = subject.enrollment
    fact: Fact
    if enrollment.withdrawn_at is not None:
        fact = _withdrawn_again(subject, enrollment.withdrawn_at)
    elif enrollment.cancelled_at is not None:
        fact = _cancelled_again(subject, enrollment.cancelled_at)
    else:
        return []
    return [Draft(fact, str(enrollment.person_id), enrollment.assess_at)]


def _cancelled_again(subject: Subject, at: datetime) -> EnrollmentCancelled:
    enrollment = subject.enrollment
    return EnrollmentCancelled(
        enrollment_id=enrollment.enrollment_id,
        person_id=enrollment.person_id,
        county=enrollment.county,
        coverage_year=enrollment.coverage_year,
        division_code=enrollment.division_code,
        reason=enrollment.cancel_reason or "",
        revision=enrollment.revision,
        cancelled_at=at,
        identity_digests=tuple(subject.person.digests),
    )


def _withdrawn_again(subject: Subject, at: datetime) -> EnrollmentWithdrawn:
    enrollment = subject.enrollment
    return EnrollmentWithdrawn(
        enrollment_id=enrollment.enrollment_id,
        person_id=enrollment.person_id,
        county=enrollment.county,
        coverage_year=enrollment.coverage_year,
        division_code=enrollment.division_code,
        contest_no=enrollment.contest_no,
        causes=tuple(enrollment.withdrawn_for or ()),
        ends_cover=True,
        reason=DECIDED,
        revision=enrollment.revision,
        withdrawn_at=at,
        identity_digests=tuple(subject.person.digests),
    )


def covered(
    subject: Subject,
    assessment_id: int,
    revision: int,
    benefit: tuple[date, date] | None,
    at: datetime,
    cause: str | None = None,
) -> Draft:
    """Tell from when to when somebody is covered who is complete since `at`."""
    enrollment = subject.enrollment
    first, last = benefit or (None, None)
    fact = EnrollmentCovered(
        enrollment_id=enrollment.enrollment_id,
        person_id=enrollment.person_id,
        county=enrollment.county,
        coverage_year=enrollment.coverage_year,
        division_code=enrollment.division_code,
        assessment_id=assessment_id,
        revision=revision,
        cover_from=first,
        cover_to=last,
        completed_at=at,
        cause=cause,
    )
    return Draft(fact, str(enrollment.person_id), enrollment.assess_at)


def exempt_schedule(completed_at: datetime, answer: Answer, owed: bytes) -> bytes:
    """The schedule of somebody who is exempt: nothing is payable from then on, and who bears what.

    Before it stands what was `owed`, a schedule too: money that was paid then may be told later.
    """
    begins, standing = instant(completed_at), answer.decision
    earlier = [one for one in orjson.loads(owed) if datetime.fromisoformat(one["from_at"]) < completed_at]
    for one in earlier[-1:]:
        if one["until_at"] is None or datetime.fromisoformat(one["until_at"]) > completed_at:
            one["until_at"] = begins
    exempt: dict[str, object] = {
        "from_at": begins,
        "until_at": None,
        "outcome": "exempt",
        "reason_codes": [],
        "window": standing.window.id if standing.window is not None else None,
        "price_fen": standing.price,
        "own_due_fen": 0,
        "add_on_due_fen": 0,
        "subsidies": [subsidy.as_dict() for subsidy in standing.subsidies],
    }
    if (repair := answer.repairable) is not None:
        exempt["repair"] = repair.as_dict()
    return orjson.dumps([*earlier, exempt])


def late_subsidies(after: Sequence[Helping], decided: Sequence[Helping]) -> list[Line]:
    """What a late status brings on top of what was decided at payment.

    Money that goes to the card for the earlier decision is taken off; a department that settles by itself is
    listed when it was not before.
    """
    to_card = sum(s.amount_fen for s in decided if s.mechanism == "reimburse_to_card")
    outside = {(s.payer, s.status) for s in decided if s.mechanism == "outside_system"}
    late: list[Line] = []
    for subsidy in after:
        line = Line(
            payer=subsidy.payer,
            status=subsidy.status,
            amount_fen=subsidy.amount_fen,
            mechanism=subsidy.mechanism,
        )
        if subsidy.mechanism == "outside_system":
            if (subsidy.payer, subsidy.status) not in outside:
                late.append(line)
            continue
        covered = min(to_card, subsidy.amount_fen)
        to_card -= covered
        if subsidy.amount_fen > covered:
            line["amount_fen"] -= covered
            late.append(line)
    return late
