"""Adds up what collectors have in hand, and until when the notice lets them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import business_date
from libs.common.policy import Notice
from services.collection.assembly import CollectionContext
from services.collection.cash import collectors_store as store
from services.collection.cash import rules
from services.collection.cash.collectors_store import InHand
from services.collection.cash.rules import Held
from services.collection.cash.schemas import CashPosition
from services.collection.deposits import store as deposits

_Key = tuple[int, int]


async def positions(
    conn: AsyncConnection,
    context: CollectionContext,
    division: str,
    county: str | None,
    *,
    overdue: bool = False,
) -> list[CashPosition]:
    """Give the position of every collector of a division who has cash, or whose slips brought too little.

    With `overdue` of those alone who have cash over its day.
    """
    today = business_date(context.clock.now())
    hands: dict[_Key, list[InHand]] = defaultdict(list)
    for one in await store.in_hand(conn, division, overdue_on=today if overdue else None):
        hands[one.collector_id, one.coverage_year].append(one)
    found = await deposits.missing(conn, division)
    missing = {(one.collector_id, one.coverage_year): one.missing_fen for one in found}
    keys = sorted(hands if overdue else hands.keys() | missing.keys())
    counties = await store.counties(conn, sorted({key[0] for key in keys}))
    shown = []
    for key in keys:
        if county is None or counties[key[0]] == county:
            notice = context.notices.get((counties[key[0]], key[1]))
            shown.append(_position(key, hands.get(key, []), missing.get(key, 0), notice, today))
    return shown


def _position(
    key: _Key, rows: Sequence[InHand], missing_fen: int, notice: Notice | None, today: date
) -> CashPosition:
    standing = rules.standing_of([Held(one.amount_fen, one.due_on) for one in rows], today)
    return CashPosition(
        collector_id=key[0],
        coverage_year=key[1],
        in_hand_fen=sum(one.amount_fen for one in rows),
        held_fen=sum(one.amount_fen for one in rows if one.held),
        receipts=sum(one.receipts for one in rows),
        oldest_paid_at=min((one.oldest_paid_at for one in rows), default=None),
        next_due_on=standing.next_due_on,
        due_today_fen=standing.due_fen,
        overdue_fen=standing.overdue_fen,
        waits_for_review=notice is not None and rules.waits_for_review(notice),
        due_year_unknown=max((one.year_unknown or 0 for one in rows), default=0) or None,
        missing_fen=missing_fen,
    )
