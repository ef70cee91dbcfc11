"""Keeps a file of a channel as it came: streamed into pieces, with its hash, to be read in the background."""

import hashlib
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.collection.files import store
from services.collection.files.problems import CHANNEL_FILE_EMPTY
from services.collection.files.store import ChannelFile, NewFile

_PIECE_BYTES = 1024 * 1024


class Uploaded(Protocol):
    """A file that was uploaded."""

    async def read(self, size: int, /) -> bytes:
        """The next bytes."""

    async def seek(self, offset: int, /) -> None:
        """Go to a place."""


async def inspect(file: Uploaded) -> tuple[bytes, int]:
    """The hash and size of a file; go back to its beginning. Raises Problem for an empty one."""
    digest, size = hashlib.sha256(), 0
    while piece := await file.read(_PIECE_BYTES):
        size += len(piece)
        digest.update(piece)
    await file.seek(0)
    if not size:
        raise CHANNEL_FILE_EMPTY.problem()
    return digest.digest(), size


async def keep(conn: AsyncConnection, new: NewFile, file: Uploaded) -> tuple[ChannelFile, bool]:
    """Keep a file in the caller's transaction, unless it is there; say which it is and whether it is new.

    Files about the same day come one after the other: their numbers say which came last, and the one that
    stands in the way is not refused meanwhile.
    """
    await store.take_day(conn, new)
    file_id = await store.create(conn, new)
    if file_id is None:
        known = await store.same(conn, new)
        assert known is not None, "what stands in the way is there: only refused ones are not the same"
        return known, False
    piece_no = 0
    while piece := await file.read(_PIECE_BYTES):
        await store.add_piece(conn, file_id, piece_no, piece)
        piece_no += 1
    kept = await store.one(conn, file_id)
    assert kept is not None, "it was just written"
    return kept, True
