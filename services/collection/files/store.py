"""SQL of files of channels: the file and its pieces, its rows, its faults, and which version counts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    all_but,
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
from services.collection import tables
from services.collection.files.rules import Entry, Fault, FaultKind, FileKind, FileState, Row, RowState


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be kept and read."""

    county: str
    division_code: str
    channel: str
    kind: FileKind
    business_on: date
    sha256: bytes
    size_bytes: int
    uploaded_at: datetime
    uploaded_by: str
    profile: str = ""
    state: FileState = "queued"


@dataclass(frozen=True, slots=True)
class ChannelFile(NewFile):
    """A file on record; the sums are those of its rows, once it was read."""

    file_id: int = 0
    version: int | None = None
    row_count: int = 0
    fault_count: int = 0
    in_fen: int | None = None
    out_fen: int | None = None
    fee_fen: int | None = None
    read_at: datetime | None = None
    compared_at: datetime | None = None
    difference_count: int | None = None


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of a file."""

    line: int
    entry: Entry
    state: RowState
    transaction_no: str
    return_no: str | None
    entry_no: str | None
    order_no: str | None
    amount_fen: int
    fee_fen: int
    happened_at: datetime
    coverage_year: int | None


@dataclass(frozen=True, slots=True)
class KeptFault:
    """A fault of a file."""

    fault_no: int
    line: int
    kind: FaultKind
    about: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files to list; None is all."""

    division: str
    county: str | None = None
    channel: str | None = None
    business_on: date | None = None
    state: FileState | None = None


_DAY = ("county", "channel", "kind", "business_on")
_NEW = Records(tables.channel_files, *NewFile.__dataclass_fields__)
_CREATE = statement(f"""
    INSERT INTO channel_files ({_NEW.names}) SELECT {_NEW.names} FROM {_NEW}
    ON CONFLICT (county, channel, kind, business_on, sha256, profile) WHERE state <> 'refused' DO NOTHING
    RETURNING file_id
""")
_COUNTED = ("compared_with", "named_count", "in_count", "out_count")
_FILE = f"SELECT {', '.join(all_but(tables.channel_files, *_COUNTED))} FROM channel_files"
_ONE = statement(f"{_FILE} WHERE file_id = :file_id")
_SAME = statement(f"""
    {_FILE} WHERE county = :county AND channel = :channel AND kind = :kind AND business_on = :business_on
        AND sha256 = :sha256 AND profile = :profile AND state <> 'refused'
""")
_PAGE = statement(f"""
    {_FILE}
    WHERE file_id > :after AND division_code LIKE CAST(:division AS text) || '%'
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:channel AS text) IS NULL OR channel = :channel)
      AND (CAST(:business_on AS date) IS NULL OR business_on = :business_on)
      AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY file_id LIMIT :limit
""")
_PIECES = statement(
    "SELECT body FROM channel_file_pieces WHERE file_id = :file_id ORDER BY piece_no",
    tables.channel_file_pieces.c.body,
)
_HAS_PIECES = statement("""
    SELECT EXISTS (SELECT FROM channel_file_pieces WHERE file_id = :file_id AND body IS NOT NULL)
""")
# Files of one day are read in the order in which they came: the last one counts.
_DUE = statement("""
    SELECT min(file_id) FROM channel_files WHERE state = 'queued'
    GROUP BY county, channel, kind, business_on ORDER BY 1
""")
_COUNT_QUEUED = statement("SELECT count(*) FROM channel_files WHERE state = 'queued'")
_LOCK = "hashtextextended('channel file ' || CAST(CAST(:file_id AS bigint) AS text), 0)"
_HOLD = statement(f"SELECT pg_try_advisory_lock({_LOCK})")
_LET_GO = statement(f"SELECT pg_advisory_unlock({_LOCK})")
_TAKE_DAY = statement("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:day AS text), 0))")
_PROGRESS = statement("""
    UPDATE channel_files SET row_count = :row_count WHERE file_id = :file_id AND state = 'queued'
""")
_REPLACE = statement("""
    UPDATE channel_files o SET state = 'replaced' FROM channel_files f
    WHERE f.file_id = :file_id AND o.state = 'current' AND o.county = f.county AND o.channel = f.channel
      AND o.kind = f.kind AND o.business_on = f.business_on
""")
_COUNTS = statement("""
    UPDATE channel_files f
    SET state = 'current', read_at = :read_at, row_count = sums.row_count, in_fen = sums.in_fen,
        out_fen = sums.out_fen, fee_fen = sums.fee_fen, named_count = sums.named_count,
        in_count = sums.in_count, out_count = sums.out_count,
        version = 1 + (SELECT count(*) FROM channel_files o
                       WHERE o.county = f.county AND o.channel = f.channel AND o.kind = f.kind
                         AND o.business_on = f.business_on AND o.version IS NOT NULL)
    FROM (
        SELECT count(*) AS row_count,
               count(coalesce(identity_digest, CAST(coverage_year AS text))) AS named_count,
               count(*) FILTER (WHERE entry IN ('payment', 'money_in')) AS in_count,
               count(*) FILTER (WHERE entry IN ('refund', 'money_out') AND state = 'done') AS out_count,
               coalesce(sum(amount_fen) FILTER (WHERE entry IN ('payment', 'money_in')), 0) AS in_fen,
               coalesce(sum(amount_fen) FILTER (
                   WHERE entry IN ('refund', 'money_out') AND state = 'done'), 0) AS out_fen,
               coalesce(sum(fee_fen), 0) AS fee_fen
        FROM channel_file_rows WHERE file_id = :file_id
    ) AS sums
    WHERE f.file_id = :file_id
""")
_REFUSE = statement("""
    UPDATE channel_files SET state = 'refused', read_at = :read_at, row_count = 0, fault_count = :fault_count
    WHERE file_id = :file_id AND state = 'queued'
""")
_ROW = ", ".join(KeptRow.__dataclass_fields__)
_ROWS = statement(f"""
    SELECT {_ROW} FROM channel_file_rows WHERE file_id = :file_id AND line > :after ORDER BY line LIMIT :limit
""")
_FAULTS = statement("""
    SELECT fault_no, line, kind, about FROM channel_file_faults
    WHERE file_id = :file_id AND fault_no > :after ORDER BY fault_no LIMIT :limit
""")


async def take_day(conn: AsyncConnection, file: NewFile) -> None:
    """Let nobody else add or judge a file about the same day until the transaction ends."""
    day = f"channel files {file.county}/{file.channel}/{file.kind}/{file.business_on.isoformat()}"
    await fetch(conn, _TAKE_DAY, day=day)


async def create(conn: AsyncConnection, new: NewFile) -> int | None:
    """Note a file whose pieces are about to be kept; None where the same one is there."""
    return await fetch_value(conn, int, _CREATE, rows=[new])


async def same(conn: AsyncConnection, new: NewFile) -> ChannelFile | None:
    """The same file about the same day, unless it was refused."""
    asked = {name: getattr(new, name) for name in (*_DAY, "sha256", "profile")}
    return await fetch_one_as(conn, ChannelFile, _SAME, **asked)


async def add_piece(conn: AsyncConnection, file_id: int, piece_no: int, body: bytes) -> None:
    """Keep a piece of a file."""
    await copy(conn, tables.channel_file_pieces, [{"file_id": file_id, "piece_no": piece_no, "body": body}])


async def pieces(conn: AsyncConnection, file_id: int) -> AsyncIterator[bytes]:
    """A file as it came, piece by piece."""
    async for row in stream(conn, _PIECES, file_id=file_id):
        yield bytes(row["body"])


async def has_pieces(conn: AsyncConnection, file_id: int) -> bool:
    """Whether a file is still there, as it came."""
    return bool(await fetch_value(conn, bool, _HAS_PIECES, file_id=file_id))


async def one(conn: AsyncConnection, file_id: int) -> ChannelFile | None:
    """A file."""
    return await fetch_one_as(conn, ChannelFile, _ONE, file_id=file_id)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[ChannelFile]:
    """Files in the order in which they came."""
    return await fetch_as(conn, ChannelFile, _PAGE, **asdict(wanted), after=after, limit=limit)


async def due(conn: AsyncConnection) -> list[int]:
    """Files that may be read now."""
    return await fetch_values(conn, int, _DUE)


async def count_queued(conn: AsyncConnection) -> int:
    """How many files wait to be read."""
    return await fetch_value(conn, int, _COUNT_QUEUED) or 0


async def hold(conn: AsyncConnection, file_id: int) -> bool:
    """Take a file, for as long as this connection lives; False when another process has it."""
    return bool(await fetch_value(conn, bool, _HOLD, file_id=file_id))


async def let_go(conn: AsyncConnection, file_id: int) -> None:
    """Give a file back."""
    await execute(conn, _LET_GO, file_id=file_id)


async def progress(conn: AsyncConnection, file_id: int, row_count: int) -> None:
    """Show how many rows were read."""
    await execute(conn, _PROGRESS, file_id=file_id, row_count=row_count)


async def add_rows(conn: AsyncConnection, file_id: int, rows: Sequence[Row]) -> None:
    """Append rows of a file."""
    for row in rows:
        row.file_id = file_id
    await copy(conn, tables.channel_file_rows, rows)


async def make_current(conn: AsyncConnection, file_id: int, now: datetime) -> None:
    """Have a file count that was read whole, and the one before it no more."""
    await execute(conn, _REPLACE, file_id=file_id)
    await execute(conn, _COUNTS, file_id=file_id, read_at=now)


async def refuse(conn: AsyncConnection, file_id: int, faults: Sequence[Fault], now: datetime) -> None:
    """Note what is wrong with a file, of which no row is kept."""
    rows = [
        {"file_id": file_id, "fault_no": no, "line": fault.line, "kind": fault.kind, "about": fault.about}
        for no, fault in enumerate(faults, start=1)
    ]
    await execute(conn, _REFUSE, file_id=file_id, read_at=now, fault_count=len(rows))
    await copy(conn, tables.channel_file_faults, rows)


async def rows_of(conn: AsyncConnection, file_id: int, after: int, limit: int) -> list[KeptRow]:
    """Rows of a file behind a line."""
    return await fetch_as(conn, KeptRow, _ROWS, file_id=file_id, after=after, limit=limit)


async def faults_of(conn: AsyncConnection, file_id: int, after: int, limit: int) -> list[KeptFault]:
    """Faults of a file, behind one of them."""
    return await fetch_as(conn, KeptFault, _FAULTS, file_id=file_id, after=after, limit=limit)
