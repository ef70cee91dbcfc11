"""SQL of batches and their rows: what is new for a party, what was sent, and what it said of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    Statement,
    all_but,
    any_of,
    execute,
    fetch_as,
    fetch_one_as,
    fetch_value,
    statement,
    stream_as,
)
from services.collection.exchange.contents_store import CONTENTS
from services.collection.exchange.rules import BatchState, Kind, Party, RowState
from services.collection.tables import exchange_batches


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch that is to be made; its county's code says who sees it."""

    county: str
    division_code: str
    coverage_year: int
    party: Party
    kind: Kind
    profile: str
    layout: Mapping[str, object]
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch on record; the counts are of its rows as they stand."""

    batch_id: int
    county: str
    division_code: str
    coverage_year: int
    party: Party
    kind: Kind
    batch_no: int
    profile: str
    row_count: int
    total_fen: int
    made_at: datetime
    made_by: str
    accepted: int
    refused: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which batches to list; None is all."""

    division: str
    parties: Sequence[Party]
    county: str | None = None
    coverage_year: int | None = None
    kind: Kind | None = None
    state: BatchState | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a batch; `transaction_no` is the channel's number of the payment."""

    row_no: int
    number: str
    person_id: int | None
    amount_fen: int
    content: dict[str, object]
    state: RowState
    code: str | None
    words: str | None
    answered_at: datetime | None
    payment_id: int | None
    line_no: int | None
    transaction_no: str | None


@dataclass(slots=True)
class ToldRow:
    """What a file says of a row; `content` is JSON still."""

    row_no: int
    number: str
    content: str
    transaction_no: str | None


@dataclass(frozen=True, slots=True)
class Added:
    """How many rows a batch got, and what they come to."""

    row_count: int
    total_fen: int


_TAKE_TURN = statement("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:about AS text), 0))")
_NEW = Records(exchange_batches, *NewBatch.__dataclass_fields__)
_CREATE = statement(f"""
    INSERT INTO exchange_batches ({_NEW.names}, batch_no)
    SELECT {_NEW.names}, 1 + coalesce((SELECT max(b.batch_no) FROM exchange_batches b
                                       WHERE b.county = rows.county AND b.party = rows.party), 0)
    FROM {_NEW}
    RETURNING batch_id
""")
# What was just sent has no statistics yet: row by row a county would be compared for hours.
_PLAN = statement("SELECT set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true)")
_OF_KIND = """
    FROM exchange_rows
    WHERE county = :county AND coverage_year = :coverage_year AND party = :party AND kind = :kind
"""


def _adding(content: str) -> Statement:
    """Add what differs from what the party knows: the last that it did not refuse.

    What it refused is not sent again as it is, unless an officer said so.
    """
    return statement(f"""
        WITH now_is AS MATERIALIZED (
            SELECT *, md5(CAST(content AS text)) AS print FROM ({content}) c
        ), last AS MATERIALIZED (
            SELECT DISTINCT ON (number) number, print, state = 'refused' AND released_at IS NULL AS refused
            {_OF_KIND} ORDER BY number, batch_id DESC
        ), standing AS MATERIALIZED (
            SELECT DISTINCT ON (number) number, print
            {_OF_KIND} AND state <> 'refused' ORDER BY number, batch_id DESC
        ), added AS (
            INSERT INTO exchange_rows (batch_id, row_no, county, coverage_year, party, kind, number,
                                       person_id, payment_id, line_no, amount_fen, content, print)
            SELECT CAST(:batch_id AS bigint), row_number() OVER (ORDER BY n.number), CAST(:county AS text),
                   CAST(:coverage_year AS integer), CAST(:party AS text), CAST(:kind AS text), n.number,
                   n.person_id, n.payment_id, n.line_no, n.amount_fen, n.content, n.print
            FROM now_is n LEFT JOIN standing s USING (number) LEFT JOIN last t USING (number)
            WHERE n.print IS DISTINCT FROM s.print AND (n.fresh OR s.number IS NOT NULL)
              AND NOT coalesce(t.refused AND t.print = n.print, false)
            RETURNING amount_fen
        )
        UPDATE exchange_batches b SET row_count = sums.row_count, total_fen = sums.total_fen
        FROM (SELECT CAST(count(*) AS integer) AS row_count,
                     CAST(coalesce(sum(amount_fen), 0) AS bigint) AS total_fen FROM added) AS sums
        WHERE b.batch_id = :batch_id
        RETURNING sums.row_count, sums.total_fen
    """)


_ADD = {kind: _adding(content) for kind, content in CONTENTS.items()}
_SENT_ANEW = statement("""
    SELECT r.number FROM exchange_rows r
    WHERE r.batch_id = :batch_id AND EXISTS (
        SELECT FROM exchange_rows o
        WHERE o.county = r.county AND o.coverage_year = r.coverage_year AND o.party = r.party
          AND o.kind = r.kind AND o.number = r.number AND o.batch_id < r.batch_id AND o.state = 'refused')
""")
_BATCHES = f"SELECT {', '.join(all_but(exchange_batches, 'layout'))} FROM exchange_batches b"
_ONE = statement(f"{_BATCHES} WHERE b.batch_id = :batch_id")
_PAGE = statement(f"""
    {_BATCHES}
    WHERE b.batch_id > :after AND starts_with(b.division_code, :division)
      AND (CAST(:county AS text) IS NULL OR b.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR b.coverage_year = :coverage_year)
      AND b.party {any_of(exchange_batches.c.party, "parties")}
      AND (CAST(:kind AS text) IS NULL OR b.kind = :kind)
      AND (CAST(:state AS text) IS NULL OR (b.accepted + b.refused < b.row_count) = (:state = 'unanswered'))
    ORDER BY b.batch_id LIMIT :limit
""")
_LAYOUT = statement("SELECT layout FROM exchange_batches WHERE batch_id = :batch_id")
_ROW = """
    SELECT r.row_no, r.number, r.person_id, r.amount_fen, r.content, r.state, r.code, r.words, r.answered_at,
           r.payment_id, r.line_no, p.transaction_no
    FROM exchange_rows r LEFT JOIN payments p ON p.id = r.payment_id
    WHERE r.batch_id = :batch_id
"""
_ROWS = statement("""
    SELECT r.row_no, r.number, CAST(r.content AS text) AS content, p.transaction_no
    FROM exchange_rows r LEFT JOIN payments p ON p.id = r.payment_id
    WHERE r.batch_id = :batch_id ORDER BY r.row_no
""")
_ROWS_PAGE = statement(f"""
    {_ROW} AND r.row_no > :after AND (CAST(:state AS text) IS NULL OR r.state = :state)
    ORDER BY r.row_no LIMIT :limit
""")


async def take_turn(conn: AsyncConnection, county: str, party: Party) -> None:
    """Let nobody else make a batch for a party of a county until the transaction ends."""
    await execute(conn, _TAKE_TURN, about=f"exchange {county}/{party}")


async def create(conn: AsyncConnection, new: NewBatch) -> int:
    """Open a batch under the next number; the turn is taken."""
    batch_id = await fetch_value(conn, int, _CREATE, rows=[new])
    assert batch_id is not None, "an insert gives its row"
    return batch_id


async def add_changed(conn: AsyncConnection, batch_id: int, new: NewBatch) -> Added:
    """Give a batch a row for each thing of which the party does not know what there is to know."""
    asked = {name: getattr(new, name) for name in ("county", "coverage_year", "party", "kind")}
    await execute(conn, _PLAN)
    added = await fetch_one_as(conn, Added, _ADD[new.kind], batch_id=batch_id, now=new.made_at, **asked)
    assert added is not None, "the batch was opened in this transaction"
    return added


async def sent_anew(conn: AsyncConnection, batch_id: int) -> list[str]:
    """The numbers of a batch that had been refused before."""
    return [row.number for row in await fetch_as(conn, _Number, _SENT_ANEW, batch_id=batch_id)]


@dataclass(frozen=True, slots=True)
class _Number:
    number: str


async def one(conn: AsyncConnection, batch_id: int) -> Batch | None:
    """A batch."""
    return await fetch_one_as(conn, Batch, _ONE, batch_id=batch_id)


async def page(conn: AsyncConnection, wanted: Wanted, after: int, limit: int) -> list[Batch]:
    """Batches in the order in which they were made."""
    return await fetch_as(conn, Batch, _PAGE, **asdict(wanted), after=after, limit=limit)


async def layout_of(conn: AsyncConnection, batch_id: int) -> dict[str, object]:
    """The layout of a batch as it was when it was made."""
    found: dict[str, object] | None = await fetch_value(conn, dict, _LAYOUT, batch_id=batch_id)
    assert found is not None, "batches are never deleted"
    return found


def told_rows(conn: AsyncConnection, batch_id: int) -> AsyncIterator[ToldRow]:
    """What the file of a batch is made of, in its order, however many."""
    return stream_as(conn, ToldRow, _ROWS, batch_id=batch_id)


async def rows_page(
    conn: AsyncConnection, batch_id: int, state: RowState | None, after: int, limit: int
) -> list[Row]:
    """Rows of a batch behind one of them."""
    return await fetch_as(conn, Row, _ROWS_PAGE, batch_id=batch_id, state=state, after=after, limit=limit)
