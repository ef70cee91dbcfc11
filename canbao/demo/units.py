"""A unit that registers its people by list and pays for them: the squadron of a county, or a school."""

from collections.abc import Iterator
from datetime import timedelta

from canbao.demo.people import Census
from canbao.demo.profiles import Profile
from canbao.demo.steps import Step
from libs.common.clock import business_date
from libs.common.policy import Notice

_LISTED_AFTER = timedelta(days=10)
_PAID_AFTER = timedelta(days=20)
#: Their age in years.
_AGE = 20


def unit_steps(notice: Notice, profile: Profile, census: Census, village: str) -> Iterator[Step]:
    """Yield the list, and the order by which it pays for all of them."""
    if not profile.unit_rule:
        return
    listed, paid = profile.registered_at + _LISTED_AFTER, profile.registered_at + _PAID_AFTER
    season = {"county": profile.county, "coverage_year": profile.coverage_year}
    born = business_date(listed) - timedelta(days=_AGE * 365)
    people = [census.resident(born - timedelta(days=place)) for place in range(profile.unit_people)]
    yield {
        **season,
        "at": listed.isoformat(),
        "do": "unit_list",
        "rule": profile.unit_rule,
        "name": notice.units[profile.unit_rule].label.zh,
        "division_code": village,
        "lines": [{"name": one.name, "documents": [{"number": one.id_number}]} for one in people],
    }
    yield {
        **season,
        "at": paid.isoformat(),
        "do": "unit_order",
        "channel": profile.unit_channel,
        "transaction_no": f"U-{profile.county}-1",
    }
