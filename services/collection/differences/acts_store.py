"""SQL of steps about differences: the row of the file, our payment, and what its channel was asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import fetch_as, fetch_one_as, fetch_value, statement
from services.collection.channels.port import Outcome
from services.collection.files.rules import Entry, RowState


@dataclass(frozen=True, slots=True)
class FiledRow:
    """A row of a file that counts."""

    file_id: int
    line: int
    county: str
    division_code: str
    channel: str
    sha256: bytes
    entry: Entry
    state: RowState
    transaction_no: str
    order_no: str | None
    amount_fen: int
    happened_at: datetime
    coverage_year: int | None


@dataclass(frozen=True, slots=True)
class KnownBack:
    """Money of a transaction that went back, as it is on record; no amount: all of a payment not known."""

    return_no: str
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class FiledBack:
    """Money that by a file that counts went back of a transaction; `return_no` is the channel's, or ours."""

    file_id: int
    line: int
    sha256: bytes
    return_no: str
    amount_fen: int
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """A payment on record."""

    payment_id: int
    channel: str
    transaction_no: str
    order_no: str | None
    county: str | None
    coverage_year: int | None
    amount_fen: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line of a payment, and whether money of it went back, or is about to."""

    payment_id: int
    line_no: int
    went_back: bool


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line of a payment that waits in suspense."""

    payment_id: int
    line_no: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What a channel said last of a payment that it was asked about."""

    query_id: int
    outcome: Outcome
    asked_at: datetime


_ROW = statement("""
    SELECT f.file_id, r.line, f.county, f.division_code, f.channel, f.sha256, r.entry, r.state,
           r.transaction_no, r.order_no, r.amount_fen, r.happened_at, r.coverage_year
    FROM channel_file_rows r JOIN channel_files f USING (file_id)
    WHERE r.file_id = :file_id AND r.line = :line AND f.state = 'current'
""")
_PAYMENT = statement("""
    SELECT id AS payment_id, channel, transaction_no, order_no, county, coverage_year, amount_fen,
           paid_at
    FROM payments WHERE id = :payment_id
""")
_LINES = statement("""
    SELECT payment_id, line_no, state = 'refunded' OR refunded_fen > 0 OR giving_back AS went_back
    FROM payment_lines WHERE payment_id = :payment_id ORDER BY line_no
""")
_BACK = statement("""
    SELECT DISTINCT ON (return_no) f.file_id, r.line, f.sha256,
           coalesce(r.return_no, 'file-' || f.file_id || '-' || r.line) AS return_no, r.amount_fen,
           r.happened_at
    FROM channel_file_rows r JOIN channel_files f USING (file_id)
    WHERE r.entry = 'refund' AND r.transaction_no = :transaction_no AND r.state = 'done'
      AND f.state = 'current' AND f.county = :county AND f.channel = :channel
    ORDER BY return_no, f.business_on, r.line
""")
_KNOWN_BACK = statement("""
    SELECT r.return_no, coalesce(r.amount_fen, p.amount_fen) AS amount_fen
    FROM returns r LEFT JOIN payments p ON p.id = r.payment_id
    WHERE r.channel = :channel AND r.transaction_no = :transaction_no AND r.status = 'done'
      AND r.state <> 'ignored'
""")
_WAITING = statement("""
    SELECT payment_id, line_no FROM payment_lines WHERE payment_id = :payment_id AND state = 'suspended'
""")
_KNOWN = statement("""
    SELECT EXISTS (SELECT FROM payments WHERE channel = :channel AND transaction_no = :transaction_no)
        OR EXISTS (SELECT FROM notifications WHERE channel = :channel AND dedupe_key = :dedupe_key)
""")
_ANSWERED = statement("""
    SELECT query_id, outcome, asked_at FROM channel_queries
    WHERE channel = :channel AND subject IN (:by_order, :by_transaction) AND outcome IS NOT NULL
      AND reason IN ('difference', 'officer')
    ORDER BY asked_at DESC LIMIT 1
""")


async def row(conn: AsyncConnection, file_id: int, line: int) -> FiledRow | None:
    """The row of a file; None where a corrected file came since."""
    return await fetch_one_as(conn, FiledRow, _ROW, file_id=file_id, line=line)


async def payment(conn: AsyncConnection, payment_id: int) -> OwnPayment | None:
    """A payment of ours."""
    return await fetch_one_as(conn, OwnPayment, _PAYMENT, payment_id=payment_id)


async def is_known(conn: AsyncConnection, channel: str, transaction_no: str, dedupe_key: str) -> bool:
    """Whether the payment is on record, or was stored under this key."""
    asked = {"channel": channel, "transaction_no": transaction_no, "dedupe_key": dedupe_key}
    return bool(await fetch_value(conn, bool, _KNOWN, **asked))


async def answered(
    conn: AsyncConnection, channel: str, by_order: str, by_transaction: str
) -> Answered | None:
    """What the channel said last of a payment that an officer had it asked about."""
    asked = {"channel": channel, "by_order": by_order, "by_transaction": by_transaction}
    return await fetch_one_as(conn, Answered, _ANSWERED, **asked)


async def went_back(conn: AsyncConnection, row: FiledRow) -> list[FiledBack]:
    """All that by the files of its account went back of the transaction of a row, each number once."""
    asked = {"transaction_no": row.transaction_no, "county": row.county, "channel": row.channel}
    return await fetch_as(conn, FiledBack, _BACK, **asked)


async def known_back(conn: AsyncConnection, channel: str, transaction_no: str) -> list[KnownBack]:
    """What is on record here that went back of a transaction."""
    return await fetch_as(conn, KnownBack, _KNOWN_BACK, channel=channel, transaction_no=transaction_no)


async def waiting(conn: AsyncConnection, payment_id: int) -> list[WaitingLine]:
    """The lines of a payment that wait."""
    return await fetch_as(conn, WaitingLine, _WAITING, payment_id=payment_id)


async def lines(conn: AsyncConnection, payment_id: int) -> list[OwnLine]:
    """All lines of a payment."""
    return await fetch_as(conn, OwnLine, _LINES, payment_id=payment_id)
