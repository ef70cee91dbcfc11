"""Takes facts of all services in: a batch becomes what is to be told, in the transaction of its inbox."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received, TopicHandler
from libs.common.policy import Notices
from services.webhooks.facts import rules, store
from services.webhooks.facts.store import NewFact


def handlers(notices: Notices) -> Mapping[str, TopicHandler]:
    """What is done with each topic; the notices say where a county lies."""

    async def keep(conn: AsyncConnection, batch: Sequence[Received]) -> None:
        # A season of which nobody is told costs nothing but its inbox.
        if await store.anybody_listens(conn):
            await store.add(conn, [_new(received, notices) for received in batch])

    return {topic: TopicHandler(keep, types) for topic, types in rules.CONSUMED.items()}


def _new(received: Received, notices: Notices) -> NewFact:
    fact, message = received.fact, received.message
    return NewFact(
        source=message.source,
        event_id=message.id,
        type=message.type,
        at=message.time,
        order_key=rules.order_key(fact, message),
        county=rules.county_of(fact),
        place=rules.place_of(fact, notices),
        body=rules.body_of(fact, message),
        correlation_id=message.correlation_id,
    )
