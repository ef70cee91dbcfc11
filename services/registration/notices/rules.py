"""Which notice is meant."""

from libs.common.policy import Notice, Notices
from libs.common.web.problems import ProblemType

NOTICE_NOT_FOUND = ProblemType(
    "notice-not-found",
    404,
    "There is no notice for this county and year",
    "没有该县该年度的参保通知",
    "GET /v1/notices lists the notices in force.",
    "可用的通知见 GET /v1/notices。",
)


def notice_of(notices: Notices, county: str, coverage_year: int) -> Notice:
    """The notice in force; raises the problem if there is none."""
    notice = notices.get((county, coverage_year))
    if notice is None:
        raise NOTICE_NOT_FOUND.problem()
    return notice
