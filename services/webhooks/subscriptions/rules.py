"""Which places a subscription is about, and which are within the rights of whoever makes it."""

from enum import StrEnum

from libs.common.divisions import prefix_of
from libs.common.policy import Notices
from libs.common.security.caller import Caller
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.notices import without_notice
from services.webhooks.facts.rules import county_code
from services.webhooks.problems import COUNTY_WITHOUT_NOTICE


class SubscriptionState(StrEnum):
    """Whether something is told at the moment; what happens is kept either way."""

    ACTIVE = "active"
    PAUSED = "paused"


def division_of(notices: Notices, caller: Caller, county: str | None, division_code: str | None) -> str:
    """The digits that all places have of which something is told. Raises Problem 403 or 422.

    Without a division it is the county, without a county whatever the caller sees.
    """
    whole = county_code(county, notices)
    if county is not None and whole is None:
        raise without_notice(COUNTY_WITHOUT_NOTICE, notices, county)
    within = prefix_of(whole) if whole is not None else ""
    division = prefix_of(division_code) if division_code is not None else within or caller.division
    if not division.startswith(within):
        raise COUNTY_WITHOUT_NOTICE.problem()
    if not caller.sees(division):
        raise OUTSIDE_DIVISION.problem()
    return division
