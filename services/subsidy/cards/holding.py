"""Holds money back from accounts whose holder is not the person, and asks somebody about them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone, NewCase
from services.subsidy.cards import holders_store as store
from services.subsidy.cards.holders_store import Misfit
from services.subsidy.cases.rules import CAUSE_GONE, HOLDER_DIFFERS
from services.subsidy.payouts import cards_store as cards_of_payouts


async def check_holders(conn: AsyncConnection, person_ids: Collection[int], at: datetime) -> set[str]:
    """Open a case about each card of these people (or wards) that is not theirs; close those that ended.

    Gives the cards, by the digests of their numbers.
    """
    if not person_ids:
        return set()
    found = {_subject(one.card_id): one for one in await store.misfits(conn, person_ids)}
    asked = await store.asked(conn, {*person_ids, *(one.person_id for one in found.values())})
    ended = [subject for subject, is_open in asked.items() if is_open and subject not in found]
    gone = [Gone(HOLDER_DIFFERS.code, subject) for subject in sorted(ended)]
    await cases.close_cases(conn, gone, at, CAUSE_GONE)
    if found:
        new = [_case(one, at) for subject, one in found.items() if subject not in asked]
        await cases.open_cases(conn, new)
        await cards_of_payouts.lose_cards(conn, {one.person_id for one in found.values()})
    return {one.digest for one in found.values()}


def _subject(card_id: int) -> str:
    return f"cards/{card_id}"


def _case(misfit: Misfit, at: datetime) -> NewCase:
    return NewCase(
        kind=HOLDER_DIFFERS.code,
        subject=_subject(misfit.card_id),
        owner=HOLDER_DIFFERS.owner,
        proposed="another",
        opened_at=at,
        evidence={"card_id": misfit.card_id, "account": misfit.account_masked, "bank": misfit.bank},
        county=misfit.county,
        division_code=misfit.division_code,
        person_id=misfit.person_id,
    )
