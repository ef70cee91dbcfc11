"""Recalls what was owed, when, and why: stored assessments with traces, and any instant asked anew."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice, Notices, assess, parse_question
from services.registration.assessments import rules, store
from services.registration.assessments.repairing import with_repairs
from services.registration.assessments.schemas import AssessmentOut
from services.registration.assessments.subject import Subject, Waiting, known_of_year, tier_of_others
from services.registration.enrollments.store import Enrollment
from services.registration.helps import store as helps
from services.registration.histories import store as histories
from services.registration.histories.rules import Record
from services.registration.notices import finding
from services.registration.repairs import store as repairs
from services.registration.repairs.rules import Repaired


async def assessments_of(conn: AsyncConnection, enrollment_id: int) -> list[AssessmentOut]:
    """Every assessment of an enrollment, newest first."""
    return [
        AssessmentOut(
            assessment_id=row.id,
            revision=row.revision,
            kind=row.kind,
            cause=row.cause,
            assessed_at=row.assessed_at,
            notice_sha256=row.notice_sha,
            question=row.question,
            answer=row.answer,
            trace=rules.read_trace(row.trace, row.question),
            late_subsidies=row.late_subsidies,
        )
        for row in await store.history(conn, enrollment_id)
    ]


async def assess_as_of(
    conn: AsyncConnection, notices: Notices, enrollment: Enrollment, as_of: datetime
) -> AssessmentOut:
    """Ask the notice about an instant with what was known then: facts, statuses, events, values, payment."""
    sha = await store.notice_at(conn, enrollment.id, as_of)
    current = notices[(enrollment.county, enrollment.coverage_year)]
    notice = await finding.version(
        conn, notices, enrollment.county, enrollment.coverage_year, sha or current.sha256
    )
    subject = await subject_at(conn, notice, enrollment, as_of)
    paid = None
    completed_at = enrollment.completed_at
    if enrollment.state == "paid" and completed_at is not None and completed_at <= as_of:
        paid = (completed_at, enrollment.paid_fen or 0)
    question = rules.question_of(notice, subject, as_of, as_of, paid)
    if subject.repairs and completed_at is not None:
        question, asked = with_repairs(notice, question, subject.repairs, completed_at)
    else:
        asked = assess(notice, parse_question(question))
    answer = asked.as_dict()
    trace = answer.pop("trace")
    answer.pop("case")
    return AssessmentOut(
        assessment_id=None,
        revision=None,
        kind="as_of",
        cause=None,
        assessed_at=as_of,
        notice_sha256=notice.sha256,
        question=question,
        answer=answer,
        trace=trace,
    )


async def subject_at(
    conn: AsyncConnection, notice: Notice, enrollment: Enrollment, as_of: datetime
) -> Subject:
    """What was known of the person at an instant."""
    person_id, year = enrollment.person_id, enrollment.coverage_year
    found = await store.people(conn, [person_id])
    earlier = await store.earlier_facts(conn, [person_id], [person_id])
    person, before = known_of_year(found[person_id], earlier.get(person_id, ()), year)
    statuses = await store.statuses(conn, [person_id])
    events = await store.events(conn, [person_id])
    parameters = rules.parameters_at(await store.parameters(conn, [enrollment.county]), as_of)
    tiers = [
        row
        for row in await store.paid_tiers(conn, [enrollment.household_id])
        if row.coverage_year == year and row.completed_at <= as_of
    ]
    return Subject(
        _waiting(enrollment, as_of),
        person,
        statuses.get((person_id, year), ()),
        [event.in_year(year) for event in events.happened.get(person_id, ())],
        parameters.get((enrollment.county, year), {}),
        tier_of_others(person_id, tiers),
        earlier=before,
        helped=(await helps.helped(conn, [person_id])).get(enrollment.id, ()),
        history=await _history(conn, notice, enrollment),
        repairs=await _repairs(conn, notice, enrollment, as_of),
    )


async def _history(conn: AsyncConnection, notice: Notice, enrollment: Enrollment) -> Record | None:
    """What is known of the years before, where the notice counts them."""
    if notice.waiting_rules is None:
        return None
    person_id, lives_in = enrollment.person_id, enrollment.division_code
    return (await histories.records(conn, {person_id: lives_in}, notice.year))[person_id]


async def _repairs(
    conn: AsyncConnection, notice: Notice, enrollment: Enrollment, as_of: datetime
) -> list[Repaired]:
    """The lapsed years that had been repaired, where the notice counts them."""
    if notice.waiting_rules is None:
        return []
    found = (await repairs.of_enrollments(conn, [enrollment.id])).get(enrollment.id, ())
    return [one for one in found if one.counts and one.paid_at <= as_of]


def _waiting(enrollment: Enrollment, as_of: datetime) -> Waiting:
    """The enrollment as if it were to be assessed as of an instant."""
    return Waiting(
        enrollment_id=enrollment.id,
        cause="as_of",
        assess_at=as_of,
        county=enrollment.county,
        coverage_year=enrollment.coverage_year,
        person_id=enrollment.person_id,
        household_id=enrollment.household_id,
        division_code=enrollment.division_code,
        state=enrollment.state,
        tier=enrollment.tier,
        add_ons=enrollment.add_ons,
        registered_at=enrollment.registered_at,
        revision=enrollment.revision,
        completed_at=enrollment.completed_at,
        paid_fen=enrollment.paid_fen,
        final_assessment_id=enrollment.final_assessment_id,
    )
