"""SQL of who has a social-security card on record, as subsidy tells."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received
from libs.common.db.rows import Records, execute, statement
from libs.common.events.subsidy import CardRecorded
from services.registration.tables import card_owners

_OWNER = Records(card_owners, "person_id", "county", "known_at")
_KEEP = statement(f"""
    INSERT INTO card_owners ({_OWNER.names}) SELECT {_OWNER.names} FROM {_OWNER} ORDER BY person_id
    ON CONFLICT (person_id) DO NOTHING
""")


async def keep_owners(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Keep who has a card, since when."""
    told = {
        fact.person_id: {"person_id": fact.person_id, "county": fact.county, "known_at": fact.recorded_at}
        for one in batch
        if isinstance(fact := one.fact, CardRecorded)
    }
    await execute(conn, _KEEP, rows=list(told.values()))
