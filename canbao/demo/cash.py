"""Villages that pay their officer in cash: taken door to door, on numbered paper, banked each evening."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from canbao.demo.people import Resident
from canbao.demo.profiles import Profile
from canbao.demo.steps import Step
from libs.common.clock import business_date

#: The officer of this village brings one day's money two days late.
_LATE = 1


class Cash(NamedTuple):
    """What one person pays, and when."""

    when: datetime
    who: Resident
    fen: int


def cash_steps(profile: Profile, village: str, place: int, taken: Sequence[Cash]) -> Iterator[Step]:
    """Yield what the officer of a village takes on each day of the season, and the slip of its evening."""
    officer = {"division_code": village, "channel": profile.cash_channel, "title": f"第{place + 1}收缴点"}
    base = {"county": profile.county, "coverage_year": profile.coverage_year, "collector": officer}
    number = 0
    days = groupby(sorted(taken, key=lambda one: one.when), key=lambda one: business_date(one.when))
    for turn, (day, some) in enumerate(days):
        day_cash = list(some)
        for one in day_cash:
            number += 1
            yield {
                **base,
                "do": "cash",
                "at": one.when.isoformat(),
                "receipts": [_receipt(place, number, one)],
            }
        evening = max(one.when for one in day_cash) + timedelta(minutes=5)
        if place == _LATE and turn == 1:
            evening += timedelta(days=2)
        slip = f"{profile.county[:2].upper()}{place}-{day:%Y%m%d}"
        yield {**base, "do": "deposit", "at": evening.isoformat(), "slip_no": slip}


def _receipt(place: int, number: int, one: Cash) -> Step:
    item = {"id_number": one.who.id_number, "name": one.who.name, "amount_fen": one.fen}
    return {
        "instrument": "cash",
        "paid_at": one.when.isoformat(),
        "items": [{**item, "voucher_no": f"{place + 1}{number:07d}"}],
    }
