"""Collects what is known of people who are insured elsewhere, and asks their notices."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from libs.common.policy.engine.elsewhere import HelpElsewhere
from services.registration.assessments import rules as questions
from services.registration.assessments import store as assessments
from services.registration.assessments.subject import Person, Subject, as_registered
from services.registration.elsewhere.rules import Home, InsuredElsewhere, help_of, paid_at, subject_of


async def judge(
    conn: AsyncConnection,
    notice: Notice,
    people: Sequence[InsuredElsewhere],
    known_at: Mapping[int, datetime],
) -> dict[int, tuple[Person, HelpElsewhere]]:
    """What the notice gives each of these people, by id; `known_at` is by which instant they are judged."""
    ids = sorted({one.person_id for one in people})
    found = await assessments.people(conn, ids)
    statuses = await assessments.statuses(conn, ids)
    events = await assessments.events(conn, ids)
    supplied = await assessments.parameters(conn, [notice.county])
    judged: dict[int, tuple[Person, HelpElsewhere]] = {}
    for one in people:
        person, at = found[one.person_id], known_at[one.person_id]
        home = Home(one.person_id, one.household_id, one.division_code)
        subject = Subject(
            as_registered(notice, home, paid_at(one.paid_on)),
            person,
            statuses.get((one.person_id, notice.year), ()),
            events.happened.get(one.person_id, ()),
            questions.parameters_at(supplied, at).get((notice.county, notice.year), {}),
        )
        judged[one.person_id] = person, help_of(notice, subject_of(notice, one, subject), one, at)
    return judged
