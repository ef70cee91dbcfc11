"""Asks the ledger for an accounting month: how it stands, what is wrong in it, and its trial balance."""

import asyncio
from datetime import date

from services.console.apis.asking import Asking, Query
from services.console.apis.rules import absent
from services.console.lists.schemas import Approvals
from services.console.periods.naming import way_of
from services.console.periods.schemas import Balance, Examination, Flaw, Period, Periods
from services.console.periods.standing import Whole

#: More than there are months in which two persons could be at work.
_MOST = 500


async def period_of(asking: Asking, county: str, month: str) -> tuple[Period, list[Period]]:
    """A month, and all of its county. Raises ServiceAway and Refused."""
    found = (await asking.get(Periods, "ledger", "/v1/periods", {"county": county})).items
    known = next((one for one in found if one.month == month), None)
    if known is None:
        raise absent("ledger")
    return known, found


async def whole(asking: Asking, county: str, month: str, today: date) -> tuple[Whole, Balance]:
    """All of a month. Raises ServiceAway, Refused and StillCounting."""
    period, others = await period_of(asking, county, month)
    api = f"/v1/{way_of(county, month)}"
    query: Query = {"county": county, "state": "waiting", "limit": _MOST}
    approvals, flaws, balance = await asyncio.gather(
        asking.get(Approvals, "ledger", "/v1/approvals", query),
        _flaws(asking, api, period),
        asking.computed(Balance, "ledger", f"{api}/balance"),
    )
    waiting = [one for one in approvals.items if one.subject == way_of(county, month)]
    return Whole(county, period, others, waiting, flaws, today), balance


async def _flaws(asking: Asking, api: str, period: Period) -> list[Flaw]:
    """What is wrong in it; nobody asks of one that is closed."""
    if period.state == "closed":
        return []
    return (await asking.computed(Examination, "ledger", f"{api}/examination")).items
