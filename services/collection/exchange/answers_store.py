"""SQL of answers: files as they came, what cases say of their rows, confirmations, and who is silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, copy, fetch_as, fetch_value, statement
from services.collection.exchange.rules import Kind, Party, RowState
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
