"""Compares what collectors took on a day with the bank, the people, the roster and the paper."""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.dates import first_second, instant_of
from libs.common.policy import Notices
from libs.common.policy.format.custody_rules import Voucher
from services.collection.cash.rules import channel_of, paper_of
from services.collection.matches import rules, store
from services.collection.matches.rules import LABELS, Line, Match, Number
from services.collection.matches.schemas import CashMatch, DayMatches, MatchDifference
from services.collection.matches.store import Wanted


async def matches_of(
    conn: AsyncConnection,
    notices: Notices,
    day: date,
    *,
    division: str,
    collector_id: int | None,
    after: int,
    limit: int,
) -> list[DayMatches]:
    """The five matches of collectors on a day, in the order of collectors."""
    begins, ends = (instant_of(first_second(one)) for one in (day, day + timedelta(days=1)))
    wanted = Wanted(division, collector_id, begins, ends, after, limit)
    taken: dict[int, list[Line]] = defaultdict(list)
    for line in await store.lines(conn, wanted):
        taken[line.collector_id].append(line)
    every = [line for lines in taken.values() for line in lines]
    numbers: dict[int, list[Number]] = defaultdict(list)
    for number in await store.numbers(conn, sorted({one.receipt_id for one in every})):
        numbers[number.receipt_id].append(number)
    brought = await store.slips(conn, sorted({one.deposit_id for one in every if one.deposit_id}))
    slips = {one.deposit_id: one for one in brought}
    shown = []
    for collector, lines in sorted(taken.items()):
        receipts, deposits = {one.receipt_id for one in lines}, {one.deposit_id for one in lines}
        found = rules.matches(
            lines,
            [number for receipt_id in sorted(receipts) for number in numbers[receipt_id]],
            [slips[which] for which in sorted(which for which in deposits if which in slips)],
            {one.coverage_year: _paper(notices, one) for one in lines},
        )
        fits = all(one.fits for one in found)
        shown.append(
            DayMatches(
                collector_id=collector, day=day.isoformat(), fits=fits, matches=[_match(one) for one in found]
            )
        )
    return shown


def _paper(notices: Notices, line: Line) -> Voucher | None:
    notice = notices.get((line.county, line.coverage_year))
    channel = channel_of(notice, line.channel) if notice is not None else None
    return paper_of(notice, channel) if notice is not None and channel is not None else None


def _match(one: Match) -> CashMatch:
    label_zh, about = LABELS[one.code]
    return CashMatch(
        code=one.code,
        label_zh=label_zh,
        about=about,
        said=one.said,
        found=one.found,
        fits=one.fits,
        differences=[MatchDifference.model_validate(gap) for gap in one.differences],
    )
