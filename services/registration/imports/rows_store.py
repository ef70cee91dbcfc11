"""SQL of the cells of faulty rows, kept sealed as the file has them, and of a dry run that is applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, copy, execute, fetch_as, fetch_value, fetch_values, statement
from services.registration import tables
from services.registration.imports.store import LineFault

#: Where the heading of a file is kept.
HEADING_LINE = 0
#: Behind it stand words about rows that were taken.
_FIRST_TOLD = 1_000

_LINES = statement(f"""
    SELECT DISTINCT line FROM import_errors
    WHERE import_id = :id AND line > :after AND fault_no < {_FIRST_TOLD} ORDER BY line LIMIT :limit
""")
_CLEAR = statement("DELETE FROM import_rows WHERE import_id = :id")
_ROWS = statement(
    "SELECT line, body FROM import_rows WHERE import_id = :id AND line > :after ORDER BY line LIMIT :limit",
    tables.import_rows.c.body,
)
_HEADING = statement(
    f"SELECT line, body FROM import_rows WHERE import_id = :id AND line = {HEADING_LINE}",
    tables.import_rows.c.body,
)
_FAULTS = statement(f"""
    SELECT line, fault_no, problem, column_name, detail, detail_zh FROM import_errors
    WHERE import_id = :id AND line BETWEEN :first AND :last AND fault_no < {_FIRST_TOLD}
    ORDER BY line, fault_no
""")

_NEW = Records(tables.imports, "options", "division", "sent_by", "requested_at")
_APPLY = statement(f"""
    INSERT INTO imports (county, coverage_year, kind, file_name, format, encoding, sha, rows_total, dry_run,
        options, division, sent_by, state, requested_at, dry_run_of)
    SELECT i.county, i.coverage_year, i.kind, i.file_name, i.format, i.encoding, i.sha, i.rows_total, false,
        rows.options, rows.division, rows.sent_by, 'queued', rows.requested_at, i.id
    FROM imports i, {_NEW} WHERE i.id = :id
    ON CONFLICT (dry_run_of) DO NOTHING RETURNING id
""")
_MOVE = statement("UPDATE import_pieces SET import_id = :new WHERE import_id = :id")


@dataclass(frozen=True, slots=True)
class Applied:
    """Who has the file of a dry run imported, and when."""

    options: Mapping[str, JsonValue]
    division: str
    sent_by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of a file: its line, and `cells`, and `sheet` where several were read."""

    line: int
    body: dict[str, JsonValue]

    @property
    def cells(self) -> list[str]:
        """The cells as the file has them."""
        cells = self.body["cells"]
        assert isinstance(cells, list), "it was kept as a list"
        return [str(cell) for cell in cells]

    @property
    def sheet(self) -> str | None:
        """The sheet, where several were read."""
        return str(self.body["sheet"]) if self.body.get("sheet") else None


async def faulty_lines(conn: AsyncConnection, import_id: int, after: int, limit: int) -> list[int]:
    """The lines with rows that were rejected, in the order of the file."""
    return await fetch_values(conn, int, _LINES, id=import_id, after=after, limit=limit)


async def clear(conn: AsyncConnection, import_id: int) -> None:
    """Forget what an attempt that broke off has kept."""
    await execute(conn, _CLEAR, id=import_id)


async def keep(conn: AsyncConnection, import_id: int, rows: Sequence[KeptRow]) -> None:
    """Keep rows as they stand in the file."""
    kept = [{"import_id": import_id, "line": row.line, "body": row.body} for row in rows]
    await copy(conn, tables.import_rows, kept)


async def rows(conn: AsyncConnection, import_id: int, after: int, limit: int) -> list[KeptRow]:
    """Faulty rows behind a line."""
    return await fetch_as(conn, KeptRow, _ROWS, id=import_id, after=after, limit=limit)


async def heading(conn: AsyncConnection, import_id: int) -> list[str]:
    """The names of the columns as the file has them; nothing where no row was faulty."""
    found = await fetch_as(conn, KeptRow, _HEADING, id=import_id)
    return found[0].cells if found else []


async def faults(conn: AsyncConnection, import_id: int, first: int, last: int) -> list[LineFault]:
    """The faults of some lines."""
    return await fetch_as(conn, LineFault, _FAULTS, id=import_id, first=first, last=last)


async def apply(conn: AsyncConnection, dry_run: int, new: Applied) -> int | None:
    """Make an import of the file of a dry run; None if there is one already."""
    import_id = await fetch_value(conn, int, _APPLY, id=dry_run, rows=[new])
    if import_id is not None:
        await execute(conn, _MOVE, id=dry_run, new=import_id)
    return import_id
