"""Villages that pay their officer in cash: taken door to door, on numbered paper, banked each evening."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from canbao.demo.people import Resident
from canbao.demo.profiles import Profile
from canbao.demo.steps import Step
from libs.common.clock import business_date
from libs.common.divisions import township_of

#: The officer of this village brings one day's money two days late.
_LATE = 1
#: The officer of this village states the money of one receipt too little when handing in.
_STATES_LESS = 0
#: The officer of this village loses a number of paper on the way.
_LOSES, _LOST_NO = 2, 3


class Cash(NamedTuple):
    """What one person pays, and when."""

    when: datetime
    who: Resident
    fen: int


def cash_steps(profile: Profile, village: str, place: int, taken: Sequence[Cash]) -> Iterator[Step]:
    """Yield what the officer of a village takes on each day of the season, and the slip of its evening."""
    officer = {"division_code": village, "channel": profile.cash_channel, "title": f"第{place + 1}收缴点"}
    base = {"county": profile.county, "coverage_year": profile.coverage_year, "collector": officer}
    yield from _book(profile, village, place, len(taken) + 1, base)
    number = 0
    days = groupby(sorted(taken, key=lambda one: one.when), key=lambda one: business_date(one.when))
    for turn, (day, some) in enumerate(days):
        day_cash = list(some)
        for one in day_cash:
            number += 1
            if (place, number) == (_LOSES, _LOST_NO):
                yield _lost(profile, place, number, one.when)
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
    if taken and place == _STATES_LESS:
        yield from _handed_in(base, taken)


def _handed_in(base: Step, taken: Sequence[Cash]) -> Iterator[Step]:
    """Roster, paper and money of the season go to the township: sent back once, then passed and booked."""
    morning = max(one.when for one in taken) + timedelta(days=1)
    stated = sum(one.fen for one in taken) - taken[-1].fen
    ways: tuple[dict[str, object], ...] = (
        {"kind": "make", "amount_fen": stated},
        {"kind": "send_back", "reason": "所报金额少一张收据"},
        {"kind": "submit"},
        {"kind": "pass"},
        {"kind": "pass", "reference": "RK0001"},
    )
    for days, way in enumerate(ways):
        yield {**base, "do": "batch", **way, "at": (morning + timedelta(days=days)).isoformat()}


def _receipt(place: int, number: int, one: Cash) -> Step:
    item = {"id_number": one.who.id_number, "name": one.who.name, "amount_fen": one.fen}
    return {
        "instrument": "cash",
        "paid_at": one.when.isoformat(),
        "items": [{**item, "voucher_no": _number(place, number)}],
    }


def _number(place: int, number: int) -> str:
    return f"{place + 1}{number:07d}"


def _paper(profile: Profile) -> dict[str, object]:
    season = {"county": profile.county, "coverage_year": profile.coverage_year}
    return {"do": "paper", **season, "voucher": profile.cash_voucher}


def _book(profile: Profile, village: str, place: int, pieces: int, base: Step) -> Iterator[Step]:
    """The county gets a book, hands it to the township, and that to the village, before anybody pays."""
    last = -(-pieces // 50) * 50
    at = profile.registered_at + timedelta(days=1)
    book = {**_paper(profile), "first_no": _number(place, 1), "last_no": _number(place, last)}
    ways: tuple[dict[str, object], ...] = (
        {"kind": "received"},
        {"kind": "handed_on", "division_code": township_of(village)},
        {"kind": "handed_on", "collector": base["collector"]},
    )
    for minutes, way in enumerate(ways):
        yield {**book, **way, "at": (at + timedelta(minutes=minutes)).isoformat()}


def _lost(profile: Profile, place: int, number: int, when: datetime) -> Step:
    """A number is lost on the way: a case until it is found, or declared invalid."""
    return {
        **_paper(profile),
        "kind": "lost",
        "first_no": _number(place, number),
        "reason": "下乡途中遗失",
        "at": when.isoformat(),
    }
