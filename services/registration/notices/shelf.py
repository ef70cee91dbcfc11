"""Answers "what did the notice say then?": gives any version of a notice that ever answered, by its hash."""

from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from libs.common.policy import Notice, Notices, load_notice_bytes
from services.registration.notices import store


async def keep_versions(engine: AsyncEngine, notices: Notices) -> None:
    """Keep the bytes of the notices in force, before they answer anything."""
    rows = [(n.sha256, n.county, n.year, n.source_text) for n in notices.values()]
    async with engine.begin() as conn:
        await store.keep(conn, rows)


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
