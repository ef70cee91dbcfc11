"""SQL of what is kept of progress: figures that offices entered, and snapshots; both only ever grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, statement
from services.registration.progress.rules import Entered
from services.registration.tables import progress_figures, progress_snapshots

_SEASON = "{0}.county = :county AND {0}.coverage_year = :coverage_year"
_ENTERED = "division_code, kind, value, dated_on, source, entered_by, entered_at"
_NEW_FIGURES = Records(
    progress_figures, "county", "coverage_year", "division_code", "kind", "value", "dated_on", "source",
    "entered_by", "entered_at",
)  # fmt: skip
_ENTER = statement(f"""
    INSERT INTO progress_figures ({_NEW_FIGURES.names}) SELECT {_NEW_FIGURES.names} FROM {_NEW_FIGURES}
""")
_FIGURES = statement(f"""
    SELECT f.id, {_ENTERED} FROM progress_figures f
    WHERE {_SEASON.format("f")} AND f.division_code BETWEEN :low AND :high AND f.id > :after
    ORDER BY f.id LIMIT :limit
""")
_KEPT = "id, county, coverage_year, as_of, figures, kept_by, kept_at"
_NEW_SNAPSHOT = Records(
    progress_snapshots, "county", "coverage_year", "as_of", "figures", "kept_by", "kept_at"
)
_KEEP = statement(f"""
    INSERT INTO progress_snapshots ({_NEW_SNAPSHOT.names}) SELECT {_NEW_SNAPSHOT.names} FROM {_NEW_SNAPSHOT}
    ON CONFLICT (county, coverage_year, as_of) DO NOTHING
""")
_AT = statement(f"SELECT {_KEPT} FROM progress_snapshots k WHERE {_SEASON.format('k')} AND k.as_of = :as_of")
_BEFORE = statement(f"""
    SELECT {_KEPT} FROM progress_snapshots k WHERE {_SEASON.format("k")} AND k.as_of < :as_of
    ORDER BY k.as_of DESC LIMIT 1
""")
_ONE = statement(f"SELECT {_KEPT} FROM progress_snapshots WHERE id = :id")
_SNAPSHOTS = statement(f"""
    SELECT k.id, k.as_of, k.kept_by, k.kept_at FROM progress_snapshots k
    WHERE {_SEASON.format("k")} AND k.id > :after ORDER BY k.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """A snapshot as it was frozen."""

    id: int
    county: str
    coverage_year: int
    as_of: datetime
    figures: Mapping[str, JsonValue]
    kept_by: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """That a snapshot is kept."""

    id: int
    as_of: datetime
    kept_by: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class FigureRow(Entered):
    """A figure on record."""

    id: int


async def enter(conn: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
    """Append figures that an office entered."""
    await execute(conn, _ENTER, rows=rows)


async def figures(
    conn: AsyncConnection, county: str, coverage_year: int, division: tuple[str, str], after: int, limit: int
) -> list[FigureRow]:
    """Figures that were entered, all versions, oldest first."""
    low, high = division
    season = {"county": county, "coverage_year": coverage_year, "low": low, "high": high}
    return await fetch_as(conn, FigureRow, _FIGURES, **season, after=after, limit=limit)


async def keep(conn: AsyncConnection, row: Mapping[str, object]) -> None:
    """Freeze a snapshot; one that is kept stays as it is."""
    await execute(conn, _KEEP, rows=[row])


async def kept_at(
    conn: AsyncConnection, county: str, coverage_year: int, as_of: datetime
) -> KeptSnapshot | None:
    """The snapshot that was kept of an instant."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_one_as(conn, KeptSnapshot, _AT, **season, as_of=as_of)


async def kept_before(
    conn: AsyncConnection, county: str, coverage_year: int, as_of: datetime
) -> KeptSnapshot | None:
    """The last snapshot that was kept before an instant."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_one_as(conn, KeptSnapshot, _BEFORE, **season, as_of=as_of)


async def one(conn: AsyncConnection, snapshot_id: int) -> KeptSnapshot | None:
    """A snapshot that was kept."""
    return await fetch_one_as(conn, KeptSnapshot, _ONE, id=snapshot_id)


async def snapshots(
    conn: AsyncConnection, county: str, coverage_year: int, after: int, limit: int
) -> list[SnapshotRow]:
    """Which snapshots are kept."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, SnapshotRow, _SNAPSHOTS, **season, after=after, limit=limit)
