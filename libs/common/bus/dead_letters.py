"""Keeps the messages that could not be handled, and those that wait behind them."""

import re
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.port import Message
from libs.common.bus.tables import BUS
from libs.common.db.rows import (
    Records,
    Row,
    any_of,
    execute,
    fetch,
    fetch_as,
    fetch_value,
    fetch_values,
    statement,
)
from libs.common.db.texts import storable
from libs.common.db.trouble import causes

BEHIND = "Waits behind an earlier message of the same key."

_LETTERS = Records(
    BUS.dead_letters,
    *("topic", "partition", "position", "key", "source", "event_id", "type", "time", "subject"),
    *("correlation_id", "causation_id", "data"),
)
_PARK = statement(f"""
    INSERT INTO dead_letters ({_LETTERS.names}, reason, trace, attempts)
    SELECT {_LETTERS.names}, :reason, :trace, :attempts FROM {_LETTERS}
    ON CONFLICT (source, event_id) DO NOTHING
""")
_OPEN_OF_KEY = statement(f"""
    SELECT id, {_LETTERS.names} FROM dead_letters
    WHERE topic = :topic AND key = :key AND state IN ('parked', 'retrying') ORDER BY id FOR UPDATE
""")
_RETRYING = statement(f"""
    SELECT DISTINCT topic, key FROM dead_letters
    WHERE state = 'retrying' AND topic {any_of(BUS.dead_letters.c.topic, "topics")}
    ORDER BY topic, key LIMIT 1000
""")
_OPEN_KEYS = statement("""
    SELECT DISTINCT key FROM dead_letters WHERE topic = :topic AND state IN ('parked', 'retrying')
""")
_COUNT_OPEN = statement("""
    SELECT state, count(*) AS letters FROM dead_letters WHERE state IN ('parked', 'retrying') GROUP BY state
""")
_ENTER_INBOX = statement("""
    INSERT INTO inbox (source, event_id) VALUES (:source, :event_id) ON CONFLICT DO NOTHING RETURNING 1
""")
_CLOSE = statement("""
    UPDATE dead_letters SET state = :state, changed_at = now(), attempts = attempts + 1 WHERE id = :id
""")
_FAILED = statement("""
    UPDATE dead_letters SET reason = :reason, trace = :trace, attempts = attempts + 1, changed_at = now()
    WHERE id = :id
""")
_PARK_AGAIN = statement("""
    UPDATE dead_letters SET state = 'parked', changed_at = now()
    WHERE topic = :topic AND key = :key AND state = 'retrying'
""")


@dataclass(frozen=True, slots=True)
class TopicKey:
    """A key of a topic, whose messages are handled in order."""

    topic: str
    key: str


async def park(
    conn: AsyncConnection,
    messages: Sequence[Message],
    reason: str,
    trace: str | None = None,
    attempts: int = 0,
) -> None:
    """Keep messages as dead letters; those that are there already stay as they are."""
    letters = [_letter(message) for message in messages]
    await execute(conn, _PARK, rows=letters, reason=reason, trace=trace, attempts=attempts)


async def count_open(conn: AsyncConnection) -> dict[str, float]:
    """Count the letters that wait, by state."""
    counts = {row["state"]: row["letters"] for row in await fetch(conn, _COUNT_OPEN)}
    return {"parked": 0, "retrying": 0} | counts


async def retrying_keys(conn: AsyncConnection, topics: Sequence[str]) -> list[TopicKey]:
    """Give the keys for which another try was asked for."""
    return await fetch_as(conn, TopicKey, _RETRYING, topics=list(topics))


async def open_keys(conn: AsyncConnection, topic: str) -> list[str]:
    """Give the keys that have open letters."""
    return await fetch_values(conn, str, _OPEN_KEYS, topic=topic)


async def lock_open(conn: AsyncConnection, topic: str, key: str) -> list[tuple[int, Message]]:
    """Lock the open letters of `key`, oldest first; later messages of the key wait for this transaction."""
    return [(row["id"], _message(row)) for row in await fetch(conn, _OPEN_OF_KEY, topic=topic, key=key)]


async def enter_inbox(conn: AsyncConnection, message: Message) -> bool:
    """Enter a letter's message into the inbox; False when it has been handled before."""
    return await fetch_value(conn, int, _ENTER_INBOX, source=message.source, event_id=message.id) is not None


async def close(conn: AsyncConnection, letter_id: int, state: str = "handled") -> None:
    """Record that a letter was handled, or discarded."""
    await execute(conn, _CLOSE, id=letter_id, state=state)


async def failed_again(conn: AsyncConnection, letter_id: int, error: BaseException) -> None:
    """Record that another try of a letter failed."""
    await execute(conn, _FAILED, id=letter_id, reason=reason_of(error), trace=trace_of(error))


async def park_again(conn: AsyncConnection, topic: str, key: str) -> None:
    """Let the letters of `key` wait for the operator again."""
    await execute(conn, _PARK_AGAIN, topic=topic, key=key)


def _letter(message: Message) -> dict[str, object]:
    """The row of a message; what no text of the database holds is shown by a mark, so that it can be kept."""
    told = {
        "topic": message.topic, "partition": message.partition, "position": message.position,
        "key": message.key, "source": message.source, "event_id": message.id, "type": message.type,
        "time": _in_utc(message.time), "subject": message.subject, "correlation_id": message.correlation_id,
        "causation_id": message.causation_id, "data": message.data.decode(errors="replace"),
    }  # fmt: skip
    return {name: storable(value) if isinstance(value, str) else value for name, value in told.items()}


def _in_utc(instant: datetime) -> datetime:
    """The instant in an offset that the database reads, at the end of its range where it lies beyond."""
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if instant.year == 1 else datetime.max.replace(tzinfo=UTC)


def _message(row: Row) -> Message:
    return Message(
        topic=row["topic"], partition=row["partition"], position=row["position"], key=row["key"],
        id=row["event_id"], source=row["source"], type=row["type"], time=row["time"],
        data=row["data"].encode(), subject=row["subject"], correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
    )  # fmt: skip


def reason_of(error: BaseException) -> str:
    """Say in one sentence why handling failed, without values that may be personal data.

    Database errors keep SQLSTATE and constraint but not their detail, which quotes the row; of validation
    errors the places stay, not the input; runs of six or more digits are masked.
    """
    cause = list(causes(error))[-1]
    if isinstance(cause, ValidationError):
        faults = cause.errors(include_input=False, include_url=False, include_context=False)
        said = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:5])
    else:
        said = str(cause).split("\n", 1)[0]
    code = getattr(cause, "sqlstate", None)
    constraint = getattr(cause, "constraint_name", None)
    details = ", ".join(
        filter(None, (code and f"SQLSTATE {code}", constraint and f"constraint {constraint}"))
    )
    sentence = f"{type(cause).__name__}: {said}" + (f" ({details})" if details else "")
    return storable(re.sub(r"\d{6,}[Xx]?", "******", sentence)[:500])


def trace_of(error: BaseException) -> str:
    """Give where it failed: the code lines of the traceback, without the error's text."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}: {frame.line}" for frame in frames)
