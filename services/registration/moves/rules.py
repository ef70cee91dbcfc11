"""Whether somebody may change home after paying: a notice may lock that (Dong'an 2020, 七(二))."""

from collections.abc import Iterable
from datetime import datetime

from libs.common.clock import business_date
from libs.common.dates import instant_of
from libs.common.policy import Notice, Notices
from libs.common.web.problems import Problem
from services.registration.moves.problems import LOCKED_AFTER_PAYMENT

_LOCKED = "locked_after_payment_registration"


def lock_of(notices: Notices, county: str, paid_years: Iterable[int], now: datetime) -> Problem | None:
    """Why household and place of somebody who paid for these years stay as they are; None when they need not.

    Tier and help after payment have rules of their own; identity and death are never locked.
    """
    for year in sorted(paid_years, reverse=True):
        notice = notices.get((county, year))
        changes = notice.changes if notice is not None else None
        if notice is None or changes is None or changes.rule != _LOCKED or _is_over(notices, notice, now):
            continue
        return LOCKED_AFTER_PAYMENT.problem(
            f"{changes.label.en} (clause {changes.clause}, coverage year {year}).",
            f"{changes.label.zh}（通知{changes.clause}，{year}年度）。",
            clause=changes.clause,
            coverage_year=year,
        )
    return None


def _is_over(notices: Notices, notice: Notice, now: datetime) -> bool:
    """The year has ended, or the next season has begun, before whose payments changes are made."""
    after = notices.get((notice.county, notice.year + 1))
    opens = min((window.from_ for window in after.windows), default=None) if after is not None else None
    return business_date(now).year > notice.year or (opens is not None and now >= instant_of(opens))
