"""SQL of subscriptions and their secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.webhooks.tables import secrets, subscriptions


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """Who wants to be told of what, and where."""

    url: str
    note: str | None
    kinds: Sequence[str] | None
    county: str | None
    division: str
    state: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that signs for a subscription."""

    subscription_id: int
    key: str
    fingerprint: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription, without its secrets; `fingerprints` of those that sign, newest first."""

    subscription_id: int
    url: str
    note: str | None
    kinds: list[str] | None
    county: str | None
    division: str
    division_code: str | None
    state: str
    pause_reason: str | None
    paused_at: datetime | None
    failures: int
    failing_since: datetime | None
    taken_at: datetime | None
    made_at: datetime
    made_by: str
    waiting: int
    fingerprints: list[str]


_NEW = Records(subscriptions, *NewSubscription.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO subscriptions ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING subscription_id
""")
_SECRET = Records(secrets, *NewSecret.__dataclass_fields__)
_ADD_SECRET = statement(
    f"INSERT INTO subscription_secrets ({_SECRET.names}) SELECT {_SECRET.names} FROM {_SECRET}"
)
_RETIRE = statement("""
    UPDATE subscription_secrets SET signs_until = least(coalesce(signs_until, :until), :until)
    WHERE subscription_id = :subscription_id
""")
_SHOWN = """
    SELECT s.subscription_id, s.url, s.note, s.kinds, s.county, s.division,
           rpad(nullif(s.division, ''), 12, '0') AS division_code, s.state, s.pause_reason, s.paused_at,
           s.failures, s.failing_since, s.taken_at, s.made_at, s.made_by,
           (SELECT count(*) FROM deliveries d
            WHERE d.subscription_id = s.subscription_id AND d.state = 'waiting') AS waiting,
           (SELECT array_agg(fingerprint ORDER BY secret_id DESC) FROM subscription_secrets k
            WHERE k.subscription_id = s.subscription_id
              AND (k.signs_until IS NULL OR k.signs_until > now())) AS fingerprints
    FROM subscriptions s
"""
_FIND = statement(f"{_SHOWN} WHERE s.subscription_id = :subscription_id")
_HOLD = statement(f"{_SHOWN} WHERE s.subscription_id = :subscription_id FOR UPDATE OF s")
_PAGE = statement(f"""
    {_SHOWN} WHERE s.subscription_id > :after AND starts_with(s.division, :division)
      AND (CAST(:county AS text) IS NULL OR s.county = :county)
      AND (CAST(:state AS text) IS NULL OR s.state = :state)
    ORDER BY s.subscription_id LIMIT :limit
""")
_CHANGED = Records(subscriptions, "subscription_id", "url", "note", "kinds")
_CHANGE = statement(f"""
    UPDATE subscriptions SET {_CHANGED.changes("url", "note", "kinds")}
    FROM {_CHANGED} WHERE subscriptions.subscription_id = rows.subscription_id
""")
_RESUME = statement("""
    UPDATE subscriptions SET state = 'active', pause_reason = NULL, paused_at = NULL, failures = 0,
           failing_since = NULL
    WHERE subscription_id = :subscription_id
""")
_REMOVE = statement("DELETE FROM subscriptions WHERE subscription_id = :subscription_id")


async def add(conn: AsyncConnection, new: NewSubscription) -> int:
    """Keep a subscription; give its number."""
    number = await fetch_value(conn, int, _ADD, rows=[new])
    assert number is not None, "one row was inserted"
    return number


async def add_secret(conn: AsyncConnection, new: NewSecret) -> None:
    """Keep a secret, sealed."""
    await execute(conn, _ADD_SECRET, rows=[new])


async def retire_secrets(conn: AsyncConnection, subscription_id: int, until: datetime) -> None:
    """Let the secrets that are there sign until an instant (by the wall clock), and no longer."""
    await execute(conn, _RETIRE, subscription_id=subscription_id, until=until)


async def find(conn: AsyncConnection, subscription_id: int, *, hold: bool = False) -> Subscription | None:
    """Look a subscription up; with `hold` nobody changes it until the transaction ends."""
    return await fetch_one_as(conn, Subscription, _HOLD if hold else _FIND, subscription_id=subscription_id)


async def page(
    conn: AsyncConnection,
    division: str,
    county: str | None,
    state: str | None,
    after: int,
    limit: int,
) -> list[Subscription]:
    """The subscriptions within a division, in the order in which they were made."""
    return await fetch_as(
        conn,
        Subscription,
        _PAGE,
        division=division,
        county=county,
        state=state,
        after=after,
        limit=limit,
    )


async def change(conn: AsyncConnection, known: Subscription, given: Mapping[str, object]) -> None:
    """Keep another address, note or other kinds, as far as they are given."""
    row: dict[str, object] = {name: getattr(known, name) for name in _CHANGED.columns}
    await execute(conn, _CHANGE, rows=[{**row, **given}])


async def resume(conn: AsyncConnection, subscription_id: int) -> None:
    """Let it be told again."""
    await execute(conn, _RESUME, subscription_id=subscription_id)


async def remove(conn: AsyncConnection, subscription_id: int) -> None:
    """Remove it with its secrets and its log."""
    await execute(conn, _REMOVE, subscription_id=subscription_id)
