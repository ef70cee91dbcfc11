"""How far an outbox is published: cursors that are database snapshots, one for each shard of keys.

Ids are given out before their transactions commit, so "all ids above the last one" would lose the events of
a transaction that commits late. A cursor therefore holds the snapshot of the last look: what the next
snapshot sees and that one did not is new. Nothing is lost, a long transaction holds nobody up, and no row is
updated.

Order: whoever appends after having seen (or waited for) another transaction gets higher ids than it and is
visible in no snapshot without it. So publishing window by window, each by id, keeps cause before effect
within a shard. A key is always of the same shard.
"""

import re
from dataclasses import dataclass, replace
from typing import Self

from libs.common.bus.shards import ALL, SHARD, Shards
from libs.common.db.engine import DriverConnection

#: Ids fetched per look. A larger window is worked off in several looks.
WINDOW_IDS = 50_000

_SAVE = """
    UPDATE outbox_cursor SET seen = $3, target = $4, last_id = $5, cluster = $6,
        leased_until = now() + $7::float8 * interval '1 s'
    WHERE owner = $1 AND id = ANY($2::int[])
"""
_SNAPSHOT = "SELECT pg_current_snapshot()::text"


def _new(mine: str) -> str:
    """What was not visible in a snapshot that ended before $1 but for $2."""
    return f"""
        SELECT id, transaction_id FROM outbox WHERE transaction_id >= $1::bigint {mine}
        UNION ALL
        SELECT id, transaction_id FROM outbox WHERE transaction_id = ANY($2::bigint[]) {mine}
    """


def _look(mine: str) -> str:
    return f"""
        SELECT pg_current_snapshot()::text AS snapshot,
               ARRAY(SELECT id FROM ({_new(mine)}) AS new ORDER BY id LIMIT {WINDOW_IDS}) AS ids
    """


def _rest(mine: str) -> str:
    return f"""
        SELECT ARRAY(
            SELECT id FROM ({_new(mine)}) AS new
            WHERE id > $3 AND transaction_id < $4::bigint AND NOT transaction_id = ANY($5::bigint[])
            ORDER BY id LIMIT {WINDOW_IDS}
        ) AS ids
    """


# Whoever has all shards need not ask for the key of each row: the index alone answers.
_LOOK_ALL, _LOOK_SOME = _look(""), _look(f"AND {SHARD} = ANY($3::int[])")
_REST_ALL, _REST_SOME = _rest(""), _rest(f"AND {SHARD} = ANY($6::int[])")

# Before a relay of this release has run, all shards stand where the one relay of former releases stood.
_PENDING = f"""
    WITH shards AS (
        SELECT shard, nullif(coalesce(own.seen, former.seen), '0:0:')::pg_snapshot AS seen,
               coalesce(own.target, former.target)::pg_snapshot AS target,
               coalesce(own.last_id, former.last_id) AS last_id
        FROM generate_series({ALL[0]}, {ALL[-1]}) AS shard
        LEFT JOIN outbox_cursor AS own ON own.id = shard
        LEFT JOIN outbox_cursor AS former ON former.id = 1 AND own.id IS NULL
    ), reached AS (
        SELECT min(coalesce(pg_snapshot_xmax(seen)::text::bigint, 0)) AS xmax,
               ARRAY(SELECT DISTINCT pg_snapshot_xip(seen)::text::bigint FROM shards) AS running
        FROM shards
    ), candidates AS (
        SELECT id, key, transaction_id FROM outbox WHERE transaction_id >= (SELECT xmax FROM reached)
        UNION ALL
        SELECT id, key, transaction_id FROM outbox
        WHERE transaction_id = ANY((SELECT running FROM reached)::bigint[])
          AND transaction_id < (SELECT xmax FROM reached)
    )
    SELECT count(*) FROM candidates AS c JOIN shards AS l ON l.shard = {SHARD}
    WHERE pg_visible_in_snapshot(c.transaction_id::text::xid8, l.seen) IS NOT TRUE
      AND (c.id <= l.last_id AND pg_visible_in_snapshot(c.transaction_id::text::xid8, l.target)) IS NOT TRUE
"""


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
    """How far a shard is published: all of `seen`, and of `target` what has an id up to `last_id`."""

    seen: Snapshot
    target: Snapshot | None
    last_id: int


@dataclass(frozen=True, slots=True)
class Window:
    """Ids to publish, ascending, all of `shards`. `complete` tells that `target` is published after them."""

    shards: tuple[int, ...]
    target: Snapshot
    ids: list[int]
    complete: bool


class Cursor:
    """The positions of the shards that one relay holds. `connection` is asyncpg's, used by no one else.

    Shards that stand at the same place are looked at together, which is all of them but for the moment after
    one was taken over.
    """

    def __init__(self, connection: DriverConnection, shards: Shards) -> None:
        self._connection = connection
        self._shards = shards
        self._at: dict[int, Position] = {}
        self._goal: Snapshot | None = None
        self._cluster = 0

    async def share_out(self) -> bool:
        """Take the shards that are this relay's share and give the others back; True when it got new ones."""
        if not self._cluster:
            control = "SELECT system_identifier FROM pg_control_system()"
            self._cluster = await self._connection.fetchval(control)
        rows = await self._shards.share_out(self._connection)
        self._at = {shard: at for shard, at in self._at.items() if shard in self._shards.held}
        for row in rows:
            # Transaction ids mean nothing on another server: after a dump and restore all that is kept is
            # published again, which the inboxes make harmless.
            foreign = row["cluster"] is not None and row["cluster"] != self._cluster
            target = Snapshot.parse(row["target"]) if row["target"] and not foreign else None
            seen = Snapshot() if foreign else Snapshot.parse(row["seen"])
            self._at[row["id"]] = Position(seen, target, row["last_id"] if target else 0)
        if rows:
            self._goal = None
        return bool(rows)

    async def look(self) -> Window | None:
        """Find what is to be published next; None when there is nothing."""
        while self._at:
            shards, at = await self._next()
            window = await self._window(shards, at)
            if window.ids:
                return window
            if at.target is None:
                return None
            self._at.update(dict.fromkeys(shards, Position(window.target, None, 0)))
        return None

    async def _next(self) -> tuple[tuple[int, ...], Position]:
        """Give shards that stand at the same place, bound for a snapshot where the others will stand, too."""
        places: dict[Position, list[int]] = {}
        for shard, at in self._at.items():
            places.setdefault(at, []).append(shard)
        if len(places) == 1:
            self._goal = None
        elif self._goal is None:
            self._goal = Snapshot.parse(await self._connection.fetchval(_SNAPSHOT))
        at, shards = next((at, shards) for at, shards in places.items() if at.target or at.seen != self._goal)
        return tuple(shards), at if at.target else replace(at, target=self._goal, last_id=0)

    async def _window(self, shards: tuple[int, ...], at: Position) -> Window:
        seen, target = (at.seen.xmax, list(at.seen.running)), at.target
        mine = [] if len(shards) == len(ALL) else [list(shards)]
        if target is None:
            (row,) = await self._connection.fetch(_LOOK_SOME if mine else _LOOK_ALL, *seen, *mine)
            target = Snapshot.parse(row["snapshot"])
        else:
            ends = at.last_id, target.xmax, list(target.running)
            (row,) = await self._connection.fetch(_REST_SOME if mine else _REST_ALL, *seen, *ends, *mine)
        return Window(shards, target, row["ids"], len(row["ids"]) < WINDOW_IDS)

    async def advance(self, window: Window, last_id: int) -> None:
        """Record that `window` is published up to `last_id`. Raises LeaseLost."""
        if window.complete and last_id == window.ids[-1]:
            position = Position(window.target, None, 0)
        else:
            position = Position(self._at[window.shards[0]].seen, window.target, last_id)
        self._at.update(dict.fromkeys(window.shards, position))
        target = position.target.text if position.target else None
        seen = position.seen.text if position.seen.xmax else None  # the beginning of time is no snapshot
        await self._shards.move(
            self._connection,
            _SAVE,
            window.shards,
            seen,
            target,
            position.last_id,
            self._cluster,
        )


async def pending(connection: DriverConnection) -> int:
    """Count the outbox rows that are not published yet; `connection` is asyncpg's."""
    return int(await connection.fetchval(_PENDING))
