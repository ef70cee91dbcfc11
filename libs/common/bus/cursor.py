"""How far an outbox is published: a cursor that is a database snapshot.

Ids are given out before their transactions commit, so "all ids above the last one" would lose the events of
a transaction that commits late. The cursor therefore holds the snapshot of the last look: what the next
snapshot sees and that one did not is new. Nothing is lost, a long transaction holds nobody up, and no row is
updated.

Order: whoever appends after having seen (or waited for) another transaction gets higher ids than it and is
visible in no snapshot without it. So publishing window by window, each by id, keeps cause before effect.
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from libs.common.db.engine import DriverConnection

LEASE_SECONDS = 5
#: Ids fetched per look. A larger window is worked off in several looks.
WINDOW_IDS = 50_000

_CLAIM = """
    INSERT INTO outbox_cursor AS c (id, owner, epoch, leased_until)
    VALUES (1, $1, 1, now() + $2::float8 * interval '1 s')
    ON CONFLICT (id) DO UPDATE SET owner = $1, epoch = c.epoch + 1,
        leased_until = now() + $2::float8 * interval '1 s'
    WHERE c.owner = $1 OR c.owner IS NULL OR c.leased_until < now()
    RETURNING epoch, seen, target, last_id, cluster
"""
_SAVE = """
    UPDATE outbox_cursor SET seen = $3, target = $4, last_id = $5, cluster = $6,
        leased_until = now() + $7::float8 * interval '1 s'
    WHERE id = 1 AND owner = $1 AND epoch = $2
"""
_RELEASE = "UPDATE outbox_cursor SET owner = NULL WHERE id = 1 AND owner = $1 AND epoch = $2"
_NEW = """
    SELECT id FROM outbox WHERE transaction_id >= $1::bigint
    UNION ALL
    SELECT id FROM outbox WHERE transaction_id = ANY($2::bigint[])
"""
_LOOK = f"""
    SELECT pg_current_snapshot()::text AS snapshot, ARRAY({_NEW} ORDER BY id LIMIT {WINDOW_IDS}) AS ids
"""
_REST = f"""
    SELECT $3::text AS snapshot, ARRAY(
        SELECT id FROM (
            SELECT id, transaction_id FROM outbox WHERE transaction_id >= $1::bigint
            UNION ALL
            SELECT id, transaction_id FROM outbox WHERE transaction_id = ANY($2::bigint[])
        ) AS new
        WHERE id > $4 AND transaction_id < $5::bigint AND NOT transaction_id = ANY($6::bigint[])
        ORDER BY id LIMIT {WINDOW_IDS}
    ) AS ids
"""
_PENDING = f"""
    SELECT count(*) FROM ({_NEW}) AS new
    WHERE id > $3 OR id IN (
        SELECT id FROM outbox
        WHERE id <= $3 AND (transaction_id >= $4::bigint OR transaction_id = ANY($5::bigint[])))
"""


class LeaseLost(Exception):
    """Another relay of this service has taken over."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What pg_snapshot says: transactions below `xmin` have ended, and below `xmax` all but `running`."""

    xmin: int = 0
    xmax: int = 0
    running: tuple[int, ...] = ()
    text: str = "0:0:"

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read `xmin:xmax:running,...`; nothing stands for the beginning of time."""
        if text is None:
            return cls()
        match = re.fullmatch(r"(\d+):(\d+):([\d,]*)", text)
        if match is None:
            raise ValueError(f"not a pg_snapshot: {text!r}")
        running = tuple(int(xid) for xid in match[3].split(",") if xid)
        return cls(int(match[1]), int(match[2]), running, text)


@dataclass(frozen=True, slots=True)
class Position:
    """How far the outbox is published: all of `seen`, and of `target` what has an id up to `last_id`."""

    epoch: int
    seen: Snapshot
    target: Snapshot | None
    last_id: int
    cluster: int


@dataclass(frozen=True, slots=True)
class Window:
    """Ids to publish, ascending. `complete` tells that `target` is published after them."""

    target: Snapshot
    ids: list[int]
    complete: bool


class Cursor:
    """The relay's lease on one outbox and its position. `connection` is asyncpg's, used by no one else."""

    def __init__(self, connection: DriverConnection, owner: str) -> None:
        self._connection = connection
        self._owner = owner
        self.position: Position | None = None

    async def claim(self) -> bool:
        """Take the lease; False while another relay holds it."""
        row = await self._connection.fetchrow(_CLAIM, self._owner, LEASE_SECONDS)
        if row is None:
            return False
        cluster = await self._connection.fetchval("SELECT system_identifier FROM pg_control_system()")
        position = Position(
            row["epoch"],
            Snapshot.parse(row["seen"]),
            Snapshot.parse(row["target"]) if row["target"] else None,
            row["last_id"],
            cluster,
        )
        # Transaction ids mean nothing on another server: after a dump and restore all that is kept is
        # published again, which the inboxes make harmless.
        if row["cluster"] is not None and row["cluster"] != cluster:
            position = replace(position, seen=Snapshot(), target=None, last_id=0)
        self.position = position
        return True

    async def look(self) -> Window:
        """Find what is to be published next; empty when there is nothing."""
        at = self._held()
        if at.target is None:
            rows = await self._connection.fetch(_LOOK, at.seen.xmax, list(at.seen.running))
        else:
            target = at.target
            rows = await self._connection.fetch(
                _REST,
                at.seen.xmax,
                list(at.seen.running),
                target.text,
                at.last_id,
                target.xmax,
                list(target.running),
            )
        (row,) = rows
        return Window(Snapshot.parse(row["snapshot"]), row["ids"], len(row["ids"]) < WINDOW_IDS)

    async def advance(self, window: Window, last_id: int) -> None:
        """Record that `window` is published up to `last_id`. Raises LeaseLost."""
        at = self._held()
        if window.complete and (not window.ids or last_id == window.ids[-1]):
            position = replace(at, seen=window.target, target=None, last_id=0)
        else:
            position = replace(at, target=window.target, last_id=last_id)
        await self._save(position)

    async def renew(self) -> None:
        """Keep the lease while there is nothing to do. Raises LeaseLost."""
        await self._save(self._held())

    async def release(self) -> None:
        """Give the lease back."""
        if self.position is not None:
            await self._connection.execute(_RELEASE, self._owner, self.position.epoch)
            self.position = None

    async def _save(self, position: Position) -> None:
        done = await self._connection.execute(
            _SAVE,
            self._owner,
            position.epoch,
            position.seen.text,
            position.target.text if position.target else None,
            position.last_id,
            position.cluster,
            LEASE_SECONDS,
        )
        if done != "UPDATE 1":
            self.position = None
            raise LeaseLost("another relay publishes this outbox now")
        self.position = position

    def _held(self) -> Position:
        if self.position is None:
            raise LeaseLost("this relay does not hold the lease")
        return self.position


async def pending(connection: DriverConnection) -> int:
    """Count the outbox rows that are not published yet; `connection` is asyncpg's."""
    row = await connection.fetchrow("SELECT seen, target, last_id FROM outbox_cursor WHERE id = 1")
    seen = Snapshot.parse(row["seen"] if row else None)
    if row is None or not row["target"]:
        sql = f"SELECT count(*) FROM ({_NEW}) AS new"
        return int(await connection.fetchval(sql, seen.xmax, list(seen.running)))
    target = Snapshot.parse(row["target"])
    ends = target.xmax, list(target.running)
    return int(await connection.fetchval(_PENDING, seen.xmax, list(seen.running), row["last_id"], *ends))
