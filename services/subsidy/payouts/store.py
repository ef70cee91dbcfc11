"""SQL of payouts outside of batches: opening and cancelling them, finding their cards, listing them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import driver_connection

# The card that a payout of `p` goes to: the person's own or the one named by digest, newest first; a minor
# without one gets the guardian's.
CARD_OF_PAYOUT = """
LEFT JOIN LATERAL (
    SELECT c.card_id, c.account_cipher, c.account_digest, c.account_masked, c.bank, c.holder
    FROM (
        SELECT p.payee_digest AS digest, 0 AS turn WHERE p.payee_digest IS NOT NULL
        UNION ALL
        SELECT own.digest, 0 FROM identities own WHERE own.person_id = p.person_id
        UNION ALL
        SELECT theirs.digest, 1
        FROM persons ward JOIN identities theirs ON theirs.person_id = ward.guardian_id
        WHERE ward.person_id = p.person_id AND ward.minor
    ) AS who
    JOIN cards c ON c.digest = who.digest AND c.replaced_at IS NULL
    ORDER BY who.turn, c.card_id DESC
    LIMIT 1
) AS card ON true
"""


@dataclass(frozen=True, slots=True)
class NewPayout:
    """A sum that is to go to a card."""

    county: str | None
    coverage_year: int | None
    kind: str
    grant_id: int | None
    refund_id: int | None
    person_id: int | None
    payee_digest: str | None
    division_code: str | None
    payer: str | None
    amount_fen: int
    created_at: datetime


_OPEN = f"""
INSERT INTO payouts (county, coverage_year, kind, grant_id, refund_id, person_id, payee_digest, division_code,
                     payer, amount_fen, state, reason, created_at, changed_at)
SELECT p.county, p.coverage_year, p.kind, p.grant_id, p.refund_id, p.person_id, p.payee_digest,
       p.division_code, p.payer, p.amount_fen,
       CASE WHEN card.card_id IS NULL THEN 'waiting_card' ELSE 'ready' END,
       CASE WHEN card.card_id IS NULL THEN 'no_account' END,
       p.created_at, p.created_at
FROM unnest($1::text[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
            $8::text[], $9::text[], $10::bigint[], $11::timestamptz[]) WITH ORDINALITY
  AS p (county, coverage_year, kind, grant_id, refund_id, person_id, payee_digest, division_code,
        payer, amount_fen, created_at, no)
{CARD_OF_PAYOUT}
ORDER BY p.no
"""

_CANCEL = """
WITH open AS (
    SELECT payout_id FROM payouts
    WHERE (grant_id = ANY($1::bigint[]) OR refund_id = ANY($2::bigint[]))
      AND state IN ('waiting_card', 'ready', 'needs_card')
    ORDER BY payout_id
    FOR UPDATE
)
UPDATE payouts SET state = 'cancelled', reason = $3
FROM open WHERE payouts.payout_id = open.payout_id
RETURNING payouts.grant_id, payouts.refund_id
"""

# A card that failed is not tried again by itself: only another account makes a payout ready.
_FIND_CARDS = f"""
WITH open AS MATERIALIZED (
    SELECT p.payout_id, p.person_id, p.payee_digest, p.state, p.tried_account FROM payouts p
    WHERE p.state IN ('waiting_card', 'needs_card')
      AND (p.person_id = ANY($1::bigint[]) OR p.payee_digest = ANY($2::text[])
           OR p.person_id IN (SELECT person_id FROM persons WHERE guardian_id = ANY($1::bigint[])))
    ORDER BY p.payout_id
    FOR UPDATE
), found AS (
    SELECT p.payout_id
    FROM open p {CARD_OF_PAYOUT}
    WHERE card.card_id IS NOT NULL
      AND (p.state = 'waiting_card' OR card.account_digest IS DISTINCT FROM p.tried_account)
)
UPDATE payouts SET state = 'ready', reason = NULL
FROM found WHERE payouts.payout_id = found.payout_id
"""

_FIND_ALL_CARDS = _FIND_CARDS.replace(
    """(p.person_id = ANY($1::bigint[]) OR p.payee_digest = ANY($2::text[])
           OR p.person_id IN (SELECT person_id FROM persons WHERE guardian_id = ANY($1::bigint[])))""",
    "p.county = $1 AND p.coverage_year = $2",
)


async def open_payouts(conn: AsyncConnection, new: Sequence[NewPayout]) -> None:
    """Open payouts, ready where a card is known already."""
    raw = await driver_connection(conn)
    await raw.execute(
        _OPEN,
        [payout.county for payout in new],
        [payout.coverage_year for payout in new],
        [payout.kind for payout in new],
        [payout.grant_id for payout in new],
        [payout.refund_id for payout in new],
        [payout.person_id for payout in new],
        [payout.payee_digest for payout in new],
        [payout.division_code for payout in new],
        [payout.payer for payout in new],
        [payout.amount_fen for payout in new],
        [payout.created_at for payout in new],
    )


async def cancel_payouts(
    conn: AsyncConnection,
    grant_ids: Collection[int] = (),
    refund_ids: Collection[int] = (),
    reason: str = "revoked",
) -> set[int]:
    """Cancel payouts whose money has not left; give the refunds of which that is true."""
    raw = await driver_connection(conn)
    rows = await raw.fetch(_CANCEL, list(grant_ids), list(refund_ids), reason)
    return {row["refund_id"] for row in rows if row["refund_id"] is not None}


async def find_cards(
    conn: AsyncConnection, person_ids: Collection[int] = (), digests: Collection[str] = ()
) -> int:
    """Make payouts of these people, of their wards and of these digests ready where a card is known now."""
    if not person_ids and not digests:
        return 0
    raw = await driver_connection(conn)
    return int((await raw.execute(_FIND_CARDS, sorted(person_ids), sorted(digests))).split()[-1])


async def find_all_cards(conn: AsyncConnection, county: str, year: int) -> int:
    """The same for every blocked payout of a county and year, before a batch is made of them."""
    raw = await driver_connection(conn)
    return int((await raw.execute(_FIND_ALL_CARDS, county, year)).split()[-1])


_LIST = """
SELECT p.payout_id, p.kind, p.grant_id, p.refund_id, p.county, p.coverage_year, p.division_code, p.person_id,
       p.payer, p.amount_fen, p.state, p.reason, p.attempt, p.created_at, a.batch_id, a.account_masked
FROM payouts p LEFT JOIN attempts a ON a.payout_id = p.payout_id AND a.attempt = p.attempt
WHERE p.payout_id > $1 AND ($2::text IS NULL OR p.state = $2) AND ($3::text IS NULL OR p.county = $3)
  AND ($4::integer IS NULL OR p.coverage_year = $4)
  AND ($5::text = '' OR p.division_code BETWEEN $6 AND $7)
ORDER BY p.payout_id
LIMIT $8
"""

_RETRY = """
UPDATE payouts SET state = 'ready', reason = NULL, changed_at = $2
WHERE payout_id = $1 AND state = 'needs_card'
"""

_ONE = """
SELECT payout_id, division_code, state FROM payouts WHERE payout_id = $1 FOR UPDATE
"""


async def list_payouts(
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
    """A page of payouts within a division, in the order of their ids."""
    raw = await driver_connection(conn)
    rows = await raw.fetch(_LIST, after, state, county, year, division, *division_range, limit)
    return [dict(row) for row in rows]


async def lock_payout(conn: AsyncConnection, payout_id: int) -> dict[str, Any] | None:
    """Lock one payout."""
    raw = await driver_connection(conn)
    row = await raw.fetchrow(_ONE, payout_id)
    return dict(row) if row else None


async def retry_payout(conn: AsyncConnection, payout_id: int, at: datetime) -> None:
    """Make a payout ready again with the card it has."""
    raw = await driver_connection(conn)
    await raw.execute(_RETRY, payout_id, at)


_COUNTS = "SELECT state, count(*)::integer AS number FROM payouts GROUP BY state"


async def payout_counts(conn: AsyncConnection) -> dict[str, int]:
    """How many payouts are in each state."""
    raw = await driver_connection(conn)
    return {row["state"]: row["number"] for row in await raw.fetch(_COUNTS)}
