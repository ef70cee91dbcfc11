"""Keeps the embedded server up: starts it again where it ended by itself, a few times at most."""

import asyncio
import time
from collections import deque

import structlog

from libs.common.db.embedded import EmbeddedServer, EmbeddedServerFailed

log = structlog.get_logger("canbao.database")

#: So often within so long it is started again: what ends oftener has a fault that a start does not mend.
RESTARTS = 5
WITHIN_SECONDS = 600.0
_LOOK_SECONDS = 0.2


async def keep_up(server: EmbeddedServer) -> None:
    """Start the server again on its port whenever it ends by itself, until cancelled.

    The server of another process is kept up by that one.

    What was answered as committed is there again; what was under way failed, and is tried again by whoever
    asked. Raises EmbeddedServerFailed where it does not start, or ends too often: then the process ends, so
    that whoever supervises it knows.
    """
    restarted: deque[float] = deque(maxlen=RESTARTS)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
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
