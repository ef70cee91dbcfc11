"""Reads kept files in the background: all rows of a file in one transaction, or none and what is wrong.

A killed process loses nothing: the file is read again from its beginning.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import date
from functools import partial
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.trouble import is_collision, is_outage
from libs.common.identity import IdentityNumberInvalid, identify
from libs.common.repeating import repeating
from libs.common.security.digests import Digests
from libs.common.service import Worker
from libs.common.setbacks import SetBack, setback
from services.collection.assembly import CollectionContext
from services.collection.files import store
from services.collection.files.rules import BY_PROFILE, MOST_FAULTS, Expected, Fault, Row
from services.collection.files.store import ChannelFile
from services.collection.files.unpacking import read_file

_EVERY_SECONDS = 0.5
_ROWS_AT_ONCE = 10_000


class _Refused(Exception):
    """The file has faults; what was written of it is taken back."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(len(faults))
        self.faults = faults


def reader(context: CollectionContext) -> Worker:
    """Make the worker, and register how many files wait. Any number of instances may run."""

    async def count() -> int:
        async with context.engine.connect() as conn:
            return await store.count_queued(conn)

    async def work() -> None:
        while await read_next(context):
            pass

    context.backlog.add("channel_files", count)
    return repeating("channel_files", work, _EVERY_SECONDS)


async def read_next(context: CollectionContext) -> bool:
    """Read the file whose turn it is and that nobody else has; False when there is none.

    One of which not even that can be noted waits, and the next has its turn. Raises SetBack if only such are
    left.
    """
    failed: Exception | None = None
    async with context.engine.connect() as conn:
        conn = await conn.execution_options(isolation_level="AUTOCOMMIT")
        for file_id in await store.due(conn):
            if not await store.hold(conn, file_id):
                continue
            try:
                file = await store.one(conn, file_id)
                if file is not None and file.state == "queued":
                    await _read(context, conn, file)
                    return True
            except Exception as error:
                if is_outage(error) or is_collision(error):
                    raise
                setback(f"file {file_id}", error)
                failed = error
            finally:
                await store.let_go(conn, file_id)
    if failed is not None:
        raise SetBack from failed
    return False


async def _read(context: CollectionContext, shown: AsyncConnection, file: ChannelFile) -> None:
    """Read one file; `shown` is a connection on which progress is seen while the rows are not there yet."""
    try:
        async with context.engine.begin() as conn:
            await _take_over(context, conn, shown, file)
    except _Refused as refused:
        faults = refused.faults
    except Exception as error:
        if is_outage(error) or is_collision(error):
            raise
        setback(f"file {file.file_id}", error)
        faults = [Fault(0, "not_read")]
    else:
        return
    async with context.engine.begin() as conn:
        await store.take_day(conn, file)
        await store.refuse(conn, file.file_id, faults, context.clock.now())


async def _take_over(
    context: CollectionContext, conn: AsyncConnection, shown: AsyncConnection, file: ChannelFile
) -> None:
    channel = context.parts.keys.channels.get(file.channel)
    expected = Expected(
        file.business_on,
        getattr(channel, "account", None),
        partial(_digest, context.digests, file.business_on),
    )
    count, faults = 0, list[Fault]()
    # Without a name: whatever ends this process, nothing of the file is left on the disk.
    with tempfile.TemporaryFile(prefix="canbao-file-") as copy:
        async for piece in store.pieces(conn, file.file_id):
            copy.write(piece)
        copy.seek(0)
        profile = context.parts.profiles.get(file.profile)
        if profile is None and file.kind in BY_PROFILE:
            raise _Refused([Fault(0, "profile_gone", file.profile)])
        async with aclosing(_chunks(read_file(copy, file.kind, expected, profile))) as chunks:
            async for chunk in chunks:
                rows = [one for one in chunk if isinstance(one, Row)]
                faults += [one for one in chunk if isinstance(one, Fault)]
                if len(faults) >= MOST_FAULTS:
                    break
                if not faults:
                    await store.add_rows(conn, file.file_id, rows)
                count += len(rows)
                await store.progress(shown, file.file_id, count)
    if faults:
        raise _Refused(faults[:MOST_FAULTS])
    await store.take_day(conn, file)
    await store.make_current(conn, file.file_id, context.clock.now())


async def _chunks(found: Iterator[Row | Fault]) -> AsyncGenerator[list[Row | Fault], None]:
    """What is read, some at a time: the next ones while the caller keeps these."""
    ahead = asyncio.ensure_future(asyncio.to_thread(_next_of, found))
    try:
        while chunk := await ahead:
            ahead = asyncio.ensure_future(asyncio.to_thread(_next_of, found))
            yield chunk
    finally:
        # It reads from the file, which is closed afterwards.
        await asyncio.gather(ahead, return_exceptions=True)


def _digest(digests: Digests, on: date, number: str) -> str | None:
    try:
        return digests.document(identify(number, on))
    except IdentityNumberInvalid:
        return None


def _next_of(found: Iterator[Row | Fault]) -> list[Row | Fault]:
    return list(islice(found, _ROWS_AT_ONCE))
