"""SQL of what happened, as it is told, and of who is told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_value, statement
from services.webhooks.tables import facts


@dataclass(frozen=True, slots=True)
class NewFact:
    """Something that happened, as it may be told."""

    source: str
    event_id: str
    type: str
    at: datetime
    order_key: str
    county: str | None
    place: str | None
    body: str
    correlation_id: str | None = None


_NEW = Records(facts, *NewFact.__dataclass_fields__)
#: Whether a subscription `s` wants a fact `f`.
WANTED = """(s.kinds IS NULL OR f.type = ANY(s.kinds))
      AND (s.county IS NULL OR s.county = f.county)
      AND (s.division = '' OR starts_with(f.place, s.division))"""
_ADD = statement(f"""
    WITH came AS (
        INSERT INTO facts ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
        ON CONFLICT (source, event_id) DO NOTHING
        RETURNING fact_id, type, order_key, county, place
    )
    INSERT INTO deliveries (subscription_id, fact_id, order_key)
    SELECT s.subscription_id, f.fact_id, f.order_key
    FROM came f JOIN subscriptions s ON {WANTED}
    ORDER BY f.fact_id, s.subscription_id
""")
_LISTENS = statement("SELECT EXISTS (SELECT FROM subscriptions)")
_FORGET = statement("""
    DELETE FROM facts WHERE fact_id IN (
        SELECT fact_id FROM facts WHERE recorded_at < now() - make_interval(days => :days) LIMIT 5000)
""")


async def anybody_listens(conn: AsyncConnection) -> bool:
    """Whether there is a subscription at all."""
    return bool(await fetch_value(conn, bool, _LISTENS))


async def add(conn: AsyncConnection, new: Collection[NewFact]) -> int:
    """Keep what happened, and have it told to everybody who wants it; give how many deliveries that makes."""
    return await execute(conn, _ADD, rows=list(new))


async def forget(conn: AsyncConnection, days: int) -> int:
    """Forget up to 5,000 facts that came longer ago, with their deliveries; give how many."""
    return await execute(conn, _FORGET, days=days)
