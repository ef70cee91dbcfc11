"""Raises an alert where a goal of the notice is behind the straight line of its season."""

from collections.abc import Collection
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.alerting import Season, alert_case, find_in_each, keep_alerts
from libs.common.cases.store import NewCase
from libs.common.clock import business_date
from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice, Notices
from libs.common.policy.engine.goals import Figures
from libs.common.policy.engine.reports import season_of
from services.registration.cases.rules import GOAL_BEHIND
from services.registration.notices.alarms_store import in_use
from services.registration.progress.counting import figures_at
from services.registration.progress.rules import behind, elapsed, percent_words

#: Figures of a whole county are counted for it: once an hour is enough for what changes by the day.
EVERY_SECONDS = 3600.0
_HUNDRED = 100


async def see_to_goals(
    conn: AsyncConnection, now: datetime, notices: Notices, margin: int
) -> Collection[Season]:
    """Raise and resolve the alerts while everybody may pay, unit by unit and for the county as a whole."""
    today = business_date(now)

    async def find(notice: Notice) -> list[NewCase]:
        if not _runs(notice, today):
            return []
        made = await figures_at(conn, notice, now)
        whole = notice.division.ljust(CODE_LENGTH, "0")
        found = _alerts(notice, whole, made.total, now, margin, total=True)
        for unit, figures in made.units.items():
            found += _alerts(notice, unit, figures, now, margin, total=False)
        return found

    used = sorted(await in_use(conn, notices))
    found = await find_in_each(conn, [(key, notices[key]) for key in used], find)
    return await keep_alerts(conn, (GOAL_BEHIND,), found, now)


def _runs(notice: Notice, today: date) -> bool:
    first, last = season_of(notice)
    return first <= today <= last


def _alerts(
    notice: Notice, unit: str, figures: Figures, now: datetime, margin: int, *, total: bool
) -> list[NewCase]:
    names = {row.division: row.name.zh for row in notice.targets.rows} if notice.targets else {}
    line = elapsed(notice, business_date(now))
    return [
        alert_case(
            GOAL_BEHIND,
            f"goals/{notice.county}/{notice.year}/{one.goal.id}/{'all' if total else unit}",
            now,
            {
                "unit_name": notice.document.notice.place.zh if total else names.get(unit, unit),
                "goal": one.goal.label.en,
                "goal_zh": one.goal.label.zh,
                "clause": one.goal.clause,
                "percent": percent_words(one.share.percent or Fraction(0)),
                "line": percent_words(line * Fraction(one.goal.percent) / _HUNDRED),
                "asked": str(one.goal.percent),
            },
            county=notice.county,
            coverage_year=notice.year,
            division_code=unit,
        )
        for one in behind(notice, figures, business_date(now), margin, total=total)
    ]
