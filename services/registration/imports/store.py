"""SQL of imports: the upload and its pieces, who works on it, progress and the faults of rows."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    copy,
    execute,
    fetch,
    fetch_as,
    fetch_one_as,
    fetch_value,
    fetch_values,
    statement,
    stream,
)
from services.registration import tables

_NEW = Records(
    tables.imports,
    *("county", "coverage_year", "kind", "file_name", "format", "encoding", "sha", "rows_total"),
    *("dry_run", "options", "division", "sent_by", "state", "requested_at"),
)
_CREATE = statement(f"INSERT INTO imports ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW} RETURNING id")

#: How long an import waits before it looks again whether what it waits for is there.
WAITS_SECONDS = 15

COLUMNS = """id, county, coverage_year, kind, file_name, format, encoding, dry_run, options, division,
    sent_by, state, attempts, trouble, failure, rows_total, rows_done, "new", updated, unchanged, rejected,
    incomplete, wrong_place, requested_at, retry_at, finished_at, dry_run_of"""
_ONE = statement(f"SELECT {COLUMNS} FROM imports WHERE id = :id", tables.imports.c.file_name)
# Offices take turns, each with its oldest file; who was served last comes last. A file of one piece is small.
_DUE = statement("""
    SELECT id FROM (
        SELECT id, division, sent_by, row_number() OVER (PARTITION BY division, sent_by ORDER BY id) AS place
        FROM imports i
        WHERE state IN ('queued', 'running') AND (retry_at IS NULL OR retry_at <= now())
          AND (NOT CAST(:small AS boolean) OR NOT EXISTS (
              SELECT FROM import_pieces p WHERE p.import_id = i.id AND p.piece_no > 0))
    ) AS due
    ORDER BY place, (
        SELECT max(started_at) FROM imports s WHERE s.division = due.division AND s.sent_by = due.sent_by
    ) NULLS FIRST, id
""")
_COUNT_STATES = statement("SELECT state, count(*) AS imports FROM imports GROUP BY state")
_COUNT_OPEN = statement("SELECT count(*) FROM imports WHERE state IN ('queued', 'running')")

_LOCK = "hashtextextended('import ' || CAST(CAST(:id AS bigint) AS text), 0)"
_HOLD = statement(f"SELECT pg_try_advisory_lock({_LOCK})")
_LET_GO = statement(f"SELECT pg_advisory_unlock({_LOCK})")

# The pause counts from the beginning, so that it also holds back a file that kills whoever works on it.
_START = statement("""
    UPDATE imports
    SET state = 'running', attempts = attempts + 1, started_at = clock_timestamp(),
        retry_at = CASE WHEN attempts = 0 THEN NULL
                        ELSE clock_timestamp() + least(power(2, attempts), 900) * interval '1 s' END
    WHERE id = :id AND state IN ('queued', 'running') RETURNING attempts, trouble
""")
_TROUBLE = statement("""
    UPDATE imports
    SET trouble = :trouble, retry_at = clock_timestamp() + least(power(2, attempts), 900) * interval '1 s'
    WHERE id = :id AND state = 'running'
""")

# What it waits for passes by itself, and is no attempt.
_WAIT = statement(f"""
    UPDATE imports
    SET trouble = :trouble, attempts = greatest(attempts - 1, 0),
        retry_at = clock_timestamp() + {WAITS_SECONDS} * interval '1 s'
    WHERE id = :id AND state = 'running'
""")

_PROGRESS = statement("""
    UPDATE imports
    SET rows_done = rows_done + :rows, "new" = "new" + :new, updated = updated + :updated,
        unchanged = unchanged + :unchanged, rejected = rejected + :rejected,
        incomplete = incomplete + :incomplete, wrong_place = wrong_place + :wrong_place,
        attempts = 1, trouble = NULL, retry_at = NULL
    WHERE id = :id AND rows_done = :before AND state = 'running'
""")

_FINISH = statement("""
    UPDATE imports
    SET state = 'done', rows_total = :rows, rows_done = :rows, finished_at = now(), trouble = NULL,
        retry_at = NULL
    WHERE id = :id
""")

_FAILED = Records(tables.imports, "id", "failure")
_FAIL = statement(f"""
    UPDATE imports i SET state = 'failed', failure = rows.failure, finished_at = now()
    FROM {_FAILED} WHERE i.id = rows.id
""")

_PIECES = statement(
    "SELECT body FROM import_pieces WHERE import_id = :id ORDER BY piece_no", tables.import_pieces.c.body
)
_DROP_PIECES = statement("DELETE FROM import_pieces WHERE import_id = :id")
_DROP_UNFINISHED = statement("DELETE FROM survey_rows WHERE import_id = :id AND from_base IS NULL")

_ERRORS = statement("""
    SELECT line, fault_no, problem, column_name, detail, detail_zh FROM import_errors
    WHERE import_id = :id AND (line, fault_no) > (:line, :fault_no) ORDER BY line, fault_no LIMIT :limit
""")


class ProgressTaken(Exception):
    """Another process has gone on with this import."""


@dataclass(frozen=True, slots=True)
class NewImport:
    """A file that is to be imported. `encoding` and `rows_total` (an estimate) are told of CSV alone."""

    county: str
    coverage_year: int
    kind: str
    file_name: str
    format: str
    encoding: str | None
    sha: str
    rows_total: int | None
    dry_run: bool
    options: Mapping[str, JsonValue]
    division: str
    sent_by: str
    requested_at: datetime
    state: str = "queued"


@dataclass(frozen=True, slots=True)
class Import:
    """An import on record."""

    id: int
    county: str
    coverage_year: int
    kind: str
    file_name: str
    format: str
    encoding: str | None
    dry_run: bool
    options: dict[str, JsonValue]
    division: str
    sent_by: str
    state: str
    attempts: int
    trouble: str | None
    failure: dict[str, JsonValue] | None
    rows_total: int | None
    rows_done: int
    new: int
    updated: int
    unchanged: int
    rejected: int
    incomplete: int
    wrong_place: int
    requested_at: datetime
    retry_at: datetime | None
    finished_at: datetime | None
    dry_run_of: int | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """How often work on an import has begun, and why it broke off last."""

    attempts: int
    trouble: str | None


@dataclass(frozen=True, slots=True)
class LineFault:
    """One fault of one line of a file."""

    line: int
    fault_no: int
    problem: str
    column_name: str | None
    detail: str
    detail_zh: str


async def create(conn: AsyncConnection, new: NewImport) -> int:
    """Note an import whose file is about to be kept; give its id."""
    import_id = await fetch_value(conn, int, _CREATE, rows=[new])
    assert import_id is not None, "an inserted row has an id"
    return import_id


async def add_piece(conn: AsyncConnection, import_id: int, piece_no: int, body: bytes) -> None:
    """Keep a piece of the file."""
    row = {"import_id": import_id, "piece_no": piece_no, "body": body}
    await copy(conn, tables.import_pieces, [row])


async def one(conn: AsyncConnection, import_id: int) -> Import | None:
    """One import."""
    return await fetch_one_as(conn, Import, _ONE, id=import_id)


async def due(conn: AsyncConnection, *, small: bool) -> list[int]:
    """Imports to work on now, in the order in which their turns come; all, or `small` ones alone."""
    return await fetch_values(conn, int, _DUE, small=small)


async def count_states(conn: AsyncConnection) -> dict[str, float]:
    """How many imports there are in each state."""
    return {row["state"]: row["imports"] for row in await fetch(conn, _COUNT_STATES)}


async def count_open(conn: AsyncConnection) -> int:
    """How many imports are not finished."""
    return await fetch_value(conn, int, _COUNT_OPEN) or 0


async def hold(conn: AsyncConnection, import_id: int) -> bool:
    """Take an import, for as long as this connection lives; False when another process has it."""
    return bool(await fetch_value(conn, bool, _HOLD, id=import_id))


async def let_go(conn: AsyncConnection, import_id: int) -> None:
    """Give an import back."""
    await execute(conn, _LET_GO, id=import_id)


async def start(conn: AsyncConnection, import_id: int) -> Started | None:
    """Note that work begins, unless there is none any more."""
    return await fetch_one_as(conn, Started, _START, id=import_id)


async def put_off(conn: AsyncConnection, import_id: int, trouble: str) -> None:
    """Note why an attempt broke off; the next one comes after a pause that grows with each."""
    await execute(conn, _TROUBLE, id=import_id, trouble=trouble)


async def let_wait(conn: AsyncConnection, import_id: int, trouble: str) -> None:
    """Note what an import waits for; however long that takes, it is not given up for it."""
    await execute(conn, _WAIT, id=import_id, trouble=trouble)


async def pieces(conn: AsyncConnection, import_id: int) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    async for row in stream(conn, _PIECES, id=import_id):
        yield bytes(row["body"])


async def progress(
    conn: AsyncConnection, import_id: int, *, before: int, rows: int, counts: Mapping[str, int]
) -> None:
    """Move on by `rows` rows from `before`; raises ProgressTaken when somebody else did."""
    told = {"incomplete": 0, "wrong_place": 0} | dict(counts)
    if await execute(conn, _PROGRESS, id=import_id, before=before, rows=rows, **told) != 1:
        raise ProgressTaken


async def add_errors(conn: AsyncConnection, import_id: int, errors: Sequence[LineFault]) -> None:
    """Keep faults of lines."""
    rows = [{"import_id": import_id, **asdict(error)} for error in errors]
    await copy(conn, tables.import_errors, rows, *(rows[0] if rows else ()))


async def finish(conn: AsyncConnection, import_id: int, rows: int, *, keep_file: bool = False) -> None:
    """Note that every row was looked at, how many there were, and let the file go; a dry run's waits."""
    await execute(conn, _FINISH, id=import_id, rows=rows)
    if not keep_file:
        await execute(conn, _DROP_PIECES, id=import_id)


async def fail(conn: AsyncConnection, import_id: int, failure: Mapping[str, object]) -> None:
    """Note that the file cannot be imported, and let it go; a survey base is made whole or not at all."""
    await execute(conn, _FAIL, rows=[{"id": import_id, "failure": failure}])
    await execute(conn, _DROP_UNFINISHED, id=import_id)
    await execute(conn, _DROP_PIECES, id=import_id)


async def errors(
    conn: AsyncConnection, import_id: int, after: tuple[int, int], limit: int
) -> list[LineFault]:
    """The faults after a place (line, fault number), in the order of the file."""
    line, fault_no = after
    return await fetch_as(conn, LineFault, _ERRORS, id=import_id, line=line, fault_no=fault_no, limit=limit)
