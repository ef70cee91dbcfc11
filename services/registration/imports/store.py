"""SQL of imports: the upload and its pieces, who works on it, progress and the faults of rows."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import copy_rows, driver_connection

_CREATE = text("""
    INSERT INTO imports
        (county, coverage_year, kind, file_name, format, sha, dry_run, options, division, sent_by, state,
         requested_at)
    VALUES (:county, :year, :kind, :file_name, :format, '', :dry_run, :options, :division, :sent_by, 'queued',
            :requested_at)
    RETURNING id
""").bindparams(bindparam("options", type_=JSONB))

_UPLOADED = text("""
    UPDATE imports SET sha = :sha, encoding = :encoding, rows_total = :rows_total WHERE id = :id
""")

_ONE = text("SELECT * FROM imports WHERE id = :id")
_OPEN = text("SELECT id FROM imports WHERE state IN ('queued', 'running') ORDER BY id")
_COUNT_OPEN = text("SELECT count(*) FROM imports WHERE state IN ('queued', 'running')")

_HOLD = text(
    "SELECT pg_try_advisory_lock(hashtextextended('import ' || CAST(CAST(:id AS bigint) AS text), 0))"
)
_LET_GO = text(
    "SELECT pg_advisory_unlock(hashtextextended('import ' || CAST(CAST(:id AS bigint) AS text), 0))"
)

_START = text(
    "UPDATE imports SET state = 'running', attempts = attempts + 1 WHERE id = :id RETURNING attempts"
)

_PROGRESS = text("""
    UPDATE imports
    SET rows_done = rows_done + :rows, "new" = "new" + :new, updated = updated + :updated,
        unchanged = unchanged + :unchanged, rejected = rejected + :rejected
    WHERE id = :id AND rows_done = :before AND state = 'running'
""")

_FINISH = text("""
    UPDATE imports SET state = 'done', rows_total = rows_done, finished_at = now() WHERE id = :id
""")

_FAIL = text("""
    UPDATE imports SET state = 'failed', failure = :failure, finished_at = now() WHERE id = :id
""").bindparams(bindparam("failure", type_=JSONB))

_DROP_PIECES = text("DELETE FROM import_pieces WHERE import_id = :id")

_ERRORS = text("""
    SELECT line, fault_no, problem, column_name, detail, detail_zh FROM import_errors
    WHERE import_id = :id AND (line, fault_no) > (:line, :fault_no) ORDER BY line, fault_no LIMIT :limit
""")


class ProgressTaken(Exception):
    """Another process has gone on with this import."""


async def create(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Note an import whose file is about to arrive; give its id."""
    return (await conn.execute(_CREATE, dict(values))).scalar_one()


async def add_pieces(conn: AsyncConnection, import_id: int, pieces: Sequence[tuple[int, bytes]]) -> None:
    """Keep pieces of the file."""
    rows = [(import_id, number, body) for number, body in pieces]
    await copy_rows(conn, "import_pieces", ("import_id", "piece_no", "body"), rows)


async def uploaded(
    conn: AsyncConnection, import_id: int, sha: str, encoding: str | None, rows_total: int | None
) -> None:
    """Note that the file is complete."""
    values = {"id": import_id, "sha": sha, "encoding": encoding, "rows_total": rows_total}
    await conn.execute(_UPLOADED, values)


async def one(conn: AsyncConnection, import_id: int) -> Row | None:
    """One import."""
    return (await conn.execute(_ONE, {"id": import_id})).one_or_none()


async def open_imports(conn: AsyncConnection) -> list[int]:
    """Imports that are not finished, oldest first."""
    return list((await conn.execute(_OPEN)).scalars())


async def count_open(conn: AsyncConnection) -> int:
    """How many imports are not finished."""
    return (await conn.execute(_COUNT_OPEN)).scalar_one()


async def hold(conn: AsyncConnection, import_id: int) -> bool:
    """Take an import, for as long as this connection lives; False when another process has it."""
    return (await conn.execute(_HOLD, {"id": import_id})).scalar_one()


async def let_go(conn: AsyncConnection, import_id: int) -> None:
    """Give an import back."""
    await conn.execute(_LET_GO, {"id": import_id})


async def start(conn: AsyncConnection, import_id: int) -> int:
    """Note that work begins; give how often it has begun."""
    return (await conn.execute(_START, {"id": import_id})).scalar_one()


async def pieces(conn: AsyncConnection, import_id: int) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    raw = await driver_connection(conn)
    query = "SELECT body FROM import_pieces WHERE import_id = $1 ORDER BY piece_no"
    async for row in raw.cursor(query, import_id, prefetch=4):
        yield row["body"]


async def progress(
    conn: AsyncConnection, import_id: int, before: int, rows: int, counts: Mapping[str, int]
) -> None:
    """Move on by `rows` rows from `before`; raises ProgressTaken when somebody else did."""
    moved = await conn.execute(_PROGRESS, {"id": import_id, "before": before, "rows": rows, **counts})
    if moved.rowcount != 1:
        raise ProgressTaken


async def add_errors(conn: AsyncConnection, import_id: int, errors: Sequence[tuple]) -> None:
    """Keep faults: (line, fault number, problem, column, detail, detail_zh)."""
    columns = ("import_id", "line", "fault_no", "problem", "column_name", "detail", "detail_zh")
    await copy_rows(conn, "import_errors", columns, [(import_id, *error) for error in errors])


async def finish(conn: AsyncConnection, import_id: int) -> None:
    """Note that every row was looked at, and let the file go."""
    await conn.execute(_FINISH, {"id": import_id})
    await conn.execute(_DROP_PIECES, {"id": import_id})


async def fail(conn: AsyncConnection, import_id: int, failure: Mapping[str, Any]) -> None:
    """Note that the file cannot be imported, and let it go."""
    await conn.execute(_FAIL, {"id": import_id, "failure": dict(failure)})
    await conn.execute(_DROP_PIECES, {"id": import_id})


async def errors(conn: AsyncConnection, import_id: int, after: tuple[int, int], limit: int) -> Sequence[Row]:
    """The faults after a place, in the order of the file."""
    line, fault_no = after
    values = {"id": import_id, "line": line, "fault_no": fault_no, "limit": limit}
    return (await conn.execute(_ERRORS, values)).all()
