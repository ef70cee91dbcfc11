"""Takes a snapshot of how far a season is, by what was known at an instant, and keeps it."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy import Notice
from services.registration.progress import kept_store, store
from services.registration.progress.adding import snapshot
from services.registration.progress.kept_store import KeptSnapshot
from services.registration.progress.problems import AS_OF_AHEAD
from services.registration.progress.rules import Snapshot, asks_for_cards, digits_of, frozen, thawed


async def figures_at(conn: AsyncConnection, notice: Notice, as_of: datetime) -> Snapshot:
    """How far the season was at an instant: as kept, or else computed from what is kept of everybody."""
    known = await kept_store.kept_at(conn, notice.county, notice.year, as_of)
    if known is not None:
        return snapshot_of(known)
    schools = [rule.id for rule in notice.document.units if rule.kind == "school"]
    cards = asks_for_cards(notice)
    found = await store.found(conn, notice.county, notice.year, as_of, digits_of(notice), schools, cards)
    return snapshot(notice, found, as_of)


async def keep(
    conn: AsyncConnection, notice: Notice, as_of: datetime, by: str, now: datetime
) -> KeptSnapshot:
    """Freeze the snapshot of an instant that has passed; one that is kept stays as it is. Raises Problem."""
    if as_of > now:
        raise AS_OF_AHEAD.problem()
    made = await figures_at(conn, notice, as_of)
    row = {
        "county": notice.county,
        "coverage_year": notice.year,
        "as_of": as_of,
        "figures": frozen(made),
        "kept_by": by,
        "kept_at": now,
    }
    await kept_store.keep(conn, row)
    kept = await kept_store.kept_at(conn, notice.county, notice.year, as_of)
    assert kept is not None, "it has just been kept, and nobody takes it away"
    return kept


async def before(conn: AsyncConnection, notice: Notice, as_of: datetime) -> Snapshot | None:
    """The last snapshot that was kept before an instant."""
    known = await kept_store.kept_before(conn, notice.county, notice.year, as_of)
    return None if known is None else snapshot_of(known)


def snapshot_of(known: KeptSnapshot) -> Snapshot:
    """A snapshot as it was kept."""
    return thawed(cast("dict[str, Any]", known.figures), known.as_of, known.id)
