"""Sessions and attempts to sign in, in the database; its wall clock decides, as for tokens."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_as, fetch_one_as, fetch_value, fetch_values, statement
from services.console.session.rules import Visitor, tried_of

_OPEN = """
    s.seen_at > clock_timestamp() - make_interval(mins => :idle_minutes)
    AND s.started_at > clock_timestamp() - make_interval(hours => :session_hours)
"""
# The password was compared before: whoever replaces it, or disables the user, meanwhile, is waited for, and
# ends in turn what began before.
_START = statement("""
    INSERT INTO sessions (session_digest, user_id, started_at, seen_at)
    SELECT :session_digest, user_id, clock_timestamp(), clock_timestamp() FROM users
    WHERE user_id = :user_id AND disabled_at IS NULL
      AND password IS NOT DISTINCT FROM CAST(:password AS text) FOR SHARE
    RETURNING user_id
""")
_FIND = statement(f"""
    SELECT u.user_id, u.name, u.role, u.division, u.department, u.unit, u.must_change, s.session_digest,
        u.issuer IS NULL AS local
    FROM sessions s JOIN users u ON u.user_id = s.user_id
    WHERE s.session_digest = :session_digest AND u.disabled_at IS NULL AND {_OPEN}
""")
# To the minute: a page is read far more often than it has to be known when.
_SEE = statement("""
    UPDATE sessions SET seen_at = clock_timestamp()
    WHERE session_digest = :session_digest AND seen_at < clock_timestamp() - interval '1 minute'
""")
_END = statement("DELETE FROM sessions WHERE session_digest = :session_digest")
_END_ALL = statement("DELETE FROM sessions WHERE user_id = :user_id RETURNING session_digest")
_OPEN_OF_USERS = statement(f"""
    SELECT s.user_id, count(*) AS sessions, max(s.seen_at) AS seen_at FROM sessions s
    WHERE {_OPEN} GROUP BY s.user_id
""")
_LAST = statement("""
    SELECT DISTINCT ON (s.user_id) s.user_id, s.at, b.name AS by_name
    FROM sign_ins s LEFT JOIN users b ON b.user_id = s.by_user_id
    WHERE s.user_id IS NOT NULL AND s.outcome = :outcome ORDER BY s.user_id, s.at DESC
""")
_FORGET = statement(f"DELETE FROM sessions s WHERE NOT ({_OPEN})")
_RECORD = statement("""
    INSERT INTO sign_ins (user_id, outcome, address, at, by_user_id)
    VALUES (:user_id, :outcome, :address, clock_timestamp(), :by_user_id)
""")
_UNLOCK = statement("DELETE FROM failed_guesses WHERE about = :about")


@dataclass(frozen=True, slots=True)
class Open:
    """The open sessions of a user, and when a page was last asked for in one."""

    user_id: int
    sessions: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Last:
    """When something was last on record of a user, and who did it, where another did."""

    user_id: int
    at: datetime
    by_name: str | None


async def start(conn: AsyncConnection, session_digest: str, user_id: int, password: str | None) -> bool:
    """Begin a session by the hash that was compared, at a provider None; False when it is another by now."""
    values = {"session_digest": session_digest, "user_id": user_id, "password": password}
    return await fetch_value(conn, int, _START, **values) is not None


async def find(
    conn: AsyncConnection, session_digest: str, idle_minutes: int, session_hours: int
) -> Visitor | None:
    """Who is signed in with this session; None when it has ended. It is seen by that."""
    limits = {"idle_minutes": idle_minutes, "session_hours": session_hours}
    found = await fetch_one_as(conn, Visitor, _FIND, session_digest=session_digest, **limits)
    if found is not None:
        await execute(conn, _SEE, session_digest=session_digest)
    return found


async def end(conn: AsyncConnection, session_digest: str) -> None:
    """End a session."""
    await execute(conn, _END, session_digest=session_digest)


async def end_all(conn: AsyncConnection, user_id: int) -> int:
    """End all sessions of a user; give how many there were."""
    return len(await fetch_values(conn, str, _END_ALL, user_id=user_id))


async def open_of_users(conn: AsyncConnection, idle_minutes: int, session_hours: int) -> list[Open]:
    """The sessions that have not ended, by user."""
    return await fetch_as(conn, Open, _OPEN_OF_USERS, idle_minutes=idle_minutes, session_hours=session_hours)


async def last_of_users(conn: AsyncConnection, outcome: str) -> list[Last]:
    """When each user last had an outcome on record."""
    return await fetch_as(conn, Last, _LAST, outcome=outcome)


async def forget_ended(conn: AsyncConnection, idle_minutes: int, session_hours: int) -> None:
    """Take out the sessions that have ended."""
    await execute(conn, _FORGET, idle_minutes=idle_minutes, session_hours=session_hours)


async def record(
    conn: AsyncConnection, user_id: int | None, outcome: str, address: str, by_user_id: int | None = None
) -> None:
    """Keep on record who signed in, or tried to, and what another did to a user; never what was typed."""
    await execute(conn, _RECORD, user_id=user_id, outcome=outcome, address=address, by_user_id=by_user_id)


async def forget_failures(conn: AsyncConnection, name: str) -> None:
    """Count the wrong passwords of a name anew."""
    await execute(conn, _UNLOCK, about=f"number {tried_of(name)}")
