"""Keeps photos of slips: each once, without what tells place and device, until it may be forgotten."""

import hashlib
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.photos import bare_photo
from services.collection.deposits import photos_store, rules
from services.collection.deposits.photos_store import Photo
from services.collection.deposits.problems import PHOTO_UNUSABLE, PHOTOS_ENOUGH
from services.collection.deposits.store import Deposit
from services.collection.problems import DEPOSIT_NOT_CHANGEABLE


async def keep_photo(
    conn: AsyncConnection, deposit: Deposit, content: bytes, *, by: str, now: datetime
) -> Photo:
    """Keep a photo of a deposit that is held; the same photo again is the one there is. Raises Problem."""
    media_type = rules.photo_type(content)
    if media_type is None or len(content) > rules.MOST_PHOTO_BYTES:
        raise PHOTO_UNUSABLE.problem()
    kept = content if media_type == "application/pdf" else bare_photo(content)
    if kept is None:
        raise PHOTO_UNUSABLE.problem()
    known = await photos_store.of_deposit(conn, deposit.deposit_id)
    digest = hashlib.sha256(kept).digest()
    if (same := next((one for one in known if one.sha256 == digest), None)) is not None:
        return same
    if deposit.state != "made":
        raise DEPOSIT_NOT_CHANGEABLE.problem()
    if len(known) >= rules.MOST_PHOTOS:
        raise PHOTOS_ENOUGH.problem()
    photo = Photo(
        deposit_id=deposit.deposit_id,
        photo_no=len(known) + 1,
        media_type=media_type,
        size_bytes=len(kept),
        sha256=digest,
        sent_sha256=hashlib.sha256(content).digest(),
        removed_bytes=None if media_type == "application/pdf" else len(content) - len(kept),
        entered_at=now,
        entered_by=by,
    )
    await photos_store.add(conn, photo, kept)
    return photo
