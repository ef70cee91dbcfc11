"""SQL of what is stored for the matcher although no channel signed it: written by hand, or read in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, fetch_as, fetch_value, statement
from libs.common.observability.requests import begin
from libs.common.observability.traces import here
from services.collection.hot_store import queue_stored
from services.collection.intake.rules import StoredNotification
from services.collection.tables import notifications


@dataclass(frozen=True, slots=True)
class Claim:
    """What is stored for the matcher, as a channel would have said it."""

    channel: str
    dedupe_key: str
    kind: str
    content_sha256: bytes
    headers: str
    raw: bytes
    county: str
    coverage_year: int | None
    received_at: datetime


_CLAIMS = Records(notifications, *Claim.__dataclass_fields__)
_STORE = statement(f"""
    WITH stored AS (
        INSERT INTO notifications ({_CLAIMS.names}) SELECT {_CLAIMS.names} FROM {_CLAIMS}
    {queue_stored("county")}
""")
_KEEP = statement(f"""
    INSERT INTO notifications ({_CLAIMS.names}) SELECT {_CLAIMS.names} FROM {_CLAIMS} RETURNING id
""")
_ASKED = Records(notifications, "channel", "dedupe_key", alias="asked")
_KNOWN = statement(f"""
    SELECT n.id, n.channel, n.dedupe_key FROM {_ASKED}
    JOIN notifications n ON n.dedupe_key = asked.dedupe_key AND n.channel = asked.channel
""")


async def store_claims(conn: AsyncConnection, claims: Sequence[Claim]) -> dict[tuple[str, str], int]:
    """Store claims and queue those that may be matched; give the payment of each that was new."""
    stored = await fetch_as(conn, StoredNotification, _STORE, rows=claims)
    begin((f"payment-{one.id}" for one in stored), here())
    return {(one.channel, one.dedupe_key): one.id for one in stored}


async def keep_claim(conn: AsyncConnection, claim: Claim) -> int:
    """Store a claim that is carried out in the same transaction, so that nobody has to match it; its id."""
    stored = await fetch_value(conn, int, _KEEP, rows=[claim])
    assert stored is not None, "it was stored just now"
    begin([f"payment-{stored}"], here())
    return stored


async def known_claims(conn: AsyncConnection, claims: Sequence[Claim]) -> dict[tuple[str, str], int]:
    """Under which ids these claims stand."""
    found = await fetch_as(conn, StoredNotification, _KNOWN, asked=claims)
    return {(one.channel, one.dedupe_key): one.id for one in found}
