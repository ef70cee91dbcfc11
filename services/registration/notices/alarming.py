"""Warns of deadlines of the notice, and of registrations that have one of their own, before they are over."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.alerts_store import acknowledged
from libs.common.cases.owners import department_name, owner_of
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.dates import instant_of, second_of
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from libs.common.policy.format.registration_rules import Registration
from libs.common.policy.format.work_rules import Deadline
from libs.common.web.schemas import shanghai
from services.registration.cases.rules import DEADLINE_MISSED, DEADLINE_NEAR, REGISTRATION_ENDS
from services.registration.notices.alarms_store import in_use
from services.registration.notices.rules import registration_ends, registration_state


async def see_to_registrations(conn: AsyncConnection, now: datetime, notices: Notices) -> Collection[Season]:
    """Raise an alert about each registration that ends soon; it is over with the registration."""

    async def find(notice: Notice) -> list[NewCase]:
        rules = notice.document.registration
        return [_ends(notice, rule, now) for rule in rules if registration_state(rule, now) == "ends_soon"]

    found = await find_in_each(conn, notices.items(), find)
    return await keep_alerts(conn, (REGISTRATION_ENDS,), found, now)


async def see_to_deadlines(
    conn: AsyncConnection, now: datetime, notices: Notices, days: int
) -> Collection[Season]:
    """Raise an alert about each deadline of the coming days, and about each that is over.

    The latter ends when somebody acknowledges it, for data cannot tell that it is done, or with the coverage
    year. Rosters that are missing have an alert of their own, which data ends.
    """
    soon = second_of(now + timedelta(days=days))
    used = await in_use(conn, notices)
    done = await acknowledged(conn, DEADLINE_MISSED.code)

    async def find(notice: Notice) -> list[NewCase]:
        told = [
            one
            for one in notice.document.deadlines
            if one.by <= soon and not (_is_over(one, now) and _is_settled(notice, one, now))
        ]
        return [
            alert
            for one in told
            if (alert := _alert(notice, one, now)).subject not in (done if _is_over(one, now) else ())
        ]

    found = await find_in_each(conn, [(key, notices[key]) for key in sorted(used)], find)
    return await keep_alerts(conn, (DEADLINE_NEAR, DEADLINE_MISSED), found, now)


def _is_over(deadline: Deadline, now: datetime) -> bool:
    return deadline.by <= second_of(now)


def _is_settled(notice: Notice, deadline: Deadline, now: datetime) -> bool:
    return deadline.what == "status_rosters" or business_date(now).year > notice.year


def _ends(notice: Notice, rule: Registration, now: datetime) -> NewCase:
    ends = registration_ends(rule)
    assert ends is not None, "what has no end does not end soon"
    return alert_case(
        REGISTRATION_ENDS,
        f"registration/{notice.county}/{notice.year}/{rule.id}",
        now,
        {
            "registration": rule.id,
            "who": rule.who.en,
            "who_zh": rule.who.zh,
            "clause": rule.clause,
            "to_at": shanghai(ends),
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
    )


def _alert(notice: Notice, deadline: Deadline, now: datetime) -> NewCase:
    name, name_zh = department_name(notice, deadline.department)
    return alert_case(
        DEADLINE_MISSED if _is_over(deadline, now) else DEADLINE_NEAR,
        f"deadlines/{notice.county}/{notice.year}/{deadline.id}",
        now,
        {
            "deadline": deadline.id,
            "label": deadline.label.en,
            "label_zh": deadline.label.zh,
            "clause": deadline.clause,
            "department": name,
            "department_zh": name_zh,
            "by_at": shanghai(instant_of(deadline.by - 1)),
        },
        owner=owner_of(notice, deadline.department),
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
    )
