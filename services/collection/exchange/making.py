"""Makes a batch of whatever a party does not know yet: all of it in one transaction, or none."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases import store as cases
from libs.common.cases.store import Gone
from services.collection.cases.exchanges import ROW_REFUSED
from services.collection.exchange import store
from services.collection.exchange.profiles import Profile
from services.collection.exchange.rules import Kind, Party, subject_of
from services.collection.exchange.store import NewBatch

_SENT_ANEW = "it was sent anew"


@dataclass(frozen=True, slots=True)
class Order:
    """What a batch is to be of, in which layout."""

    county: str
    division_code: str
    coverage_year: int
    party: Party
    kind: Kind
    profile: Profile
    by: str


async def make_batch(conn: AsyncConnection, order: Order, at: datetime) -> int | None:
    """Make the next batch of a party; None where it knows all there is, and then no number is used.

    Of two made at once the second waits, and finds what the first left. Cases about rows that go again close.
    """
    await store.take_turn(conn, order.county, order.party)
    new = NewBatch(
        county=order.county,
        division_code=order.division_code,
        coverage_year=order.coverage_year,
        party=order.party,
        kind=order.kind,
        profile=order.profile.name,
        layout=order.profile.model_dump(mode="json"),
        made_at=at,
        made_by=order.by,
    )
    # A number of a batch without rows is given back, and so is all that the batch wrote.
    async with conn.begin_nested() as empty:
        batch_id = await store.create(conn, new)
        added = await store.add_changed(conn, batch_id, new)
        if not added.row_count:
            await empty.rollback()
            return None
    anew = await store.sent_anew(conn, batch_id)
    gone = [Gone(ROW_REFUSED.code, subject_of(order.party, order.kind, number)) for number in anew]
    await cases.close_cases(conn, gone, at, _SENT_ANEW)
    return batch_id
