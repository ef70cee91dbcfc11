"""Connections to PostgreSQL that notice when the other side has fallen silent.

A server that is killed says so. One behind a cable that was pulled says nothing: by the defaults of Linux
whoever waits for its answer waits for a quarter of an hour, and a server keeps the locks of a client that is
gone for two hours, so that nobody else can do its work. Both sides are asked to look sooner.
"""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

import asyncpg

#: After so long without a sign of the other side a connection is broken, on both sides.
SILENT_SECONDS = 30
#: How long a transaction of a service may rest between two statements. Of whoever is frozen amid one the
#: system answers on the network all the same, and its locks would keep the other instances waiting.
REST_SECONDS = 60
_IDLE_SECONDS, _STEP_SECONDS, _STEPS = 15, 5, 3

#: What the server is asked to do, when a connection is made.
SERVER_LOOKS: Mapping[str, str] = {
    "tcp_keepalives_idle": str(_IDLE_SECONDS),
    "tcp_keepalives_interval": str(_STEP_SECONDS),
    "tcp_keepalives_count": str(_STEPS),
    "tcp_user_timeout": str(SILENT_SECONDS * 1000),
}
#: What this side does; a system that does not know an option goes by its own.
_WE_LOOK: Mapping[str, int] = {
    "TCP_KEEPIDLE": _IDLE_SECONDS,
    "TCP_KEEPINTVL": _STEP_SECONDS,
    "TCP_KEEPCNT": _STEPS,
    "TCP_USER_TIMEOUT": SILENT_SECONDS * 1000,
}


class LookingConnection(asyncpg.Connection):
    """A connection of asyncpg whose socket looks for the other side."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: asyncio.BaseTransport, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        _look(transport.get_extra_info("socket"))


def _look(connected: socket.socket | None) -> None:
    if connected is None or connected.family not in (socket.AF_INET, socket.AF_INET6):
        return  # the two sides of a socket of this machine end together
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _WE_LOOK.items():
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
