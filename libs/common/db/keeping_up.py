"""Keeps the embedded server up: starts it again where it ended by itself, a few times at most.

Says so, too, while its disk fills up: a server that can write no more answers nobody.
"""

import asyncio
import shutil
import time
from collections import deque

import structlog

from libs.common.db.embedded import EmbeddedServer, EmbeddedServerFailed

log = structlog.get_logger("canbao.database")

#: So often within so long it is started again: what ends oftener has a fault that a start does not mend.
RESTARTS = 5
WITHIN_SECONDS = 600.0
_LOOK_SECONDS = 0.2
#: The log of a busy hour and what a season adds want as much.
LEAST_FREE_BYTES = 2 * 1024**3
_ROOM_LOOK_SECONDS, _TELL_AGAIN_SECONDS = 10.0, 600.0


async def keep_up(server: EmbeddedServer) -> None:
    """Start the server again on its port whenever it ends by itself, until cancelled.

    The server of another process is kept up by that one.

    What was answered as committed is there again; what was under way failed, and is tried again by whoever
    asked. Raises EmbeddedServerFailed where it does not start, or ends too often: then the process ends, so
    that whoever supervises it knows.
    """
    restarted: deque[float] = deque(maxlen=RESTARTS)
    room = _Room(server)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        room.look()
        if server.exit_code is None:
            continue
        now = time.monotonic()
        log.error("database_ended", exit_code=server.exit_code)
        if len(restarted) == RESTARTS and now - restarted[0] < WITHIN_SECONDS:
            raise EmbeddedServerFailed(
                f"PostgreSQL ended {RESTARTS + 1} times within {WITHIN_SECONDS / 60:.0f} minutes; "
                f"its log ends with:\n{server.log_tail()}"
            )
        restarted.append(now)
        await server.restart()
        log.warning("database_restarted", seconds=round(time.monotonic() - now, 1))


def free_bytes(server: EmbeddedServer) -> int:
    """How much the disk has room for on which the data of the server lies. Raises OSError."""
    return shutil.disk_usage((server.data_dir / "postgres").resolve()).free


class _Room:
    """Looks now and then whether the disk has room, and tells operators while it has too little."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._looked_at = self._told_at = float("-inf")

    def look(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _ROOM_LOOK_SECONDS:
            return
        self._looked_at = now
        try:
            free = free_bytes(self._server)
        except OSError as error:
            log.warning("disk_not_seen", reason=error.strerror)
            return
        if free >= LEAST_FREE_BYTES:
            self._told_at = float("-inf")
        elif now - self._told_at >= _TELL_AGAIN_SECONDS:
            self._told_at = now
            mib = 1024**2
            log.warning(
                "disk_nearly_full",
                directory=str(self._server.data_dir),
                free_mib=free // mib,
                least_mib=LEAST_FREE_BYTES // mib,
            )
