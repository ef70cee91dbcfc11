"""Answers "what was owed, when, and why?": stored assessments with traces, and any instant asked anew."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notices, assess, parse_question
from services.registration import examples
from services.registration.assessments import rules, store
from services.registration.assessments.rules import Subject
from services.registration.examples import shown
from services.registration.notices import shelf
from services.registration.people import store as people


class AssessmentOut(BaseModel):
    """One assessment: question, answer of the contract with its trace, and the notice that answered."""

    model_config = shown(examples.ASSESSMENT)

    assessment_id: int | None = Field(description="none for an answer that was only asked for")
    revision: int | None
    kind: str = Field(description="open (owed over the season), final (at completion), after_payment, as_of")
    cause: str | None
    assessed_at: datetime
    notice_sha256: str
    question: dict[str, Any]
    answer: dict[str, Any]
    trace: list[dict[str, Any]]
    late_subsidies: list[dict[str, Any]] | None = None


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
    conn: AsyncConnection, notices: Notices, enrollment: Any, as_of: datetime
) -> AssessmentOut:
    """Ask the notice about an instant with what was known then: facts, statuses, events, values, payment."""
    sha = await store.notice_at(conn, enrollment.id, as_of)
    current = notices[(enrollment.county, enrollment.coverage_year)]
    notice = await shelf.version(
        conn, notices, enrollment.county, enrollment.coverage_year, sha or current.sha256
    )
    subject = await _subject_at(conn, enrollment, as_of)
    paid = None
    if enrollment.state == "paid" and enrollment.completed_at <= as_of:
        paid = (enrollment.completed_at, enrollment.paid_fen)
    question = rules.question_of(subject, as_of, as_of, paid)
    answer = assess(notice, parse_question(question)).as_dict()
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


async def _subject_at(conn: AsyncConnection, enrollment: Any, as_of: datetime) -> Subject:
    """What was known of the person at an instant."""
    person_id, key = enrollment.person_id, (enrollment.county, enrollment.coverage_year)
    found = await store.people(conn, [person_id])
    person: Any = found[person_id]
    earlier = await people.version_at(conn, person_id, as_of)
    if earlier is not None:
        person = SimpleNamespace(sex=earlier.sex, born=earlier.born, facts=earlier.facts)
    statuses = await store.statuses(conn, [person_id])
    events = await store.events(conn, [person_id], as_of)
    parameters = rules.parameters_at(await store.parameters(conn, [enrollment.county]), as_of)
    tiers = [
        row
        for row in await store.paid_tiers(conn, [enrollment.household_id])
        if row.coverage_year == enrollment.coverage_year
        and row.person_id != person_id
        and row.completed_at <= as_of
    ]
    return Subject(
        enrollment,
        person,
        statuses.get((person_id, enrollment.coverage_year), ()),
        events.get(person_id),
        parameters.get(key, {}),
        tiers[0].tier if tiers else None,
    )
