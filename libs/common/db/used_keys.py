"""The idempotency keys that were used, with what was asked under them and what was answered.

What they mean to a caller is in `libs/common/web/idempotency.py`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, SmallInteger, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_one_as, fetch_value, statement, value_of
from libs.common.db.sealed import Sealed

#: Longer than any caller repeats a request.
KEPT_DAYS = 30


def idempotency_table(metadata: MetaData) -> Table:
    """Add the keys that were used, to a service's tables."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("caller", Text, primary_key=True, comment="the subject of the token"),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of operation and request"),
        Column("status", SmallInteger, comment="of the answer"),
        Column("answer", Sealed(Text), comment="the body as it was sent"),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A key that was used. `status` and `answer` come with the end of the effect."""

    fingerprint: bytes
    status: int | None
    answer: str | None


_TAKE = statement("""
    INSERT INTO idempotency_keys (caller, key, fingerprint, created_at)
    VALUES (:caller, :key, :fingerprint, :at)
    ON CONFLICT (caller, key) DO NOTHING
""")
_ANSWER = idempotency_table(MetaData()).c.answer
_FIND = statement(
    "SELECT fingerprint, status, answer FROM idempotency_keys WHERE caller = :caller AND key = :key", _ANSWER
)
_KEEP = statement(f"""
    UPDATE idempotency_keys SET status = :status, answer = {value_of(_ANSWER, "answer")}
    WHERE caller = :caller AND key = :key
""")
_FORGET = statement("DELETE FROM idempotency_keys WHERE caller = :caller AND key = :key")
_HAS_KEYS = statement("SELECT to_regclass('idempotency_keys') IS NOT NULL")
_PURGE = statement("""
    DELETE FROM idempotency_keys WHERE (caller, key) IN (
        SELECT caller, key FROM idempotency_keys
        WHERE created_at < now() - make_interval(days => :days) LIMIT 5000)
""")


async def take(conn: AsyncConnection, caller: str, key: str, fingerprint: bytes, at: datetime) -> bool:
    """Take a key until the transaction ends, and for good if it commits; False when it was used before."""
    return await execute(conn, _TAKE, caller=caller, key=key, fingerprint=fingerprint, at=at) > 0


async def forget(conn: AsyncConnection, caller: str, key: str) -> None:
    """Give a key back."""
    await execute(conn, _FORGET, caller=caller, key=key)


async def find(conn: AsyncConnection, caller: str, key: str) -> UsedKey:
    """Give a key that was used."""
    found = await fetch_one_as(conn, UsedKey, _FIND, caller=caller, key=key)
    assert found is not None, "a key that could not be taken is there"
    return found


async def keep(conn: AsyncConnection, caller: str, key: str, status: int, answer: str) -> None:
    """Keep what was answered."""
    await execute(conn, _KEEP, caller=caller, key=key, status=status, answer=answer)


async def purge(conn: AsyncConnection, days: int = KEPT_DAYS) -> int:
    """Delete up to 5,000 keys older than `days`; gives how many. A service without keys has no such table."""
    if not await fetch_value(conn, bool, _HAS_KEYS):
        return 0
    return await execute(conn, _PURGE, days=days)
