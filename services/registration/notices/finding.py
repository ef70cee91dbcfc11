"""Finds what a notice said then: any version that ever answered, by its hash."""

from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice, Notices, load_notice_bytes
from services.registration.notices import store


async def version(conn: AsyncConnection, notices: Notices, county: str, year: int, sha: str) -> Notice:
    """The notice with this hash: the one in force, or an earlier one from the database."""
    current = notices.get((county, year))
    if current is not None and current.sha256 == sha:
        return current
    raw = await store.body(conn, sha)
    if raw is None:
        raise LookupError(f"the notice {county}/{year}@{sha[:12]} was never kept")
    return _read(raw, f"{county}/{year}.yaml")


@lru_cache(maxsize=32)
def _read(raw: bytes, name: str) -> Notice:
    return load_notice_bytes(raw, name)
