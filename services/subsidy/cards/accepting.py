"""Accepts an account whose holder is not the person."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Decision
from libs.common.cases.store import CaseRow
from services.subsidy.cards import holders_store
from services.subsidy.payouts import cards_store as cards_of_payouts


async def accept(conn: AsyncConnection, context: object, case: CaseRow, decision: Decision) -> None:
    """Two persons found the account right: money may go there."""
    assert case.person_id is not None, "a card that is held back has an owner"
    await holders_store.accept(conn, int(str(case.evidence["card_id"])), decision.at)
    await cards_of_payouts.find_cards(conn, person_ids=[case.person_id])
