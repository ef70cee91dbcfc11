"""Answers "what happened to messages that could not be handled?": the store of parked messages (SQL only)."""

import re
import traceback
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bus.port import Message
from libs.common.db.trouble import causes

BEHIND = "Waits behind an earlier message of the same key."

_PARK = text("""
    INSERT INTO dead_letters (topic, partition, position, key, source, event_id, type, time, subject,
        correlation_id, causation_id, data, reason, trace, attempts)
    SELECT :topic, m.*, :reason, :trace, :attempts
    FROM unnest(CAST(:partitions AS int[]), CAST(:positions AS bigint[]), CAST(:keys AS text[]),
                CAST(:sources AS text[]), CAST(:ids AS text[]), CAST(:types AS text[]),
                CAST(:times AS timestamptz[]), CAST(:subjects AS text[]), CAST(:correlations AS text[]),
                CAST(:causations AS text[]), CAST(:data AS text[])) AS m
    ON CONFLICT (source, event_id) DO NOTHING
""")
_OPEN_OF_KEY = text("""
    SELECT * FROM dead_letters
    WHERE topic = :topic AND key = :key AND state IN ('parked', 'retrying') ORDER BY id FOR UPDATE
""")
_RETRYING = text("""
    SELECT DISTINCT topic, key FROM dead_letters
    WHERE state = 'retrying' AND topic = ANY(CAST(:topics AS text[])) ORDER BY topic, key LIMIT 1000
""")
_COUNT_OPEN = text("""
    SELECT state, count(*) AS letters FROM dead_letters WHERE state IN ('parked', 'retrying') GROUP BY state
""")
_ENTER_INBOX = text("""
    INSERT INTO inbox (source, event_id) VALUES (:source, :event_id) ON CONFLICT DO NOTHING RETURNING 1
""")
_CLOSE = text("""
    UPDATE dead_letters SET state = :state, changed_at = now(), attempts = attempts + 1 WHERE id = :id
""")
_FAILED = text("""
    UPDATE dead_letters SET reason = :reason, trace = :trace, attempts = attempts + 1, changed_at = now()
    WHERE id = :id
""")
_PARK_AGAIN = text("""
    UPDATE dead_letters SET state = 'parked', changed_at = now()
    WHERE topic = :topic AND key = :key AND state = 'retrying'
""")


async def park(
    conn: AsyncConnection,
    messages: Sequence[Message],
    reason: str,
    trace: str | None = None,
    attempts: int = 0,
) -> None:
    """Keep `messages` of one topic as dead letters; those that are there already stay as they are."""
    await conn.execute(
        _PARK,
        {
            "topic": messages[0].topic,
            "partitions": [m.partition for m in messages],
            "positions": [m.position for m in messages],
            "keys": [m.key for m in messages],
            "sources": [m.source for m in messages],
            "ids": [m.id for m in messages],
            "types": [m.type for m in messages],
            "times": [m.time for m in messages],
            "subjects": [m.subject for m in messages],
            "correlations": [m.correlation_id for m in messages],
            "causations": [m.causation_id for m in messages],
            "data": [m.data.decode(errors="replace") for m in messages],
            "reason": reason,
            "trace": trace,
            "attempts": attempts,
        },
    )


async def count_open(conn: AsyncConnection) -> dict[str, float]:
    """Count the letters that wait, by state."""
    rows = await conn.execute(_COUNT_OPEN)
    return {"parked": 0, "retrying": 0} | {row.state: row.letters for row in rows}


async def retrying_keys(conn: AsyncConnection, topics: Sequence[str]) -> list[tuple[str, str]]:
    """Give the (topic, key) pairs for which another try was asked for."""
    rows = await conn.execute(_RETRYING, {"topics": list(topics)})
    return [(row.topic, row.key) for row in rows]


async def lock_open(conn: AsyncConnection, topic: str, key: str) -> list[tuple[int, Message]]:
    """Lock the open letters of `key`, oldest first; later messages of the key wait for this transaction."""
    rows = await conn.execute(_OPEN_OF_KEY, {"topic": topic, "key": key})
    return [(row.id, _message(row)) for row in rows]


async def enter_inbox(conn: AsyncConnection, message: Message) -> bool:
    """Enter a letter's message into the inbox; False when it has been handled before."""
    row = await conn.execute(_ENTER_INBOX, {"source": message.source, "event_id": message.id})
    return row.first() is not None


async def close(conn: AsyncConnection, letter_id: int, state: str = "handled") -> None:
    """Record that a letter was handled, or discarded."""
    await conn.execute(_CLOSE, {"id": letter_id, "state": state})


async def failed_again(conn: AsyncConnection, letter_id: int, error: BaseException) -> None:
    """Record that another try of a letter failed."""
    await conn.execute(_FAILED, {"id": letter_id, "reason": reason_of(error), "trace": trace_of(error)})


async def park_again(conn: AsyncConnection, topic: str, key: str) -> None:
    """Let the letters of `key` wait for the operator again."""
    await conn.execute(_PARK_AGAIN, {"topic": topic, "key": key})


def _message(row: Any) -> Message:
    return Message(
        row.topic, row.partition, row.position, row.key, row.event_id, row.source, row.type, row.time,
        row.data.encode(), row.subject, row.correlation_id, row.causation_id,
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
    return re.sub(r"\d{6,}[Xx]?", "******", sentence)[:500]


def trace_of(error: BaseException) -> str:
    """Give where it failed: the code lines of the traceback, without the error's text."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}: {frame.line}" for frame in frames)
