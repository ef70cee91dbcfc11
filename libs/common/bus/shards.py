"""Shares the shards of an outbox out among the relays that live.

A key is of one shard, for ever. A relay says every moment that it lives, works out its share by itself from
the list of the living, gives back what is not its share and takes what nobody holds: so instances add up. All
of this stands in `outbox_cursor`: its positive rows are shards, its negative ones relays.
"""

import secrets
import uuid
from collections.abc import Collection

import asyncpg

from libs.common.db.engine import DriverConnection

LEASE_SECONDS = 5
SHARDS = 12
_FIRST = 101
ALL = tuple(range(_FIRST, _FIRST + SHARDS))

#: The shard of a row of the outbox.
SHARD = f"({_FIRST} + abs(hashtext(key) % {SHARDS}))"

# Where the one relay of earlier releases stood is where shards begin.
_CREATE = f"""
    INSERT INTO outbox_cursor (id, seen, target, last_id, cluster)
    SELECT shard, nullif(former.seen, '0:0:'), former.target, coalesce(former.last_id, 0), former.cluster
    FROM generate_series({_FIRST}, {_FIRST + SHARDS - 1}) AS shard
    LEFT JOIN outbox_cursor AS former ON former.id = 1
    ON CONFLICT (id) DO NOTHING
"""
_ANNOUNCE = """
    INSERT INTO outbox_cursor AS c (id, owner, leased_until)
    VALUES ($1, $2, now() + $3::float8 * interval '1 s')
    ON CONFLICT (id) DO UPDATE SET leased_until = excluded.leased_until WHERE c.owner = excluded.owner
"""
_LIVING = """
    SELECT owner FROM outbox_cursor WHERE id < 0 AND leased_until > now() ORDER BY owner
"""
_BURY = "DELETE FROM outbox_cursor WHERE id < 0 AND leased_until < now() - interval '1 min'"
_CLAIM = """
    UPDATE outbox_cursor SET owner = $1, epoch = epoch + 1, leased_until = now() + $2::float8 * interval '1 s'
    WHERE id IN (
        SELECT id FROM outbox_cursor
        WHERE id = ANY($3::int[]) AND (owner IS NULL OR owner = $1 OR leased_until < now())
        ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING id, seen, target, last_id, cluster
"""
_RENEW = """
    UPDATE outbox_cursor SET leased_until = now() + $3::float8 * interval '1 s'
    WHERE owner = $1 AND id = ANY($2::int[])
"""
_RELEASE = "UPDATE outbox_cursor SET owner = NULL WHERE owner = $1 AND id = ANY($2::int[])"
_LEAVE = "DELETE FROM outbox_cursor WHERE id < 0 AND owner = $1"


class LeaseLost(Exception):
    """Another relay of this service has taken shards over."""


def share(member: str, living: Collection[str]) -> set[int]:
    """Give the shards of `member`: each has as many as any other, or one more."""
    members = sorted({member, *living})
    return set(ALL[members.index(member) :: len(members)])


class Shards:
    """The shards that one relay holds.

    A save that a broken connection left behind may still arrive: it can only put a shard back to where it was
    published to once, and what is published again the inboxes drop.
    """

    def __init__(self, service: str) -> None:
        self._owner = f"{service}-{uuid.uuid4().hex[:12]}"
        self._seat = -1 - secrets.randbelow(32_767)
        self.held: set[int] = set()

    def begin_again(self) -> None:
        """Ask for everything anew, after whatever went wrong."""
        self.held = set()

    async def share_out(self, connection: DriverConnection) -> list[asyncpg.Record]:
        """Keep, give back and take shards; gives the rows of those that were taken. Raises LeaseLost."""
        await self._announce(connection)
        living = [row["owner"] for row in await connection.fetch(_LIVING)]
        mine = share(self._owner, living)
        if others := self.held - mine:
            await connection.execute(_RELEASE, self._owner, sorted(others))
            self.held &= mine
        await self._renew(connection)
        rows: list[asyncpg.Record] = []
        if missing := mine - self.held:
            rows = await connection.fetch(_CLAIM, self._owner, LEASE_SECONDS, sorted(missing))
            self.held |= {row["id"] for row in rows}
        return rows

    async def _announce(self, connection: DriverConnection) -> None:
        """Say that this relay lives; a seat that is taken is left to whoever has it."""
        if not self.held:
            await connection.execute(_CREATE)
            await connection.execute(_BURY)
        while await connection.execute(_ANNOUNCE, self._seat, self._owner, LEASE_SECONDS) != "INSERT 0 1":
            self._seat = -1 - secrets.randbelow(32_767)

    async def move(
        self, connection: DriverConnection, save: str, shards: Collection[int], *at: object
    ) -> None:
        """Run `save` for some of the shards held, and keep the others meanwhile. Raises LeaseLost."""
        done = await connection.execute(save, self._owner, list(shards), *at, LEASE_SECONDS)
        self._check(done, len(shards))
        if len(shards) < len(self.held):
            await self._renew(connection)

    async def leave(self, connection: DriverConnection) -> None:
        """Give everything back."""
        await connection.execute(_RELEASE, self._owner, sorted(self.held))
        await connection.execute(_LEAVE, self._owner)
        self.held = set()

    async def _renew(self, connection: DriverConnection) -> None:
        if self.held:
            done = await connection.execute(_RENEW, self._owner, sorted(self.held), LEASE_SECONDS)
            self._check(done, len(self.held))

    def _check(self, done: str, number: int) -> None:
        if done != f"UPDATE {number}":
            raise LeaseLost("another relay publishes some of this outbox now")
