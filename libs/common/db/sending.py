"""Sends the statements of the door through the driver's cursor, inside SQLAlchemy's transaction.

SQLAlchemy keeps what it is good at: the pool, the transaction, and what an error means. Its compiler and its
results have nothing to do where a statement is text that was compiled once and rows come by name from the
driver, and they were two thirds of what a small statement costs this process.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

#: What a statement gave, and how many rows it touched.
Sent = tuple[Sequence[asyncpg.Record], int]


async def send(conn: AsyncConnection, sql: str, given: Sequence[object]) -> Sent:
    """Run a statement of the driver's dialect (`$1`) in the transaction of `conn`, which begins by it.

    Raises what SQLAlchemy would raise.
    """
    return await conn.run_sync(_send, sql, tuple(given))


def _send(conn: Connection, sql: str, given: tuple[Any, ...]) -> Sent:
    if not conn.in_transaction():
        conn.begin()
    cursor = conn.connection.cursor()
    try:
        cursor.execute(sql, given)
    except BaseException as error:
        # It knows whether the connection is lost, also by being cancelled, and what listeners say to it.
        conn._handle_dbapi_exception(error, sql, given, cursor, None)
    return cursor.fetchall(), cursor.rowcount
