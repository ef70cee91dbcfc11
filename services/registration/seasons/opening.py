"""Opens a season, some people at a time: who was insured the year before and is in scope is enrolled.

Each step commits together with how far the opening is, so a killed process loses nothing and enrolls nobody
twice. What is owed the assessor works out, as of everybody who is registered.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.dead_letters import reason_of
from libs.common.clock import season_now
from libs.common.dates import instant_of
from libs.common.db.ids import next_ids
from libs.common.db.isolation import apply_by_halves
from libs.common.policy import Notice, QuestionMalformed, parse_question
from libs.common.policy.engine.assessment import admit
from libs.common.repeating import for_each
from libs.common.setbacks import setback
from services.registration.assessments import store as assessments
from services.registration.assessments.gathering import gather
from services.registration.assessments.rules import question_of
from services.registration.assessments.subject import Subject, Waiting, as_registered
from services.registration.histories.rules import counting
from services.registration.people.store import take_turn
from services.registration.registering import store as registering
from services.registration.registering.plan import NewEnrollment
from services.registration.seasons import left_out_store, store
from services.registration.seasons.rules import SET_BACK, Candidate, LeftOut, kept_out
from services.registration.seasons.store import Opening
from services.registration.settings import RegistrationContext
from services.registration.tables import enrollments

#: Others who register in the county wait no longer than these take.
_AT_ONCE = 2_000


async def open_step(context: RegistrationContext) -> Opening | None:
    """Look at the next people of the opening whose turn it is; None when there is nothing to do."""
    notices = context.notices.snapshot()
    known = [f"{county}/{year}" for county, year in notices]
    opening: Opening | None = None
    try:
        async with context.engine.begin() as conn:
            opening = await store.claim(conn, known)
            if opening is not None:
                await _look(conn, context, notices[(opening.county, opening.coverage_year)], opening)
    except Exception as error:
        if opening is not None:
            setback(f"opening of {opening.county}/{opening.coverage_year}", error)
            async with context.engine.begin() as conn:
                await store.put_off(conn, opening.id, reason_of(error))
        raise
    if opening is not None:
        outbox.poke(context.engine)
    return opening


async def renew_payers(context: RegistrationContext) -> int:
    """Enroll who was insured the year before and has paid for a season, before or after it was opened.

    Nobody need register again who was insured: else the money would wait for ever. Give how many.
    """
    async with context.engine.connect() as conn:
        seasons = await store.paid_seasons(conn)
    number = 0

    async def enroll(season: store.Season) -> None:
        nonlocal number
        if (notice := context.notices.get((season.county, season.coverage_year))) is not None:
            number += await _renew_payers(context, notice, season)

    try:
        await for_each(seasons, enroll, lambda one: f"payers of {one.county}/{one.coverage_year}")
    finally:
        if number:
            outbox.poke(context.engine)
    return number


async def _renew_payers(context: RegistrationContext, notice: Notice, season: store.Season) -> int:
    async with context.engine.begin() as conn:
        await take_turn(conn, season.county)
        people = await store.payers(conn, season, _AT_ONCE)
        if not people:
            return 0
        enrolled, _ = await _renew_each(conn, notice, people, await _now(context, people))
    return enrolled


async def _now(
    context: RegistrationContext, people: Sequence[Candidate], since: Sequence[datetime] = ()
) -> datetime:
    """What time it is in the season: later than all that is known of the people."""

    async def newest() -> datetime:
        return max([*since, *(one.known_at for one in people)])

    return await season_now(context.clock, newest)


async def _look(
    conn: AsyncConnection, context: RegistrationContext, notice: Notice, opening: Opening
) -> None:
    await take_turn(conn, opening.county)
    people = await store.candidates(conn, opening, _AT_ONCE)
    if not people:
        await store.finish(conn, opening)
        return
    now = await _now(context, people, [opening.opened_at])
    enrolled, left = await _renew_each(conn, notice, people, now)
    await left_out_store.leave_out(conn, opening, [one.person_id for one in people], left)
    counts = {"done": len(people), "enrolled": enrolled, "left_out": len(left)}
    await store.advance(conn, opening, people[-1].former_id, **counts)


async def _renew_each(
    conn: AsyncConnection, notice: Notice, people: Sequence[Candidate], now: datetime
) -> tuple[int, list[LeftOut]]:
    """Enroll them as `renew` does; one of whom that fails is left out, and keeps out no other."""

    async def some(part: Sequence[Candidate]) -> tuple[int, list[LeftOut]]:
        return await renew(conn, notice, part, now)

    renewed = await apply_by_halves(conn, people, some, most_defects=None)
    left = [one for _, some_left in renewed.results for one in some_left]
    for person, error in renewed.refused:
        setback(f"renewal of person {person.person_id} for {notice.county}/{notice.year}", error)
        left.append(LeftOut(person.person_id, person.division_code, SET_BACK))
    return sum(enrolled for enrolled, _ in renewed.results), left


async def renew(
    conn: AsyncConnection, notice: Notice, people: Sequence[Candidate], now: datetime
) -> tuple[int, list[LeftOut]]:
    """Enroll those of the people who may renew; give how many, and who is left out.

    The caller holds the county's turn. Who is enrolled already, or was and has ended it, stays as they are.
    """
    left: list[LeftOut] = []
    asked: list[Candidate] = []
    for one in people:
        if one.enrolled is not None:
            continue
        if (reason := kept_out(one, notice)) is not None:
            left.append(LeftOut(one.person_id, one.division_code, reason))
        else:
            asked.append(one)
    if codes := [status.code for status in notice.document.statuses if status.carried_over]:
        season = store.Season(notice.county, notice.year)
        await store.carry_over(conn, season, codes, [one.person_id for one in asked], now)
    ids = await next_ids(conn, enrollments, len(asked))
    wanted = [
        as_registered(notice, one, now, enrollment_id=number) for one, number in zip(asked, ids, strict=True)
    ]
    outside = {
        subject.person.id: found
        for subject in await gather(conn, wanted, counting([notice]))
        if (found := _out_of_scope(notice, subject, now)) is not None
    }
    new = [_enrollment(row) for row in wanted if row.person_id not in outside]
    await registering.insert_enrollments(conn, new, now)
    await registering.publish_registered(conn, new, now)
    await assessments.enqueue(conn, [one.id for one in new], "registered", now)
    return len(new), [*left, *outside.values()]


def _out_of_scope(notice: Notice, subject: Subject, now: datetime) -> LeftOut | None:
    """Why the notice does not admit somebody, when its season begins or, within it, now.

    Of whom nothing can be asked it is not said: they are enrolled, and set apart by the assessor.
    """
    opens = instant_of(min((window.from_ for window in notice.document.windows), default=0))
    at = max(now, opens)
    try:
        question = parse_question(question_of(notice, subject, at, now))
    except QuestionMalformed:
        return None
    found = admit(notice, question, question.at)
    if not found.reasons:
        return None
    rule = found.refused_by.id if found.refused_by is not None else None
    return LeftOut(subject.person.id, subject.enrollment.division_code, found.reasons[0], rule)


def _enrollment(row: Waiting) -> NewEnrollment:
    return NewEnrollment(
        id=row.enrollment_id,
        county=row.county,
        coverage_year=row.coverage_year,
        person_id=row.person_id,
        household_id=row.household_id,
        division_code=row.division_code,
        tier=row.tier,
        add_ons=tuple(row.add_ons),
        renewal=True,
    )
