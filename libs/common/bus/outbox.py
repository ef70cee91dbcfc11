"""Answers "how does a change publish its event?": by a row in the outbox, in the same transaction."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.events.envelope import Fact

_APPEND = text("""
    INSERT INTO outbox (key, type, time, subject, correlation_id, causation_id, data)
    SELECT key, type, time, subject, correlation_id, causation_id, data
    FROM unnest(CAST(:keys AS text[]), CAST(:types AS text[]), CAST(:times AS timestamptz[]),
                CAST(:subjects AS text[]), CAST(:correlations AS text[]), CAST(:causations AS text[]),
                CAST(:facts AS text[]))
      WITH ORDINALITY AS draft(key, type, time, subject, correlation_id, causation_id, data, no)
    ORDER BY no
""")


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact to publish. Facts of one `key` keep their order; `time` is when it happened (business clock)."""

    fact: Fact
    key: str
    time: datetime
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None


async def append(conn: AsyncConnection, drafts: Sequence[Draft]) -> None:
    """Write `drafts` to the outbox, in their order, with one statement of the caller's transaction.

    Appending for a key whose other events may be appended concurrently needs a lock on what the key names
    (a row of the person, the payment), taken before: it is what orders the two changes in the first place.
    """
    if not drafts:
        return
    await conn.execute(
        _APPEND,
        {
            "keys": [draft.key for draft in drafts],
            "types": [draft.fact.type for draft in drafts],
            "times": [draft.time for draft in drafts],
            "subjects": [draft.subject for draft in drafts],
            "correlations": [draft.correlation_id for draft in drafts],
            "causations": [draft.causation_id for draft in drafts],
            "facts": [draft.fact.model_dump_json() for draft in drafts],
        },
    )
    _poke(conn.sync_connection.engine.url)


def poke(engine: AsyncEngine) -> None:
    """Tell a relay in this process that the outbox has new rows; only saves it waiting for its next look."""
    _poke(engine.url)


_relays: dict[tuple[Any, ...], set[asyncio.Event]] = {}


def _address(url: Any) -> tuple[Any, ...]:
    return (url.host, url.port, url.database)


def _poke(url: Any) -> None:
    for event in _relays.get(_address(url), ()):
        event.set()


@contextmanager
def poked(engine: AsyncEngine) -> Iterator[asyncio.Event]:
    """Give the event that `append` and `poke` set for this database; for the relay."""
    event = asyncio.Event()
    listening = _relays.setdefault(_address(engine.url), set())
    listening.add(event)
    try:
        yield event
    finally:
        listening.discard(event)
