"""Slows down whoever tries out numbers with names, or codes of vouchers: failures are counted, then refused.

Only what fails is counted, in the service's database, so that all instances share the count: by token and
address, by token alone, and by the number that was tried. Success costs one read. The wall clock of the
database decides, as for tokens; a season that is replayed changes nothing about it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

import structlog
from fastapi import Depends, Request
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_value, statement
from libs.common.security.caller import Caller
from libs.common.security.rates import network_of
from libs.common.security.scopes import OF_MANY
from libs.common.web.catalogue import TOO_MANY_GUESSES
from libs.common.web.problems import Problem

log = structlog.get_logger(__name__)

#: Failures are forgotten when so many minutes have passed since the first of them.
WINDOW_MINUTES = 15
#: Who has failed so often at one number within that time is refused, whoever it is.
FAILURES_PER_NUMBER = 10
#: Who asks for many, a backend or a unit's list, may fail so many times as often as a person at a desk.
BACKEND_FACTOR = 20
#: Nobody types a code wrongly so often; whoever has no token has nothing but an address.
FAILURES_WITHOUT_TOKEN = 20
#: A token may be used from several addresses.
ADDRESSES_OF_A_TOKEN = 5


def guesses_table(metadata: MetaData) -> Table:
    """Add the counts of failed guesses to a service's tables."""
    return Table(
        "failed_guesses",
        metadata,
        Column("about", Text, primary_key=True, comment="token and address, token, or digest of a number"),
        Column("failures", Integer, nullable=False),
        Column("since", DateTime(timezone=True), nullable=False, comment="wall clock of the first of them"),
        Index("ix_failed_guesses_since", "since"),
    )


_TABLE = guesses_table(MetaData())
_COUNTED = Records(_TABLE, "about", "failures")
_ALLOWED = Records(_TABLE, counted=_TABLE.c.about, failures=_TABLE.c.failures)
_LOCKED = statement(f"""
    SELECT max(extract(epoch FROM g.since + make_interval(mins => :minutes) - clock_timestamp()))::float8
    FROM failed_guesses g JOIN {_COUNTED} ON g.about = rows.about
    WHERE g.failures >= rows.failures AND g.since > clock_timestamp() - make_interval(mins => :minutes)
""")
_COUNT = statement(f"""
    INSERT INTO failed_guesses AS g (about, failures, since)
    SELECT about, 1, clock_timestamp() FROM {_COUNTED} ORDER BY about
    ON CONFLICT (about) DO UPDATE SET
        failures = CASE WHEN g.since > excluded.since - make_interval(mins => :minutes)
                        THEN g.failures + 1 ELSE 1 END,
        since = CASE WHEN g.since > excluded.since - make_interval(mins => :minutes)
                     THEN g.since ELSE excluded.since END
""")
_FORGET = statement("""
    DELETE FROM failed_guesses WHERE about IN (
        SELECT about FROM failed_guesses WHERE since < clock_timestamp() - make_interval(mins => :minutes)
        LIMIT 100 FOR UPDATE SKIP LOCKED)
""")


_LOCKED_OUT = statement(f"""
    SELECT split_part(g.about, ' ', 1) AS counted, g.about, g.failures, g.since
    FROM failed_guesses g JOIN {_ALLOWED} ON rows.counted = split_part(g.about, ' ', 1)
    WHERE g.failures >= rows.failures AND g.since > clock_timestamp() - make_interval(mins => :minutes)
    ORDER BY g.since, g.about LIMIT :limit
""")


def allowances(limit: int) -> dict[str, int]:
    """How many failures are too many, by what they are counted by: the first word of `about`."""
    return {
        "address": limit,
        "token": limit * ADDRESSES_OF_A_TOKEN,
        "backend-address": limit * BACKEND_FACTOR,
        "backend-token": limit * BACKEND_FACTOR * ADDRESSES_OF_A_TOKEN,
        "number": FAILURES_PER_NUMBER,
        "anybody": min(limit, FAILURES_WITHOUT_TOKEN),
    }


@dataclass(frozen=True, slots=True)
class _Allowed:
    """How many failures of one kind are too many."""

    counted: str
    failures: int


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Who is refused at the moment, after how many failures since when; `counted` says by what."""

    counted: str
    about: str
    failures: int
    since: datetime

    @property
    def until(self) -> datetime:
        """When the failures are forgotten."""
        return self.since + timedelta(minutes=WINDOW_MINUTES)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is counted, and how many failures are too many."""

    about: str
    failures: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries, and from where; `limit` is of failures of one token at one address within the window."""

    caller: Caller
    address: str
    limit: int

    def at(self, tried: str) -> "Guess":
        """What is tried: a digest of a number, never the number of a person."""
        return Guess(self.caller, self.address, self.limit, tried)


@dataclass(frozen=True, slots=True)
class Guess(Attempt):
    """An attempt at something, which may fail."""

    tried: str

    def counted(self) -> Sequence[_Counted]:
        """What a failure counts towards."""
        allowed, subject = allowances(self.limit), self.caller.subject
        of = "backend-" if any(map(self.caller.may, OF_MANY)) else ""
        return (
            _Counted(f"{of}address {subject} {self.address}", allowed[f"{of}address"]),
            _Counted(f"{of}token {subject}", allowed[f"{of}token"]),
            _Counted(f"number {self.tried}", allowed["number"]),
        )


@dataclass(frozen=True, slots=True)
class PublicGuess:
    """An attempt by somebody without a token: of them only the address is known."""

    address: str
    limit: int
    tried: str

    def counted(self) -> Sequence[_Counted]:
        """What a failure counts towards."""
        allowed = allowances(self.limit)
        return (
            _Counted(f"anybody {network_of(self.address)}", allowed["anybody"]),
            _Counted(f"number {self.tried}", allowed["number"]),
        )


class Counting(Protocol):
    """An attempt that may fail."""

    def counted(self) -> Sequence[_Counted]: ...


async def _address(request: Request) -> str:
    return request.client.host if request.client is not None else "unknown"


#: Where a request comes from; behind a proxy the server takes it from the proxy's header, if it trusts it.
Address = Annotated[str, Depends(_address)]


async def refusal(conn: AsyncConnection, guess: Counting) -> Problem | None:
    """Give the problem 429 while there were too many failures; it says how long that lasts."""
    seconds = await fetch_value(conn, float, _LOCKED, rows=guess.counted(), minutes=WINDOW_MINUTES)
    if seconds is None:
        return None
    who, *_ = guess.counted()
    log.warning("guesses_locked_out", who=who.about, seconds=math.ceil(seconds))
    return TOO_MANY_GUESSES.problem(headers={"retry-after": str(max(1, math.ceil(seconds)))})


async def locked_out(conn: AsyncConnection, limit: int, at_most: int) -> list[LockedOut]:
    """Who is locked out at the moment, longest first; `limit` is of failures of one token at one address."""
    allowed = [_Allowed(counted, failures) for counted, failures in allowances(limit).items()]
    return await fetch_as(conn, LockedOut, _LOCKED_OUT, rows=allowed, minutes=WINDOW_MINUTES, limit=at_most)


async def failed(conn: AsyncConnection, guess: Counting) -> None:
    """Count a failure, in the transaction that found it; old counts go."""
    await execute(conn, _COUNT, rows=guess.counted(), minutes=WINDOW_MINUTES)
    await execute(conn, _FORGET, minutes=WINDOW_MINUTES)
