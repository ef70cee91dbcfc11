"""Publishes the events of a change: by rows in the outbox, in the transaction of the change.

    await outbox.append(conn, [Draft(PaymentReceived(...), key=str(person_id), time=paid_at)])

A fact of which very many are published at once may be composed as JSON directly: `Draft.composed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.bus.pokes import Pokes
from libs.common.db.engine import copy_rows
from libs.common.events.envelope import Fact
from libs.common.observability import traces
from libs.common.observability.correlation import correlation_id


@dataclass(frozen=True, slots=True)
class Cause:
    """What set a decision off: the correlation of a request or event, and the event's id."""

    correlation_id: str | None = None
    causation_id: str | None = None


#: Relays are told by whoever appends.
RELAYS = Pokes()

_COLUMNS = ("key", "type", "time", "data", "subject", "correlation_id", "causation_id")
_Row = tuple[str, str, datetime, str, str | None, str | None, str | None]

#: A draft of `Draft.composed`: the row as COPY takes it, which is a third faster than any class with names.
Composed = NewType("Composed", _Row)


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact to publish. Facts of one `key` keep their order; `time` is when it happened (business clock)."""

    fact: Fact
    key: str
    time: datetime
    subject: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None

    @staticmethod
    def composed(
        type_: type[Fact], data: str | bytes, key: str, time: datetime, cause: Cause | None = None
    ) -> Composed:
        """Draft a fact that was written as JSON already; a test holds its writer to the contract `type_`."""
        text = data if isinstance(data, str) else data.decode()
        if cause is None:
            return Composed((key, type_.type, time, text, None, None, None))
        return Composed((key, type_.type, time, text, None, cause.correlation_id, cause.causation_id))


def _row(draft: Draft) -> _Row:
    """The values of `_COLUMNS`."""
    fact, subject = draft.fact, draft.subject
    text = fact.model_dump_json()
    return draft.key, fact.type, draft.time, text, subject, draft.correlation_id, draft.causation_id


async def append(conn: AsyncConnection, drafts: Sequence[Draft | Composed]) -> None:
    """Write `drafts` to the outbox, in their order, by one COPY in the caller's transaction.

    Appending for a key whose other events may be appended concurrently needs a lock on what the key names
    (a row of the person, the payment), taken before: it is what orders the two changes in the first place.
    What says no correlation id gets that of the request in which it is written.
    A relay in this process is told; call `poke` after the commit to spare it looking again.
    """
    if not drafts:
        return
    rows: Sequence[_Row] = [_row(draft) if isinstance(draft, Draft) else draft for draft in drafts]
    if (identifier := correlation_id()) is not None:
        rows = [row if row[5] is not None else (*row[:5], identifier, row[6]) for row in rows]
    if traces.on():
        traces.remember_events((row[5], row[0], row[1]) for row in rows)
    await copy_rows(conn, "outbox", _COLUMNS, rows)
    RELAYS.poke(conn.engine.url)


def poke(engine: AsyncEngine) -> None:
    """Tell a relay in this process that the outbox has new rows; only saves it waiting for its next look."""
    RELAYS.poke(engine.url)
