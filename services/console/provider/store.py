"""Attempts to sign in at the provider, until the browser comes back, by the database's wall clock."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_one_as, statement


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was sent along, and is asked for when the browser comes back."""

    state: str
    nonce: str
    verifier: str
    then: str


_BEGIN = statement("""
    INSERT INTO attempts (attempt_digest, state, nonce, verifier, "then", started_at)
    VALUES (:attempt_digest, :state, :nonce, :verifier, :then, clock_timestamp())
""")
# Once: who comes a second time, with the same state, finds nothing.
_TAKE = statement("""
    DELETE FROM attempts
    WHERE attempt_digest = :attempt_digest AND state = :state
        AND started_at > clock_timestamp() - make_interval(mins => :minutes)
    RETURNING state, nonce, verifier, "then"
""")
_FORGET = statement("""
    DELETE FROM attempts WHERE started_at <= clock_timestamp() - make_interval(mins => :minutes)
""")


async def begin(conn: AsyncConnection, attempt_digest: str, attempt: Attempt, minutes: int) -> None:
    """Keep an attempt; those that are too old go."""
    await execute(conn, _FORGET, minutes=minutes)
    await execute(
        conn,
        _BEGIN,
        attempt_digest=attempt_digest,
        state=attempt.state,
        nonce=attempt.nonce,
        verifier=attempt.verifier,
        then=attempt.then,
    )


async def take(conn: AsyncConnection, attempt_digest: str, state: str, minutes: int) -> Attempt | None:
    """The attempt of a browser and a state, for the only time."""
    return await fetch_one_as(
        conn, Attempt, _TAKE, attempt_digest=attempt_digest, state=state, minutes=minutes
    )
