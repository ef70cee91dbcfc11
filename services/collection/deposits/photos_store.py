"""SQL of photos of slips."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, statement
from services.collection.deposits.rules import PhotoType
from services.collection.tables import deposit_photos


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that is on record; what it shows is read by itself."""

    deposit_id: int
    photo_no: int
    media_type: PhotoType
    size_bytes: int
    sha256: bytes
    #: Of what was sent; None for photos that were kept before anything was taken out of them.
    sent_sha256: bytes | None
    removed_bytes: int | None
    entered_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a photo shows; None: it was erased."""

    content: bytes | None


_COLUMNS = ", ".join(Photo.__dataclass_fields__)
_NEW = Records(deposit_photos)
_ADD = statement(f"INSERT INTO deposit_photos ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}")
_OF = statement(f"SELECT {_COLUMNS} FROM deposit_photos WHERE deposit_id = :deposit_id ORDER BY photo_no")
_CONTENT = statement(
    "SELECT content FROM deposit_photos WHERE deposit_id = :deposit_id AND photo_no = :photo_no",
    deposit_photos.c.content,
)


async def add(conn: AsyncConnection, photo: Photo, content: bytes) -> None:
    """Keep a photo of a deposit that is held."""
    row = {name: getattr(photo, name) for name in Photo.__dataclass_fields__}
    await execute(conn, _ADD, rows=[row | {"content": content}])


async def of_deposit(conn: AsyncConnection, deposit_id: int) -> list[Photo]:
    """The photos of a deposit, from the first on."""
    return await fetch_as(conn, Photo, _OF, deposit_id=deposit_id)


async def content_of(conn: AsyncConnection, photo: Photo) -> bytes | None:
    """What a photo shows; None where it was erased."""
    found = await fetch_one_as(conn, Content, _CONTENT, deposit_id=photo.deposit_id, photo_no=photo.photo_no)
    return None if found is None else found.content
