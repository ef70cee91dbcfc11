"""Takes facts of other services in: a batch of one topic becomes stored facts and postings."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.consumer import Received, TopicHandler
from libs.common.events.channel_days import ChannelDayTotalled
from libs.common.events.registration import PersonMerged
from services.ledger import hot_store
from services.ledger.daytotals import comparing
from services.ledger.dues import store as dues_store
from services.ledger.dues.rules import contributions_of
from services.ledger.facts import rules, store
from services.ledger.lines import rules as lines


async def post_batch(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Store the facts of `batch` and what they post, in about eight statements, however many facts.

    Locks are taken in one order everywhere: the lines, then the dues by key.
    """
    books = rules.Books()
    await _open_lines(conn, books, batch)
    await _open_dues(conn, books, batch)
    stored = [_stored(received) for received in batch]
    ids = await hot_store.add_facts(conn, stored)
    entered = [
        rules.Entered(id_, row.business_at, books.enter(received.fact, row.event_at))
        for row, received in zip(stored, batch, strict=True)
        if (id_ := ids.get((row.source, row.event_id))) is not None
    ]
    await store.post(conn, entered)
    await store.note_merges(conn, _merges(batch, ids))
    if books.changed_dues:
        changed = {key: books.due_positions[key] for key in sorted(books.changed_dues)}
        await dues_store.change_positions(conn, changed)


async def _open_lines(conn: AsyncConnection, books: rules.Books, arrived: Sequence[Received]) -> None:
    """Load what is known of the payment lines in `arrived`.

    Facts that bring money share the lock, a fact that uses it (a refund, an application out of suspense)
    holds it alone: so of two facts that belong together the later one always sees the earlier.
    """
    keys = {key for received in arrived if (key := rules.line_key(received.fact))}
    if not keys:
        return
    alone = any(rules.takes_from_line(received.fact) for received in arrived)
    await store.lock(conn, store.LINES, shared=not alone)
    for known in await store.of_lines(conn, keys):
        fact = rules.BY_TYPE[known.type].model_validate_json(known.data)
        key = (known.payment_id, known.line_no)
        position = books.line_positions.get(key, lines.NOTHING_KNOWN)
        assert isinstance(fact, rules.LINE_FACTS)
        books.line_positions[key] = position.with_fact(fact, known.event_at)


async def _open_dues(conn: AsyncConnection, books: rules.Books, arrived: Sequence[Received]) -> None:
    """Load and lock the due positions of the enrollments in `arrived`, and of those whose lines these are."""
    keys = {key for received in arrived if (key := rules.due_key(received.fact))}
    keys |= {
        (contribution.season, contribution.enrollment_id)
        for line in books.line_positions.values()
        for contribution in contributions_of(line)
    }
    if keys:
        books.due_positions = await dues_store.lock_positions(conn, sorted(keys))


def _merges(batch: Sequence[Received], ids: Mapping[tuple[str, str], int]) -> list[store.Merge]:
    """The merges among facts that are stored by now."""
    return [
        store.Merge(fact.county, fact.merged_person_id, fact.person_id, id_, fact.merged_at)
        for received in batch
        if isinstance(fact := received.fact, PersonMerged)
        and (id_ := ids.get((received.message.source, received.message.id))) is not None
    ]


def _stored(received: Received) -> rules.StoredFact:
    fact, message = received.fact, received.message
    line = rules.line_key(fact) or (None, None)
    season = rules.season_of(fact)
    return rules.StoredFact(
        county=season.county,
        coverage_year=season.coverage_year,
        source=message.source,
        event_id=message.id,
        type=message.type,
        event_at=message.time,
        business_at=rules.business_at(fact),
        enrollment_id=getattr(fact, "enrollment_id", None),
        payment_id=line[0],
        line_no=line[1],
        data=message.data.decode(),
    )


async def take_in(conn: AsyncConnection, batch: Sequence[Received]) -> None:
    """Post facts, and keep sums of days that are no facts of the books."""
    facts = [received for received in batch if not isinstance(received.fact, ChannelDayTotalled)]
    if facts:
        await post_batch(conn, facts)
    await comparing.take_in(conn, [one.fact for one in batch if isinstance(one.fact, ChannelDayTotalled)])


HANDLERS = {topic: TopicHandler(take_in, types) for topic, types in rules.CONSUMED.items()}
