"""Keeps facts of the ledger itself with their postings: no other service tells them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.events.envelope import Fact
from services.ledger import hot_store
from services.ledger.facts import store
from services.ledger.facts.rules import Entered, StoredFact, business_at, own_entries, season_of


async def keep(conn: AsyncConnection, source: str, facts: Mapping[str, Fact], now: datetime) -> list[int]:
    """Keep facts by their event ids, and post each by itself; give their ids, in the same order.

    They belong to no enrollment and no payment line: what is known of those they do not change.
    """
    stored = [_stored(source, event_id, fact, now) for event_id, fact in facts.items()]
    ids = await hot_store.add_facts(conn, stored)
    entered = [
        Entered(ids[source, row.event_id], row.business_at, list(own_entries(facts[row.event_id])))
        for row in stored
    ]
    await store.post(conn, entered)
    return [one.fact_id for one in entered]


def _stored(source: str, event_id: str, fact: Fact, now: datetime) -> StoredFact:
    season = season_of(fact)
    return StoredFact(
        county=season.county,
        coverage_year=season.coverage_year,
        source=source,
        event_id=event_id,
        type=fact.type,
        event_at=now,
        business_at=business_at(fact),
        enrollment_id=None,
        payment_id=None,
        line_no=None,
        data=fact.model_dump_json(),
    )
