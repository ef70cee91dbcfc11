"""Takes facts of other services in: a batch of one topic becomes stored facts and postings."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received, TopicHandler
from services.ledger.dues import store as dues_store
from services.ledger.facts import rules, store
from services.ledger.lines import rules as lines
from services.ledger.postings.rules import Place


async def post_batch(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Store the facts of `batch` with what they post; about eight statements, however many facts.

    Locks are taken in one order everywhere: the lines, then the dues by key.
    """
    arrived = [received for received in await _unknown(conn, batch)]
    if not arrived:
        return
    books = rules.Books()
    await _open_lines(conn, books, arrived)
    await _open_dues(conn, books, arrived)
    ids = await store.next_ids(conn, len(arrived))
    entered = [
        rules.Entered(_stored(id_, received), books.enter(received.fact))
        for id_, received in zip(ids, arrived, strict=True)
    ]
    await store.add(conn, entered)
    changed = {key: books.due_positions[key] for key in sorted(books.changed_dues)}
    if changed:
        await dues_store.change_positions(conn, changed)


async def _unknown(conn: AsyncConnection, batch: Sequence[Received]) -> list[Received]:
    """Drop facts that were posted before the inbox forgot them (a replay of old events)."""
    keys = [(rules.place_of(r.fact), r.message.source, r.message.id) for r in batch]
    known = await store.known(conn, keys)
    return [r for r in batch if (r.message.source, r.message.id) not in known] if known else list(batch)


async def _open_lines(conn: AsyncConnection, books: rules.Books, arrived: Sequence[Received]) -> None:
    """Load what is known of the payment lines in `arrived`.

    Facts that bring money share the lock, a fact that uses it (a refund, an application out of suspense) holds
    it alone: so of two facts that belong together the later one always sees the earlier.
    """
    keys = {key for received in arrived if (key := rules.line_key(received.fact))}
    if not keys:
        return
    alone = any(rules.takes_from_line(received.fact) for received in arrived)
    await store.lock(conn, store.LINES, shared=not alone)
    for key, type_, data in await store.of_lines(conn, keys):
        fact = rules.BY_TYPE[type_].model_validate_json(data)
        books.line_positions[key] = books.line_positions.get(key, lines.NOTHING_KNOWN).with_fact(fact)


async def _open_dues(conn: AsyncConnection, books: rules.Books, arrived: Sequence[Received]) -> None:
    """Load and lock the due positions of the enrollments in `arrived`."""
    keys = {key for received in arrived if (key := rules.due_key(received.fact))}
    if keys:
        books.due_positions = await dues_store.lock_positions(conn, sorted(keys))


def _stored(id_: int, received: Received) -> rules.StoredFact:
    fact, message = received.fact, received.message
    due, line = rules.due_key(fact), rules.line_key(fact) or (None, None)
    return rules.StoredFact(
        id=id_,
        place=Place(*rules.place_of(fact)),
        source=message.source,
        event_id=message.id,
        type=message.type,
        event_at=message.time,
        business_at=rules.business_at(fact),
        enrollment_id=due[1] if due else None,
        payment_id=line[0],
        line_no=line[1],
        data=message.data.decode(),
    )


HANDLERS = {topic: TopicHandler(post_batch, types) for topic, types in rules.CONSUMED.items()}
