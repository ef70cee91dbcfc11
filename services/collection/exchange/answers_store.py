"""SQL of answers: files as they came, what cases say of their rows, confirmations, and who is silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, any_of, copy, execute, fetch_as, fetch_value, statement
from services.collection.exchange.rules import AnswerLine, Kind, Party, RowState, SentRow
from services.collection.tables import exchange_answers, exchange_rows


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it came, and what was answered to it."""

    batch_id: int
    sha256: bytes
    body: bytes
    answer: Mapping[str, object]
    taken_at: datetime
    taken_by: str


@dataclass(frozen=True, slots=True)
class About:
    """Whose a row is, and whether it is the newest that was sent under its number."""

    row_no: int
    person_id: int | None
    payment_id: int | None
    line_no: int | None
    amount_fen: int
    newest: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the bureau says of a payment line, by the newest row about it."""

    payment_id: int
    line_no: int
    batch_no: int
    state: RowState
    sent_at: datetime
    answered_at: datetime | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Silent:
    """A batch of which rows are not answered."""

    batch_id: int
    county: str
    division_code: str
    coverage_year: int
    party: Party
    kind: Kind
    batch_no: int
    made_at: datetime
    rows: int


_KNOWN = statement("""
    SELECT answer FROM exchange_answers WHERE batch_id = :batch_id AND sha256 = CAST(:sha256 AS bytea)
""")
_ABOUT = statement(f"""
    SELECT r.row_no, r.person_id, r.payment_id, r.line_no, r.amount_fen, NOT EXISTS (
        SELECT FROM exchange_rows o
        WHERE o.county = r.county AND o.coverage_year = r.coverage_year AND o.party = r.party
          AND o.kind = r.kind AND o.number = r.number AND o.batch_id > r.batch_id) AS newest
    FROM exchange_rows r
    WHERE r.batch_id = :batch_id AND r.row_no {any_of(exchange_rows.c.row_no, "row_nos")}
""")
_CONFIRMATIONS = statement(f"""
    SELECT DISTINCT ON (r.payment_id, r.line_no)
           r.payment_id, r.line_no, b.batch_no, r.state, b.made_at AS sent_at, r.answered_at, r.code
    FROM exchange_rows r JOIN exchange_batches b USING (batch_id)
    WHERE r.payment_id {any_of(exchange_rows.c.payment_id, "ids")} AND r.party = 'bureau'
      AND r.kind IN ('payment', 'special_payment')
    ORDER BY r.payment_id, r.line_no, r.batch_id DESC
""")
_SILENT = statement("""
    SELECT batch_id, county, division_code, coverage_year, party, kind, batch_no, made_at,
           row_count - accepted - refused AS rows
    FROM exchange_batches WHERE accepted + refused < row_count AND made_at < :before ORDER BY batch_id
""")
_LOCK = statement("SELECT batch_id FROM exchange_batches WHERE batch_id = :batch_id FOR UPDATE")
_SENT = statement(f"""
    SELECT row_no, number, state FROM exchange_rows
    WHERE batch_id = :batch_id AND number {any_of(exchange_rows.c.number, "numbers")}
""")
_TOLD = Records(exchange_rows, "row_no", "state", "code", "words")
_TAKE = statement(f"""
    UPDATE exchange_rows r SET state = rows.state, code = rows.code, words = rows.words, answered_at = :at
    FROM {_TOLD} WHERE r.batch_id = :batch_id AND r.row_no = rows.row_no
""")
# Counted anew each time, for lists that show many batches: nothing is added up that could be added twice.
_COUNT = statement("""
    UPDATE exchange_batches b SET accepted = told.accepted, refused = told.refused
    FROM (SELECT CAST(count(*) FILTER (WHERE state = 'accepted') AS integer) AS accepted,
                 CAST(count(*) FILTER (WHERE state = 'refused') AS integer) AS refused
          FROM exchange_rows WHERE batch_id = :batch_id) told
    WHERE b.batch_id = :batch_id
""")
_RELEASE = statement("""
    UPDATE exchange_rows SET released_at = :at
    WHERE batch_id = :batch_id AND row_no = :row_no AND state = 'refused'
""")


async def keep(conn: AsyncConnection, kept: KeptAnswer) -> None:
    """Keep an answer as it came."""
    await copy(conn, exchange_answers, [kept])


async def known(conn: AsyncConnection, batch_id: int, sha256: bytes) -> dict[str, object] | None:
    """What was answered to the same file about a batch; None where it did not come yet."""
    return await fetch_value(conn, dict, _KNOWN, batch_id=batch_id, sha256=sha256)


async def about(conn: AsyncConnection, batch_id: int, row_nos: Sequence[int]) -> dict[int, About]:
    """By their places, whose rows of a batch are."""
    found = await fetch_as(conn, About, _ABOUT, batch_id=batch_id, row_nos=list(row_nos))
    return {row.row_no: row for row in found}


async def confirmations(
    conn: AsyncConnection, payment_ids: Sequence[int]
) -> dict[tuple[int, int], Confirmation]:
    """By payment and line, what the bureau says of it, where it was told."""
    found = await fetch_as(conn, Confirmation, _CONFIRMATIONS, ids=list(payment_ids))
    return {(one.payment_id, one.line_no): one for one in found}


async def silent(conn: AsyncConnection, before: datetime) -> list[Silent]:
    """Batches made before an instant of which rows are not answered."""
    return await fetch_as(conn, Silent, _SILENT, before=before)


async def lock(conn: AsyncConnection, batch_id: int) -> None:
    """Have answers about a batch taken in one after the other."""
    await execute(conn, _LOCK, batch_id=batch_id)


async def sent(conn: AsyncConnection, batch_id: int, numbers: Sequence[str]) -> dict[str, SentRow]:
    """The rows of a batch with these numbers."""
    found = await fetch_as(conn, SentRow, _SENT, batch_id=batch_id, numbers=list(numbers))
    return {row.number: row for row in found}


async def take(
    conn: AsyncConnection, batch_id: int, told: Sequence[tuple[SentRow, AnswerLine]], at: datetime
) -> None:
    """Note what a party says of rows."""
    news = [
        {"row_no": row.row_no, "state": line.outcome, "code": line.code, "words": line.words}
        for row, line in told
    ]
    if await execute(conn, _TAKE, batch_id=batch_id, rows=news, at=at):
        await execute(conn, _COUNT, batch_id=batch_id)


async def release(conn: AsyncConnection, batch_id: int, row_no: int, at: datetime) -> None:
    """Have a refused row sent again as it is."""
    await execute(conn, _RELEASE, batch_id=batch_id, row_no=row_no, at=at)
