"""Warns of the end of a registration that has a deadline of its own, a week before."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from libs.common.policy import Notice, Notices
from libs.common.policy.format.work_rules import Registration
from libs.common.web.schemas import shanghai
from services.registration.cases.rules import REGISTRATION_ENDS
from services.registration.notices.rules import registration_ends, registration_state


async def see_to_registrations(conn: AsyncConnection, now: datetime, notices: Notices) -> None:
    """Open a case about each registration that ends soon, and close those of which that is over."""
    every = [
        (notice, rule, registration_state(rule, now))
        for notice in notices.values()
        for rule in notice.document.registration
    ]
    gone = [
        Gone(REGISTRATION_ENDS.code, _subject(notice, rule))
        for notice, rule, state in every
        if state == "over"
    ]
    await cases.close_cases(conn, gone, now, "the registration has ended")
    soon = [_case(notice, rule, now) for notice, rule, state in every if state == "ends_soon"]
    await cases.open_cases(conn, soon)


def _subject(notice: Notice, rule: Registration) -> str:
    return f"registration/{notice.county}/{notice.year}/{rule.id}"


def _case(notice: Notice, rule: Registration, now: datetime) -> NewCase:
    ends = registration_ends(rule)
    assert ends is not None, "what has no end does not end soon"
    return NewCase(
        kind=REGISTRATION_ENDS.code,
        subject=_subject(notice, rule),
        owner=REGISTRATION_ENDS.owner,
        proposed=REGISTRATION_ENDS.steps[0].code,
        opened_at=now,
        evidence={
            "registration": rule.id,
            "who": rule.who.en,
            "who_zh": rule.who.zh,
            "clause": rule.clause,
            "to_at": shanghai(ends),
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(12, "0"),
    )
