"""Stores an uploaded file whole, to be imported in the background."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registration.imports import store
from services.registration.imports.files import Encoding, format_of
from services.registration.imports.store import NewImport

_PIECE_BYTES = 1024 * 1024


class Uploaded(Protocol):
    """A file that was uploaded."""

    async def read(self, size: int, /) -> bytes:
        """The next bytes."""

    async def seek(self, offset: int, /) -> None:
        """Go to a place."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a file is. `encoding` and `rows` (an estimate) are told of CSV alone."""

    sha256: str
    size: int
    format: str
    encoding: str | None
    rows: int | None


async def inspect(file: Uploaded) -> Inspected:
    """Look through a file, and go back to its beginning."""
    digest, encoding, lines, size, kind = hashlib.sha256(), Encoding(), 0, 0, "csv"
    while piece := await file.read(_PIECE_BYTES):
        if not size:
            kind = format_of(piece)
        size += len(piece)
        digest.update(piece)
        encoding.feed(piece)
        lines += piece.count(b"\n")
    await file.seek(0)
    if kind != "csv":
        return Inspected(digest.hexdigest(), size, kind, None, None)
    return Inspected(digest.hexdigest(), size, kind, encoding.name(), max(lines - 1, 0))


async def keep(conn: AsyncConnection, new: NewImport, file: Uploaded) -> int:
    """Store the file piece by piece in the caller's transaction: it is there whole or not at all."""
    import_id = await store.create(conn, new)
    piece_no = 0
    while piece := await file.read(_PIECE_BYTES):
        await store.add_piece(conn, import_id, piece_no, piece)
        piece_no += 1
    return import_id
