"""SQL of deliveries: which are due, what came of them, the log, and what is told again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    execute,
    fetch,
    fetch_as,
    fetch_one_as,
    fetch_values,
    statement,
)
from services.webhooks.deliveries.rules import DeliveryState, Health, webhook_id
from services.webhooks.facts.store import WANTED
from services.webhooks.tables import deliveries, secrets


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that was claimed: `tries` counts this attempt."""

    delivery_id: int
    tries: int
    source: str
    event_id: str
    body: str
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt, the `tries`th of its delivery."""

    delivery_id: int
    tries: int
    state: str
    answer: str
    tried_at: datetime
    next_try_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as the log has it."""

    subscription_id: int
    delivery_id: int
    source: str
    event_id: str
    type: str
    at: datetime
    state: str
    tries: int
    answer: str | None
    tried_at: datetime | None
    next_try_at: datetime | None
    ended_at: datetime | None

    @property
    def webhook_id(self) -> str:
        """What its receiver knows it by."""
        return webhook_id(self.subscription_id, self.source, self.event_id)


@dataclass(frozen=True, slots=True)
class Target:
    """An address, and how it answers."""

    url: str
    county: str | None
    division: str
    failures: int
    failing_since: datetime | None
    taken_at: datetime | None


_WITH_DUE = statement("""
    SELECT s.subscription_id FROM subscriptions s
    WHERE s.state = 'active' AND EXISTS (
        SELECT FROM deliveries d WHERE d.subscription_id = s.subscription_id
          AND d.state = 'waiting' AND d.next_try_at <= :now)
    ORDER BY 1
""")
_TARGET = "SELECT url, county, division, failures, failing_since, taken_at FROM subscriptions"
_ACTIVE = statement(f"{_TARGET} WHERE subscription_id = :subscription_id AND state = 'active'")
_LOCK = statement(f"{_TARGET} WHERE subscription_id = :subscription_id AND state = 'active' FOR UPDATE")
_KEYS = statement(
    """
    SELECT key FROM subscription_secrets
    WHERE subscription_id = :subscription_id AND (signs_until IS NULL OR signs_until > :now)
    ORDER BY secret_id DESC
    """,
    secrets.c.key,
)
# Of one person nothing is told before what came earlier; what another sender has claimed is not due.
_CLAIM = statement("""
    WITH due AS (
        SELECT d.delivery_id FROM deliveries d
        WHERE d.subscription_id = :subscription_id AND d.state = 'waiting' AND d.next_try_at <= :now
          AND NOT EXISTS (
              SELECT FROM deliveries o WHERE o.subscription_id = d.subscription_id
                AND o.order_key = d.order_key AND o.state = 'waiting' AND o.delivery_id < d.delivery_id)
        ORDER BY d.delivery_id LIMIT :limit FOR UPDATE OF d SKIP LOCKED
    ), claimed AS (
        UPDATE deliveries d SET tries = d.tries + 1, next_try_at = :until
        FROM due WHERE d.delivery_id = due.delivery_id
        RETURNING d.delivery_id, d.tries, d.fact_id
    )
    SELECT c.delivery_id, c.tries, f.source, f.event_id, f.body, f.correlation_id
    FROM claimed c JOIN facts f USING (fact_id) ORDER BY c.delivery_id
""")
_OUTCOME = Records(deliveries, *Outcome.__dataclass_fields__)
# Who comes back after another sender has tried anew has nothing to say any more.
_NOTE = statement(f"""
    UPDATE deliveries SET {_OUTCOME.changes("state", "answer", "tried_at", "next_try_at", "ended_at")}
    FROM {_OUTCOME} WHERE deliveries.delivery_id = rows.delivery_id
      AND deliveries.state = 'waiting' AND deliveries.tries = rows.tries
""")
_HEALTH = statement("""
    UPDATE subscriptions SET failures = :failures, failing_since = :failing_since, taken_at = :taken_at,
           state = CASE WHEN CAST(:pause_reason AS text) IS NULL THEN state ELSE 'paused' END,
           pause_reason = :pause_reason,
           paused_at = CASE WHEN CAST(:pause_reason AS text) IS NULL THEN paused_at ELSE :now END
    WHERE subscription_id = :subscription_id
""")
_AGAIN = statement("""
    UPDATE deliveries SET tries = 0, next_try_at = now()
    WHERE subscription_id = :subscription_id AND state = 'waiting'
""")
_REPLAY = statement(f"""
    INSERT INTO deliveries (subscription_id, fact_id, order_key)
    SELECT s.subscription_id, f.fact_id, f.order_key
    FROM subscriptions s JOIN facts f ON {WANTED}
    WHERE s.subscription_id = :subscription_id AND f.at >= :from_at AND f.at < :until_at
    ORDER BY f.fact_id
    ON CONFLICT (subscription_id, fact_id) WHERE state = 'waiting' DO NOTHING
""")
_PAGE = statement("""
    SELECT d.subscription_id, d.delivery_id, f.source, f.event_id, f.type, f.at, d.state, d.tries, d.answer,
           d.tried_at, CASE WHEN d.state = 'waiting' THEN d.next_try_at END AS next_try_at, d.ended_at
    FROM deliveries d JOIN facts f USING (fact_id)
    WHERE d.subscription_id = :subscription_id
      AND (CAST(:before AS bigint) IS NULL OR d.delivery_id < :before)
      AND (CAST(:state AS text) IS NULL OR d.state = :state)
    ORDER BY d.delivery_id DESC LIMIT :limit
""")
_WAITING = statement("""
    SELECT subscription_id::text AS subscription, count(*) AS number FROM deliveries
    WHERE state = 'waiting' GROUP BY subscription_id
""")
_PAUSED = statement("""
    SELECT pause_reason AS reason, count(*) AS number FROM subscriptions
    WHERE state = 'paused' GROUP BY pause_reason
""")
_FORGET_KEYS = statement("DELETE FROM subscription_secrets WHERE signs_until < :now")


async def with_due(conn: AsyncConnection, now: datetime) -> list[int]:
    """The active subscriptions for which something is due."""
    return await fetch_values(conn, int, _WITH_DUE, now=now)


async def target(conn: AsyncConnection, subscription_id: int, *, hold: bool = False) -> Target | None:
    """Where an active subscription has its address; with `hold` nobody changes it meanwhile."""
    found = _LOCK if hold else _ACTIVE
    return await fetch_one_as(conn, Target, found, subscription_id=subscription_id)


async def keys(conn: AsyncConnection, subscription_id: int, now: datetime) -> list[str]:
    """The secrets that sign for a subscription, newest first."""
    return await fetch_values(conn, str, _KEYS, subscription_id=subscription_id, now=now)


async def claim(
    conn: AsyncConnection, subscription_id: int, *, now: datetime, until: datetime, limit: int
) -> list[Due]:
    """Take what is due of a subscription, for this sender alone until an instant."""
    return await fetch_as(
        conn, Due, _CLAIM, subscription_id=subscription_id, now=now, until=until, limit=limit
    )


async def note(conn: AsyncConnection, outcomes: Collection[Outcome]) -> None:
    """Keep what became of attempts."""
    await execute(conn, _NOTE, rows=list(outcomes))


async def keep_health(conn: AsyncConnection, subscription_id: int, health: Health, now: datetime) -> None:
    """Keep how an address answers; pause it for a reason."""
    await execute(
        conn,
        _HEALTH,
        subscription_id=subscription_id,
        failures=health.failures,
        failing_since=health.failing_since,
        taken_at=health.taken_at,
        pause_reason=health.pause_reason,
        now=now,
    )


async def begin_again(conn: AsyncConnection, subscription_id: int) -> int:
    """Make everything that waits due, as if it were new; give how much that is."""
    return await execute(conn, _AGAIN, subscription_id=subscription_id)


async def replay(conn: AsyncConnection, subscription_id: int, from_at: datetime, until_at: datetime) -> int:
    """Have told again what happened in a time and is kept; what waits already is told once."""
    return await execute(conn, _REPLAY, subscription_id=subscription_id, from_at=from_at, until_at=until_at)


async def page(
    conn: AsyncConnection,
    subscription_id: int,
    state: DeliveryState | None,
    before: int | None,
    limit: int,
) -> list[DeliveryRow]:
    """The log of a subscription, newest first."""
    return await fetch_as(
        conn,
        DeliveryRow,
        _PAGE,
        subscription_id=subscription_id,
        state=state,
        before=before,
        limit=limit,
    )


async def waiting(conn: AsyncConnection) -> Mapping[str, float]:
    """How much waits, by subscription."""
    return {str(row["subscription"]): row["number"] for row in await fetch(conn, _WAITING)}


async def paused(conn: AsyncConnection) -> Mapping[str, float]:
    """How many subscriptions are paused, by reason."""
    return {str(row["reason"]): row["number"] for row in await fetch(conn, _PAUSED)}


async def forget_keys(conn: AsyncConnection, now: datetime) -> int:
    """Forget secrets that were replaced and sign no more; give how many."""
    return await execute(conn, _FORGET_KEYS, now=now)
