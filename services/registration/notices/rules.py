"""Finds the notice in force."""

from libs.common.policy import Notice, Notices
from services.registration.notices.problems import NOTICE_NOT_FOUND


def notice_of(notices: Notices, county: str, coverage_year: int) -> Notice:
    """The notice in force; raises the problem if there is none."""
    notice = notices.get((county, coverage_year))
    if notice is None:
        raise NOTICE_NOT_FOUND.problem()
    return notice
