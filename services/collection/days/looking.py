"""Puts days of channels together: files, own payments, what is asked, who closed them, what came of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.days import bank_store, store
from services.collection.days.bank_store import AskedOfBank, Known
from services.collection.days.rules import Asked, Bank, ChannelDay, Move, Settled, Side
from services.collection.days.store import DayFile, OwnDay, Wanted
from services.collection.differences.rules import PAYMENTS, REFUNDS
from services.collection.files.rules import FileKind
from services.collection.settlements.rules import Terms

_Key = tuple[date, str]


async def days(conn: AsyncConnection, wanted: Wanted) -> list[ChannelDay]:
    """Every day on which a channel that gives files has one, or took or gave back money, in their order."""
    files, ours = defaultdict[_Key, list[DayFile]](list), dict[_Key, OwnDay]()
    asked, moves = defaultdict[_Key, list[Asked]](list), defaultdict[_Key, list[Move]](list)
    settled = defaultdict[_Key, list[Settled]](list)
    for file in await store.files(conn, wanted):
        files[file.business_on, file.channel].append(file)
    for own in await store.ours(conn, wanted):
        ours[own.business_on, own.channel] = own
    for case in await store.asked(conn, wanted):
        asked[case.business_on, case.channel].append(case)
    for move in await store.moves(conn, wanted):
        moves[move.business_on, move.channel].append(move)
    for ended in await store.settled(conn, wanted):
        settled[ended.business_on, ended.channel].append(ended)
    return [
        _day(wanted.county, files[key], ours.get(key), asked[key], settled[key], moves[key])
        for key in sorted({*files, *ours})
    ]


async def day(conn: AsyncConnection, county: str, channel: str, on: date) -> ChannelDay | None:
    """One day; None where neither a file nor money of ours is there."""
    found = await days(conn, Wanted(county, channel, on, on))
    return found[0] if found else None


def _day(
    county: str,
    files: Sequence[DayFile],
    own: OwnDay | None,
    asked: Sequence[Asked],
    settled: Sequence[Settled],
    moves: Sequence[Move],
) -> ChannelDay:
    first = files[0] if files else own
    assert first is not None, "one of them made the day"
    paid, back = _chosen(files, PAYMENTS), _chosen(files, REFUNDS)
    theirs = [one for one in (paid, back) if one is not None]
    came = max(files, key=lambda one: one.came_at, default=None)
    return ChannelDay(
        county=county,
        division_code=first.division_code,
        channel=first.channel,
        business_on=first.business_on,
        file_ids=tuple(one.file_id for one in files),
        version=paid.version if paid else None,
        compared=bool(files) and all(one.difference_count is not None for one in files),
        theirs=Side(
            payments=paid.in_count,
            paid_fen=paid.in_fen,
            refunds=back.out_count if back else 0,
            refunded_fen=back.out_fen if back else 0,
            fee_fen=sum(one.fee_fen for one in {one.file_id: one for one in theirs}.values()),
        )
        if paid
        else None,
        ours=Side(own.payments, own.paid_fen, own.refunds, own.refunded_fen) if own else Side(),
        asked=asked,
        settled=settled,
        came_at=came.came_at if came else None,
        came_by=came.came_by if came else None,
        moves=moves,
    )


def _chosen(files: Collection[DayFile], wanted: Sequence[FileKind]) -> DayFile | None:
    """Of files that say the same the first that is there, as both sides are compared."""
    by_kind = {one.kind: one for one in files}
    return next((by_kind[kind] for kind in wanted if kind in by_kind), None)


async def banks(
    conn: AsyncConnection, county: str, found: Sequence[ChannelDay], settling: Mapping[str, Terms]
) -> dict[_Key, Bank]:
    """What came of each of these days to its account, where the settings name one for its channel.

    What nothing is asked about came, as soon as statements tell of all days on which it had to come.
    """
    of = [(day, terms) for day in found if (terms := settling.get(day.channel)) is not None]
    if not of:
        return {}
    days = [day.business_on for day, _ in of]
    asked = {
        (one.account, one.channel, one.business_on): one
        for one in await bank_store.settlements(conn, county, min(days), max(days))
    }
    accounts = {terms.account for _, terms in of}
    known = {one.account: one for one in await bank_store.known(conn, county, accounts)}
    return {
        (day.business_on, day.channel): _bank(
            day, terms, asked.get((terms.account, day.channel, day.business_on)), known.get(terms.account)
        )
        for day, terms in of
    }


def _bank(day: ChannelDay, terms: Terms, case: AskedOfBank | None, known: Known | None) -> Bank:
    if case is not None:
        return Bank(terms.account, case.state, case.came_fen, case.came_on)
    due = day.business_on + timedelta(days=terms.within_days)
    if day.theirs is None or known is None or not known.since <= day.business_on <= due <= known.until:
        return Bank(terms.account, "unknown")
    theirs = day.theirs
    kept = (theirs.fee_fen or 0) if terms.keeps_fee else 0
    return Bank(terms.account, "came", theirs.paid_fen - theirs.refunded_fen - kept)
