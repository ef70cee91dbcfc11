"""Drafts the bulletins of the notices when their periods are over, and tells which nobody signed in time.

Nobody else has to think of the day: a person only signs. Periods are drafted one after another, the oldest
first, each from what was known when it ended; one that somebody refused is left to people.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Look, Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.owners import department_name, owner_of
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from libs.common.policy.engine.reports import end_of, periods_of
from libs.common.policy.format.work_rules import Report
from services.registration.bulletins import store
from services.registration.bulletins.drafting import Wanted, draft
from services.registration.bulletins.store import Period
from services.registration.cases.rules import BULLETIN_LATE

#: What was under way when the day ended is known by then.
_SETTLES = timedelta(hours=1)
#: So long after the last period bulletins are caught up with; what is older is history.
_CATCHES_UP = timedelta(days=92)
#: Days are what matters here, not minutes.
EVERY_SECONDS = 600.0
_DUE = timedelta(days=1)
_SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Ended:
    """A period that is over, and what became of its bulletin: `state` is None where nobody drafted one."""

    report: Report
    period_to: date
    state: str | None


def preparing(notices: Notices) -> list[Look]:
    """What to look at: a transaction for each report, so that one that fails keeps no other from its day."""
    return [
        *(
            partial(prepare, notice=notice, report=report)
            for notice in notices.values()
            for report in _reports(notice)
        ),
        partial(see_to_bulletins, notices=notices),
    ]


async def prepare(conn: AsyncConnection, now: datetime, notice: Notice, report: Report) -> None:
    """Draft the next bulletin of a report, if its period is over and no draft waits."""
    if not any(True for _ in _over(notice, report, now)):
        return
    await store.take_turn(conn, notice.county)
    last = await store.last(conn, notice.county, notice.year, report.id)
    if last is not None and last.state == "draft":
        return
    ended = await _ended(conn, notice, report, now)
    nobody = next((one for one in ended if one.state is None), None)
    if nobody is not None and end_of(nobody.period_to) + _SETTLES < now:
        await draft(conn, notice, Wanted(report.id, nobody.period_to, _SYSTEM, now))


async def see_to_bulletins(conn: AsyncConnection, now: datetime, notices: Notices) -> Collection[Season]:
    """Raise an alert about each bulletin that nobody signed by its due day; signing it ends that."""

    async def find(notice: Notice) -> list[NewCase]:
        return [
            _alert(notice, one, now)
            for report in _reports(notice)
            for one in await _ended(conn, notice, report, now)
            if business_date(now) > one.period_to + _DUE
        ]

    found = await find_in_each(conn, notices.items(), find)
    return await keep_alerts(conn, (BULLETIN_LATE,), found, now)


async def _ended(conn: AsyncConnection, notice: Notice, report: Report, now: datetime) -> list[Ended]:
    """Periods that are over and not told yet, from the first one of which there is anything to tell."""
    over = list(_over(notice, report, now))
    first = await store.first_registered(conn, notice.county, notice.year) if over else None
    if first is None:
        return []
    known = [one for one in await store.attempts(conn, notice.county, notice.year) if one.kind == report.id]
    told = max((one.period_to for one in known if one.state == "signed"), default=None)
    return [
        Ended(report, day, _state(known, day))
        for day in over
        if end_of(day) >= first and (told is None or day > told)
    ]


def _state(known: Collection[Period], day: date) -> str | None:
    """A draft that waits, else that somebody refused one; None: nobody drafted any."""
    states = {one.state for one in known if one.period_to == day}
    return "draft" if "draft" in states else next(iter(states), None)


def _over(notice: Notice, report: Report, now: datetime) -> Iterator[date]:
    """The periods of a report that are over, as long as they are caught up with."""
    days = list(periods_of(report, notice))
    if days and now <= end_of(days[-1]) + _CATCHES_UP:
        yield from (day for day in days if end_of(day) < now)


def _reports(notice: Notice) -> list[Report]:
    return [one for one in notice.document.reports if one.about == "progress"]


def _alert(notice: Notice, one: Ended, now: datetime) -> NewCase:
    english, chinese = department_name(notice, one.report.by)
    return alert_case(
        BULLETIN_LATE,
        f"bulletins/{notice.county}/{notice.year}/{one.report.id}/{one.period_to.isoformat()}",
        now,
        {
            "kind": one.report.id,
            "label": one.report.label.en,
            "label_zh": one.report.label.zh,
            "clause": one.report.clause,
            "department": english,
            "department_zh": chinese,
            "period_to": one.period_to.isoformat(),
            "due_on": (one.period_to + _DUE).isoformat(),
        },
        county=notice.county,
        coverage_year=notice.year,
        division_code=notice.division.ljust(CODE_LENGTH, "0"),
        owner=owner_of(notice, one.report.by),
    )
