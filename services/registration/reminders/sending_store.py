"""SQL of messages that are being sent."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, fetch_as, fetch_value, statement
from services.registration import tables
from services.registration.reminders.store import OWING

# Whoever has paid, or agrees no more, since it was planned is not reminded; nor does the phone stay here. A
# message whose phone is gone was under way when somebody withdrew, and came back to be sent again.
_WITHDRAW = statement(f"""
    UPDATE reminders r SET state = 'withdrawn', phone = NULL
    WHERE r.county = :county AND r.coverage_year = :coverage_year AND r.state = 'queued'
      AND (r.phone IS NULL OR NOT EXISTS (
          SELECT FROM reminder_people m
          WHERE m.reminder_id = r.id AND m.person_id IN (SELECT p.id {OWING})))
""")
#: Of the people of a reminder `r` the one whom repair helps most.
_HELPED_MOST = f"""
    FROM reminder_people m WHERE m.reminder_id = r.id AND m.person_id IN (SELECT p.id {OWING})
    ORDER BY m.repair_months DESC NULLS LAST, m.repair_years DESC NULLS LAST LIMIT 1
"""
_CLAIM = statement(f"""
    WITH due AS (
        SELECT r.id FROM reminders r WHERE r.county = :county AND r.coverage_year = :coverage_year
          AND r.state = 'queued' AND r.next_try_at <= :now
        ORDER BY r.id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE reminders r SET state = 'sending', tries = r.tries + 1, next_try_at = :until FROM due
    WHERE r.id = due.id
    RETURNING r.id, r.tries, coalesce((SELECT m.repair_years {_HELPED_MOST}), 0) AS repair_years,
        coalesce((SELECT m.repair_months {_HELPED_MOST}), 0) AS repair_months, (
        SELECT text_id FROM reminder_runs u WHERE u.id = r.run_id) AS text_id, (
        SELECT count(*)::integer FROM reminder_people m
        WHERE m.reminder_id = r.id AND m.person_id IN (SELECT p.id {OWING})) AS people
""")
# Read one by one: a phone that cannot be opened keeps out no other.
_PHONE = statement("SELECT phone FROM reminders WHERE id = :id", tables.reminders.c.phone)
# A process died between asking the gateway and keeping its answer.
_LOST = statement("""
    UPDATE reminders SET state = 'unknown', answer = 'no_answer'
    WHERE state = 'sending' AND next_try_at < :now
""")
_ASK = statement(f"""
    UPDATE reminders SET next_try_at = :until WHERE id IN (
        SELECT id FROM reminders WHERE state IN ('unknown', 'sent') AND next_try_at <= :now
          AND county {any_of(tables.reminders.c.county, "counties")} AND tries < :most
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING id, county, state
""")
_NOTE = statement("""
    UPDATE reminders SET state = :state, answer = :answer, next_try_at = :next_try_at,
           tries = tries + :asked, sent_at = coalesce(sent_at, CAST(:sent_at AS timestamptz))
    WHERE id = :id
""")
_WAITING = statement("""
    SELECT DISTINCT county, coverage_year FROM reminders WHERE state = 'queued' AND next_try_at <= :now
""")
_NEWEST_RUN = statement("SELECT max(made_at) FROM reminder_runs")


@dataclass(frozen=True, slots=True)
class Season:
    """A county and year with messages to send."""

    county: str
    coverage_year: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process alone sends; `people` still have to pay."""

    id: int
    tries: int
    text_id: str
    people: int
    repair_years: int
    repair_months: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of which the gateway is asked what became of it."""

    id: int
    county: str
    state: str


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a message; `asked` counts a question about it."""

    id: int
    state: str
    answer: str
    next_try_at: datetime
    asked: int = 0
    sent_at: datetime | None = None


async def waiting(conn: AsyncConnection, now: datetime) -> list[Season]:
    """Seasons with messages to send."""
    return await fetch_as(conn, Season, _WAITING, now=now)


async def claim(
    conn: AsyncConnection, season: Season, now: datetime, until: datetime, limit: int
) -> list[Claimed]:
    """Withdraw what is needed no more, and take some messages for this process until an instant."""
    where = asdict(season)
    await execute(conn, _WITHDRAW, **where)
    return await fetch_as(conn, Claimed, _CLAIM, **where, now=now, until=until, limit=limit)


async def phone_of(conn: AsyncConnection, reminder_id: int) -> str | None:
    """Where a message goes; None when whoever agreed to it agrees no more."""
    return await fetch_value(conn, str, _PHONE, id=reminder_id)


async def to_ask(
    conn: AsyncConnection, counties: Collection[str], now: datetime, until: datetime, most: int, limit: int
) -> list[Asked]:
    """Take messages of which nobody knows the end, for this process until an instant."""
    await execute(conn, _LOST, now=now)
    asked = {"counties": sorted(counties), "now": now, "until": until, "most": most, "limit": limit}
    return await fetch_as(conn, Asked, _ASK, **asked)


async def note(conn: AsyncConnection, became: Became) -> None:
    """Keep what became of a message."""
    await execute(conn, _NOTE, **asdict(became))


async def newest_run(conn: AsyncConnection) -> datetime | None:
    """When somebody asked for reminders last."""
    return await fetch_value(conn, datetime, _NEWEST_RUN)
