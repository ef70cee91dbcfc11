"""SQL of scores: what was entered for them, and sheets that are frozen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, all_but, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.registration.scores.rules import Counted
from services.registration.tables import score_entries, score_sheets

_SEASON = "county = :county AND coverage_year = :coverage_year"
_NEW = Records(score_entries, *all_but(score_entries, "id", "decided_by", "decided_at", "recorded_at"))
_ADD = statement(f"INSERT INTO score_entries ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING id")
_ENTRIES = """
    SELECT e.id AS entry_id, e.county, e.coverage_year, e.division_code, e.kind, e.item, e.points,
           e.amount_fen, e.happened_on, e.evidence, e.entered_by, e.entered_at, e.state, e.decided_by,
           e.decided_at, a.approval_id
    FROM score_entries e
    LEFT JOIN approvals a ON a.subject = 'score-entries/' || e.id AND a.state = 'waiting'
"""
_ENTRY = statement(f"{_ENTRIES} WHERE e.id = :id", score_entries.c.evidence)
_EVIDENCE = statement(
    "SELECT id AS entry_id, evidence FROM score_entries WHERE id = ANY(:ids) AND evidence IS NOT NULL",
    score_entries.c.evidence,
)
_PAGE = statement(
    f"""
    {_ENTRIES} WHERE e.county = :county AND e.coverage_year = :coverage_year AND e.id > :after
      AND e.division_code BETWEEN :low AND :high AND (CAST(:state AS text) IS NULL OR e.state = :state)
    ORDER BY e.id LIMIT :limit
""",
    score_entries.c.evidence,
)
_COUNTED = statement(f"""
    SELECT id AS entry_id, division_code, kind, item, points, amount_fen, happened_on FROM score_entries
    WHERE {_SEASON} AND state = 'agreed' ORDER BY decided_at, id
""")
_MOVE = statement("""
    UPDATE score_entries SET state = :state, decided_by = :by, decided_at = :at
    WHERE id = :id AND state = :before RETURNING id
""")
_WAITING = statement(f"""
    SELECT count(*) FROM approvals
    WHERE {_SEASON} AND state = 'waiting' AND subject LIKE 'score-entries/%'
""")
_SHEET = """
    SELECT s.id AS sheet_id, s.county, s.coverage_year, s.state, s.document, s.sha256, s.asked_by, s.asked_at,
           s.signed_by, s.signed_at,
           (SELECT a.approval_id FROM approvals a
            WHERE a.subject = 'score-sheets/' || s.id AND a.state = 'waiting') AS approval_id
    FROM score_sheets s
"""
_STANDING = f"{_SHEET} WHERE s.county = :county AND s.coverage_year = :coverage_year AND s.state <> 'refused'"
_STANDS = statement(_STANDING)
_LOCK = statement(f"{_STANDING} FOR UPDATE OF s")
_ONE = statement(f"{_SHEET} WHERE s.id = :id")
_SHEETS = statement(f"""
    {_SHEET} WHERE s.county = :county AND s.coverage_year = :coverage_year AND s.id > :after
    ORDER BY s.id LIMIT :limit
""")
_FROZEN = Records(
    score_sheets, "county", "coverage_year", "state", "document", "sha256", "asked_by", "asked_at"
)
_FREEZE = statement(f"""
    INSERT INTO score_sheets ({_FROZEN.names}) SELECT {_FROZEN.names} FROM {_FROZEN}
    ON CONFLICT (county, coverage_year) WHERE state <> 'refused' DO NOTHING RETURNING id
""")
_END = statement("UPDATE score_sheets SET state = :state, signed_by = :by, signed_at = :at WHERE id = :id")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What somebody entered; it waits for a second person."""

    county: str
    coverage_year: int
    division_code: str
    kind: str
    item: str | None
    points: int | None
    amount_fen: int | None
    happened_on: date
    evidence: str
    entered_by: str
    entered_at: datetime
    state: str = "waiting"


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry on record, and what waits about it."""

    entry_id: int
    county: str
    coverage_year: int
    division_code: str
    kind: str
    item: str | None
    points: int | None
    amount_fen: int | None
    happened_on: date
    evidence: str | None
    entered_by: str
    entered_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    approval_id: int | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """By which evidence an entry is known."""

    entry_id: int
    evidence: str


@dataclass(frozen=True, slots=True)
class NewSheet:
    """A sheet as it is frozen."""

    county: str
    coverage_year: int
    document: str
    sha256: str
    asked_by: str
    asked_at: datetime
    state: str = "waiting"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A sheet on record."""

    sheet_id: int
    county: str
    coverage_year: int
    state: str
    document: str
    sha256: str
    asked_by: str
    asked_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    approval_id: int | None


async def add(conn: AsyncConnection, entry: NewEntry) -> int:
    """Keep an entry; give its id."""
    entry_id = await fetch_value(conn, int, _ADD, rows=[entry])
    assert entry_id is not None, "an inserted row has an id"
    return entry_id


async def entry(conn: AsyncConnection, entry_id: int) -> EntryRow | None:
    """Look an entry up."""
    return await fetch_one_as(conn, EntryRow, _ENTRY, id=entry_id)


async def evidence(conn: AsyncConnection, ids: Collection[int]) -> dict[int, str]:
    """By which evidence entries are known; of those whose evidence was erased nothing."""
    rows = await fetch_as(conn, Evidence, _EVIDENCE, ids=sorted(ids))
    return {row.entry_id: row.evidence for row in rows}


async def page(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    division: tuple[str, str],
    state: str | None,
    after: int,
    limit: int,
) -> list[EntryRow]:
    """A page of entries, oldest first."""
    season = {"county": county, "coverage_year": coverage_year, "low": division[0], "high": division[1]}
    return await fetch_as(conn, EntryRow, _PAGE, **season, state=state, after=after, limit=limit)


async def counted(conn: AsyncConnection, county: str, coverage_year: int) -> list[Counted]:
    """What counts, in the order in which it was agreed on."""
    return await fetch_as(conn, Counted, _COUNTED, county=county, coverage_year=coverage_year)


async def move(
    conn: AsyncConnection, entry_id: int, before: str, state: str, *, by: str, at: datetime
) -> bool:
    """Bring an entry from one state to the next; False where it is in another."""
    moved = await fetch_value(conn, int, _MOVE, id=entry_id, before=before, state=state, by=by, at=at)
    return moved is not None


async def waiting(conn: AsyncConnection, county: str, coverage_year: int) -> int:
    """How many entries, or their withdrawals, wait for a second person."""
    return await fetch_value(conn, int, _WAITING, county=county, coverage_year=coverage_year) or 0


async def standing(
    conn: AsyncConnection, county: str, coverage_year: int, *, lock: bool = False
) -> SheetRow | None:
    """The sheet that is final, or waits to be; with `lock` it is held until the transaction ends."""
    found = _LOCK if lock else _STANDS
    return await fetch_one_as(conn, SheetRow, found, county=county, coverage_year=coverage_year)


async def sheet(conn: AsyncConnection, sheet_id: int) -> SheetRow | None:
    """Look a sheet up."""
    return await fetch_one_as(conn, SheetRow, _ONE, id=sheet_id)


async def sheets(
    conn: AsyncConnection, county: str, coverage_year: int, after: int, limit: int
) -> list[SheetRow]:
    """A page of the sheets of a season, oldest first; those that were sent back, too."""
    season = {"county": county, "coverage_year": coverage_year}
    return await fetch_as(conn, SheetRow, _SHEETS, **season, after=after, limit=limit)


async def freeze(conn: AsyncConnection, new: NewSheet) -> int | None:
    """Freeze a sheet; None where another is final or waits."""
    return await fetch_value(conn, int, _FREEZE, rows=[new])


async def end(conn: AsyncConnection, sheet_id: int, state: str, *, by: str, at: datetime) -> None:
    """Note what the second person said of a sheet."""
    await execute(conn, _END, id=sheet_id, state=state, by=by, at=at)
