"""SQL of refund cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import driver_connection

_OPEN_AUTOMATIC = """
INSERT INTO refunds (county, coverage_year, payment_id, line_no, person_id, division_code, channel,
                     amount_fen, reason, state, withdraws, requested_by, requested_at)
SELECT l.county, l.coverage_year, l.payment_id, l.line_no, l.person_id, l.division_code, l.channel,
       l.amount_fen, l.reason, 'requested', false, $3, l.happened_at
FROM unnest($1::bigint[], $2::integer[]) AS opened (payment_id, line_no)
JOIN payment_lines l USING (payment_id, line_no)
ORDER BY l.payment_id, l.line_no
"""

_SUPERSEDE_REQUESTED = """
UPDATE refunds SET state = 'superseded'
FROM unnest($1::bigint[], $2::integer[]) AS applied (payment_id, line_no)
WHERE refunds.payment_id = applied.payment_id AND refunds.line_no = applied.line_no
  AND refunds.state = 'requested'
"""

_APPROVED = """
SELECT r.refund_id FROM refunds r
JOIN unnest($1::bigint[], $2::integer[]) AS applied (payment_id, line_no) USING (payment_id, line_no)
WHERE r.state = 'approved'
"""

_SUPERSEDE = "UPDATE refunds SET state = 'superseded' WHERE refund_id = ANY($1::bigint[])"

Place = tuple[int, int]


async def open_automatic(conn: AsyncConnection, places: Sequence[Place], by: str) -> None:
    """Open a case for each of these suspended payment lines, for all of its money."""
    raw = await driver_connection(conn)
    await raw.execute(_OPEN_AUTOMATIC, [place[0] for place in places], [place[1] for place in places], by)


async def supersede_requested(conn: AsyncConnection, places: Sequence[Place]) -> None:
    """Close the undecided cases of lines whose money was applied after all."""
    raw = await driver_connection(conn)
    await raw.execute(_SUPERSEDE_REQUESTED, [place[0] for place in places], [place[1] for place in places])


async def approved_refunds(conn: AsyncConnection, places: Sequence[Place]) -> list[int]:
    """The approved cases of these lines."""
    raw = await driver_connection(conn)
    rows = await raw.fetch(_APPROVED, [place[0] for place in places], [place[1] for place in places])
    return [row["refund_id"] for row in rows]


async def supersede(conn: AsyncConnection, refund_ids: Collection[int]) -> None:
    """Close these cases, whose payouts are cancelled."""
    raw = await driver_connection(conn)
    await raw.execute(_SUPERSEDE, list(refund_ids))


_LINE = """
SELECT payment_id, line_no, county, coverage_year, person_id, division_code, channel, state, amount_fen
FROM payment_lines WHERE payment_id = $1 AND line_no = $2
"""

_REFUNDED = """
SELECT coalesce(sum(amount_fen), 0)::bigint FROM refunds
WHERE payment_id = $1 AND line_no = $2 AND state IN ('requested', 'approved', 'paid')
  AND refund_id IS DISTINCT FROM $3
"""

_GIVE_BACK = """
UPDATE payment_lines SET refunded_fen = refunded_fen + $3, withdrawn = withdrawn OR $4
WHERE payment_id = $1 AND line_no = $2
"""


async def line(conn: AsyncConnection, place: Place, *, lock: bool = False) -> dict[str, Any] | None:
    """Look a payment line up; `lock` it (after its person) before deciding about its money."""
    raw = await driver_connection(conn)
    row = await raw.fetchrow(_LINE + (" FOR UPDATE" if lock else ""), *place)
    return dict(row) if row else None


async def refunded_fen(conn: AsyncConnection, place: Place, without: int | None = None) -> int:
    """What refunds of a line amount to, paid or under way, one of them left out."""
    raw = await driver_connection(conn)
    return await raw.fetchval(_REFUNDED, *place, without)


async def give_back(conn: AsyncConnection, place: Place, amount_fen: int, whole: bool) -> None:
    """Note on a line what an approved refund gives back; `whole` when it ends the contribution."""
    raw = await driver_connection(conn)
    await raw.execute(_GIVE_BACK, *place, amount_fen, whole)


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund that somebody requests."""

    county: str | None
    coverage_year: int | None
    payment_id: int
    line_no: int
    person_id: int | None
    payee_digest: str | None
    division_code: str | None
    channel: str
    amount_fen: int
    reason: str
    withdraws: bool
    requested_by: str
    requested_at: datetime


_ADD = """
INSERT INTO refunds (county, coverage_year, payment_id, line_no, person_id, payee_digest, division_code,
                     channel, amount_fen, reason, state, withdraws, requested_by, requested_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'requested', $11, $12, $13)
RETURNING refund_id
"""

_DECIDE = """
UPDATE refunds
SET state = $2, decided_by = $3, decided_at = $4, decision_note = $5, county = $6, coverage_year = $7,
    withdraws = $8
WHERE refund_id = $1
"""

_ONE = """
SELECT r.*, p.payout_id, p.state AS payout_state, p.reason AS payout_reason
FROM refunds r LEFT JOIN payouts p USING (refund_id) WHERE r.refund_id = $1
"""

_LOCK = "SELECT state FROM refunds WHERE refund_id = $1 FOR UPDATE"

_LIST = """
SELECT r.*, p.payout_id, p.state AS payout_state, p.reason AS payout_reason
FROM refunds r LEFT JOIN payouts p USING (refund_id)
WHERE r.refund_id > $1 AND ($2::text IS NULL OR r.state = $2) AND ($3::text IS NULL OR r.county = $3)
  AND ($4::integer IS NULL OR r.coverage_year = $4)
  AND ($5::text = '' OR r.division_code BETWEEN $6 AND $7)
ORDER BY r.refund_id
LIMIT $8
"""

_OF_PERSON = """
SELECT r.*, p.payout_id, p.state AS payout_state, p.reason AS payout_reason
FROM refunds r LEFT JOIN payouts p USING (refund_id)
WHERE r.person_id = $1 AND ($2::integer IS NULL OR r.coverage_year = $2)
ORDER BY r.refund_id
"""


async def add_refund(conn: AsyncConnection, new: NewRefund) -> int:
    """Write a requested refund and give its id."""
    raw = await driver_connection(conn)
    return await raw.fetchval(
        _ADD,
        new.county,
        new.coverage_year,
        new.payment_id,
        new.line_no,
        new.person_id,
        new.payee_digest,
        new.division_code,
        new.channel,
        new.amount_fen,
        new.reason,
        new.withdraws,
        new.requested_by,
        new.requested_at,
    )


async def decide_refund(
    conn: AsyncConnection,
    refund: dict[str, Any],
    state: str,
    *,
    by: str,
    at: datetime,
    note: str | None,
    withdraws: bool = False,
) -> None:
    """Write a decision about a locked case."""
    raw = await driver_connection(conn)
    await raw.execute(
        _DECIDE,
        refund["refund_id"],
        state,
        by,
        at,
        note,
        refund["county"],
        refund["coverage_year"],
        withdraws,
    )


async def refund(conn: AsyncConnection, refund_id: int) -> dict[str, Any] | None:
    """Look one case up, with its payout."""
    raw = await driver_connection(conn)
    row = await raw.fetchrow(_ONE, refund_id)
    return dict(row) if row else None


async def lock_refund(conn: AsyncConnection, refund_id: int) -> str | None:
    """Lock one case and give its state as it is then."""
    raw = await driver_connection(conn)
    return await raw.fetchval(_LOCK, refund_id)


async def list_refunds(
    conn: AsyncConnection,
    *,
    after: int,
    state: str | None,
    county: str | None,
    year: int | None,
    division: str,
    division_range: tuple[str, str],
    limit: int,
) -> list[dict[str, Any]]:
    """A page of cases within a division, in the order of their ids."""
    raw = await driver_connection(conn)
    rows = await raw.fetch(_LIST, after, state, county, year, division, *division_range, limit)
    return [dict(row) for row in rows]


async def refunds_of(conn: AsyncConnection, person_id: int, year: int | None) -> list[dict[str, Any]]:
    """The cases of a person."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_OF_PERSON, person_id, year)]
