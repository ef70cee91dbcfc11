"""Says who has not enrolled and need not, where a notice asks households for some of their members only.

It is asked of what is on record. Of whom the survey of a village alone knows nothing can be asked: they stay
among those who have to join until they are registered, or excused with a proof.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice, QuestionMalformed, parse_question
from libs.common.policy.engine.assessment import gather as facts_of
from libs.common.policy.engine.conditions import Test
from services.registration.assessments.gathering import gather
from services.registration.assessments.rules import question_of
from services.registration.assessments.subject import Subject, as_registered
from services.registration.histories.rules import counting
from services.registration.households import store
from services.registration.surveys.lists_store import Wanted


async def free_of(conn: AsyncConnection, notice: Notice, people: Sequence[int], now: datetime) -> set[int]:
    """Those of these people, who have not enrolled, whom the notice does not ask to join by what is known."""
    must = notice.must_join
    if must is None or not people:
        return set()
    asked = [as_registered(notice, home, now) for home in await store.homes(conn, people)]
    subjects = await gather(conn, asked, counting([notice]))
    return {one.person.id for one in subjects if not _has_to(must, notice, one, now)}


async def with_free(conn: AsyncConnection, notice: Notice, wanted: Wanted, now: datetime) -> Wanted:
    """The lists that are wanted, with the people on them whom the notice does not ask to join."""
    if notice.must_join is None:
        return wanted
    villages = (wanted.low, wanted.high, wanted.household_no)
    people = await store.absent(conn, notice.county, notice.year, *villages)
    free = sorted(await free_of(conn, notice, people, now))
    return replace(wanted, terms=replace(wanted.terms, free=free))


def _has_to(must: Test, notice: Notice, subject: Subject, now: datetime) -> bool:
    """Of whom nothing can be asked it is not said that they need not."""
    try:
        question = parse_question(question_of(notice, subject, now, now))
    except QuestionMalformed:
        return True
    return must(facts_of(notice, question, question.at))
