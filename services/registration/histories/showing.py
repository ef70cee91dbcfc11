"""Puts together what is known of earlier years: for officers year by year, for payers in words."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.policy import Notice, parse_question
from libs.common.policy.telling.past import history_words
from services.registration.assessments import store as assessments
from services.registration.assessments.recalling import subject_at
from services.registration.assessments.rules import question_of
from services.registration.assessments.subject import Asked
from services.registration.enrollments.store import Enrollment
from services.registration.histories import store
from services.registration.histories.rules import Then
from services.registration.histories.schemas import (
    EnrollmentHistory,
    HistoryStatement,
    HistoryYear,
    Past,
    PersonHistory,
)
from services.registration.people.store import Person


def past_of(notice: Notice, question: Asked) -> Past | None:
    """What the years before come to by a question that was asked; None where the notice counts none."""
    rules = notice.waiting_rules
    if rules is None:
        return None
    past = rules.past_of(parse_question(question).person, notice.year)
    words_zh, words = history_words(rules.waiting, past, notice.year)
    return Past(
        lapsed_years=past.lapsed,
        continuous_years=past.continuous,
        words=f"{words[:1].upper()}{words[1:]}.",
        words_zh=f"{words_zh}。",
    )


async def history_of_enrollment(
    conn: AsyncConnection, notice: Notice, enrollment: Enrollment, now: datetime
) -> EnrollmentHistory | None:
    """What is known now of the years that count for an enrollment; None where its notice counts none."""
    if notice.waiting_rules is None:
        return None
    subject = await subject_at(conn, notice, enrollment, now)
    past = past_of(notice, question_of(notice, subject, now, now))
    then = subject.past_at(now)
    assert then is not None and past is not None, "the notice counts the years before"
    counted_from, due = notice.waiting_rules.waiting.counted_from, _first_due(then)
    first = min([max(counted_from, due), *then.insured_years(notice.year)])
    return EnrollmentHistory(
        **past.model_dump(),
        counted_from=counted_from,
        first_year_due=due,
        years=_years(then, first, notice.year),
        repaired_years=sorted(one.repaired_year for one in subject.repairs),
    )


async def history_of_person(conn: AsyncConnection, person: Person, now: datetime) -> PersonHistory:
    """Everything that is known of a person's years."""
    this_year = business_date(now).year
    record = (await store.records(conn, {person.id: person.division_code}, this_year + 1))[person.id]
    events = (await assessments.events(conn, [person.id])).happened.get(person.id, ())
    then = Then(record, person.born, person.facts, events, now)
    years = [one.coverage_year for one in record.said if one.said != "due_from"]
    years += [one.coverage_year for one in record.seasons]
    years += [year for one in record.whole for year in (one.from_year, one.to_year)]
    years += then.insured_years(this_year + 1)
    return PersonHistory(
        person_id=person.id,
        first_year_due=_first_due(then),
        years=_years(then, min(years), max(years) + 1) if years else [],
        statements=[HistoryStatement.model_validate(one) for one in record.said],
    )


def _first_due(then: Then) -> int:
    due_from = then.due_from
    return then.born.year if due_from is None else due_from


def _years(then: Then, first: int, before: int) -> list[HistoryYear]:
    """Year by year, the newest first."""
    shown: list[HistoryYear] = []
    for year in range(before - 1, first - 1, -1):
        found = then.verdict(year)
        if found is None:
            shown.append(HistoryYear(coverage_year=year, insured=None, basis=None))
            continue
        shown.append(
            HistoryYear(
                coverage_year=year,
                insured=found.insured,
                basis=found.basis,
                county=found.county,
                place=found.place,
                scheme=found.scheme,
                source=found.source,
            )
        )
    return shown
