"""SQL of the tallies of channels, and of what came of trying them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, statement
from services.collection.tables import channel_tallies, channel_trials
from services.collection.tallies.rules import TAKEN, Tally

_TALLY = Records(channel_tallies, *Tally.__dataclass_fields__)
_ADD = statement(f"""
    INSERT INTO channel_tallies AS t ({_TALLY.names}) SELECT {_TALLY.names} FROM {_TALLY}
    ON CONFLICT (channel, outcome, counted_on) DO UPDATE
    SET count = t.count + excluded.count, last_at = greatest(t.last_at, excluded.last_at)
""")
_SINCE = statement("""
    SELECT channel, outcome, min(counted_on) AS counted_on, sum(count)::bigint AS count,
           max(last_at) AS last_at
    FROM channel_tallies WHERE counted_on >= :since AND channel = ANY(CAST(:channels AS text[]))
    GROUP BY channel, outcome ORDER BY channel, count DESC, outcome
""")
_LAST = statement(f"""
    SELECT channel, max(last_at) AS last_at FROM channel_tallies
    WHERE outcome IN {TAKEN} AND channel = ANY(CAST(:channels AS text[])) GROUP BY channel
""")


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a channel, by whom and when; without a fault all was right."""

    channel: str
    tried_at: datetime
    tried_by: str
    checked: list[str]
    fault: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Last:
    """When a channel was heard last."""

    channel: str
    last_at: datetime


_TRIAL = Records(channel_trials, *Trial.__dataclass_fields__)
_TRIED = statement(f"INSERT INTO channel_trials ({_TRIAL.names}) SELECT {_TRIAL.names} FROM {_TRIAL}")
_TRIALS = statement(f"""
    SELECT DISTINCT ON (channel) {_TRIAL.names} FROM channel_trials
    WHERE channel = ANY(CAST(:channels AS text[])) ORDER BY channel, trial_id DESC
""")


async def add(conn: AsyncConnection, counted: Tally) -> None:
    """Add to what was counted of a day."""
    await execute(conn, _ADD, rows=[counted])


async def since(conn: AsyncConnection, channels: Collection[str], day: date) -> list[Tally]:
    """What was counted of channels since a day, by outcome, the most frequent first."""
    return await fetch_as(conn, Tally, _SINCE, channels=sorted(channels), since=day)


async def last(conn: AsyncConnection, channels: Collection[str]) -> dict[str, datetime]:
    """When each channel was heard last."""
    return {one.channel: one.last_at for one in await fetch_as(conn, Last, _LAST, channels=sorted(channels))}


async def note(conn: AsyncConnection, trial: Trial) -> None:
    """Keep what came of trying a channel."""
    await execute(conn, _TRIED, rows=[trial])


async def trials(conn: AsyncConnection, channels: Collection[str]) -> dict[str, Trial]:
    """The last trial of each channel."""
    return {one.channel: one for one in await fetch_as(conn, Trial, _TRIALS, channels=sorted(channels))}
