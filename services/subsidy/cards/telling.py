"""Tells, once of each person, that there is a card: never anything of the account."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus import outbox
from libs.common.bus.outbox import Cause, Draft
from libs.common.events.subsidy import CardRecorded
from services.subsidy.cards import told_store


async def tell_cards(conn: AsyncConnection, person_ids: Collection[int], at: datetime, cause: Cause) -> None:
    """Tell of those people, locked before, who have a card of which nobody was told."""
    facts = [
        CardRecorded(person_id=one.person_id, county=one.county, recorded_at=at)
        for one in await told_store.tell(conn, person_ids, at)
    ]
    why = {"correlation_id": cause.correlation_id, "causation_id": cause.causation_id}
    await outbox.append(conn, [Draft(fact, str(fact.person_id), at, **why) for fact in facts])
