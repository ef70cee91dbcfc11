"""Whether a row may be registered here: the notice it is meant for, the division of who asks."""

from collections.abc import Callable, Iterable
from datetime import datetime

from libs.common.policy import Notices
from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.problems import Problem
from services.registration.moves.rules import lock_of
from services.registration.people.problems import LIVES_ELSEWHERE
from services.registration.registering import problems as reasons
from services.registration.registering.plan import KnownHousehold, KnownPerson, Row

#: Says why a row may not be registered, given its household and its person as far as they are on record.
Admissible = Callable[[Row, KnownHousehold | None, Iterable[KnownPerson]], Problem | None]


def county_of(notices: Notices, division_code: str) -> str | None:
    """The county whose notices cover a village, if it is only one."""
    counties = {notice.county for notice in notices.for_division(division_code)} if division_code else set()
    return counties.pop() if len(counties) == 1 else None


def admission(notices: Notices, division: str, now: datetime) -> Admissible:
    """The check of a row against the notices and the division that the caller may write in."""

    def admissible(
        row: Row, household: KnownHousehold | None, people: Iterable[KnownPerson]
    ) -> Problem | None:
        if not row.division_code.startswith(division) or (
            household is not None and not household.division_code.startswith(division)
        ):
            return OUTSIDE_DIVISION.problem()
        if not all(person.division_code.startswith(division) for person in people):
            return LIVES_ELSEWHERE.problem()
        if household is not None and household.division_code != row.division_code:
            locked = lock_of(notices, row.county, household.paid_years, now)
            if locked is not None:
                return locked
        if row.wish is None:
            return None
        notice = notices.get((row.county, row.wish.coverage_year))
        if notice is None:
            return reasons.UNKNOWN_COUNTY.problem()
        return None if row.division_code.startswith(notice.division) else reasons.OUTSIDE_NOTICE.problem()

    return admissible
