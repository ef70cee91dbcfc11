"""SQL of payout batches, their attempts and the banks' result files."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.engine import driver_connection
from services.subsidy.payouts.rules import Outcome, PayoutState, SentAttempt, Settlement, payout_no
from services.subsidy.payouts.store import CARD_OF_PAYOUT

_BY_KEY = "SELECT * FROM batches WHERE created_by = $1 AND idempotency_key = $2"

_NEW_BATCH = """
INSERT INTO batches (county, coverage_year, division_prefix, declared_count, declared_total_fen, created_by,
                     created_at, idempotency_key)
VALUES ($1, $2, $3, 0, 0, $4, $5, $6)
ON CONFLICT (created_by, idempotency_key) DO NOTHING
RETURNING batch_id
"""

# One statement locks, numbers and snapshots: of two batches made at once the second finds nothing ready.
_COLLECT = f"""
WITH ready AS MATERIALIZED (
    SELECT p.payout_id, p.person_id, p.payee_digest, p.attempt, p.amount_fen FROM payouts p
    WHERE p.county = $2 AND p.coverage_year = $3 AND p.state = 'ready'
      AND ($4::text = '' OR p.division_code BETWEEN $5 AND $6)
    ORDER BY p.payout_id
    FOR UPDATE
), sent AS (
    INSERT INTO attempts (payout_id, attempt, county, coverage_year, batch_id, amount_fen, card_id,
                          account_cipher, account_masked, bank, holder)
    SELECT p.payout_id, p.attempt + 1, $2, $3, $1, p.amount_fen, card.card_id, card.account_cipher,
           card.account_masked, card.bank, card.holder
    FROM ready p {CARD_OF_PAYOUT}
    WHERE card.card_id IS NOT NULL
    ORDER BY p.payout_id
    RETURNING payout_id, attempt, amount_fen, card_id
), moved AS (
    UPDATE payouts
    SET state = 'sent', attempt = sent.attempt, tried_account = cards.account_digest, reason = NULL,
        changed_at = $7
    FROM sent JOIN cards ON cards.card_id = sent.card_id
    WHERE payouts.payout_id = sent.payout_id
)
UPDATE batches
SET declared_count = total.number, declared_total_fen = total.amount_fen
FROM (
    SELECT count(*)::integer AS number, coalesce(sum(amount_fen), 0)::bigint AS amount_fen FROM sent
) AS total
WHERE batches.batch_id = $1
RETURNING batches.*
"""


async def batch_by_key(conn: AsyncConnection, creator: str, key: str) -> dict[str, Any] | None:
    """The batch that this creator made with this idempotency key."""
    raw = await driver_connection(conn)
    row = await raw.fetchrow(_BY_KEY, creator, key)
    return dict(row) if row else None


async def new_batch(
    conn: AsyncConnection,
    county: str,
    year: int,
    division_prefix: str,
    creator: str,
    at: datetime,
    key: str | None,
) -> int | None:
    """Open a batch without payouts; None when its idempotency key was used meanwhile."""
    raw = await driver_connection(conn)
    return await raw.fetchval(_NEW_BATCH, county, year, division_prefix, creator, at, key)


async def collect(
    conn: AsyncConnection,
    batch_id: int,
    county: str,
    year: int,
    division: str,
    division_range: tuple[str, str],
    at: datetime,
) -> dict[str, Any]:
    """Send every ready payout of the division with this batch; give the batch with count and total."""
    raw = await driver_connection(conn)
    return dict(await raw.fetchrow(_COLLECT, batch_id, county, year, division, *division_range, at))


_BATCH = "SELECT * FROM batches WHERE batch_id = $1"

_BATCHES = """
SELECT * FROM batches
WHERE batch_id > $1 AND ($2::text IS NULL OR county = $2) AND ($3::integer IS NULL OR coverage_year = $3)
  AND starts_with(division_prefix, $4)
ORDER BY batch_id
LIMIT $5
"""

_PROGRESS = """
SELECT coalesce(outcome, 'sent') AS outcome, count(*)::integer AS number,
       sum(amount_fen)::bigint AS amount_fen
FROM attempts WHERE batch_id = $1 GROUP BY 1 ORDER BY 1
"""

_LINES = """
SELECT a.payout_id, a.attempt, a.amount_fen, a.account_cipher, a.bank, a.holder, p.kind, p.coverage_year
FROM attempts a JOIN payouts p USING (payout_id)
WHERE a.batch_id = $1
ORDER BY a.payout_id
"""


async def batch(conn: AsyncConnection, batch_id: int, *, lock: bool = False) -> dict[str, Any] | None:
    """Look one batch up; with `lock` its results are taken in one after the other."""
    raw = await driver_connection(conn)
    row = await raw.fetchrow(_BATCH + (" FOR UPDATE" if lock else ""), batch_id)
    return dict(row) if row else None


async def list_batches(
    conn: AsyncConnection, after: int, county: str | None, year: int | None, division: str, limit: int
) -> list[dict[str, Any]]:
    """A page of the batches that were made for a division or a part of it."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_BATCHES, after, county, year, division, limit)]


async def progress(conn: AsyncConnection, batch_id: int) -> list[dict[str, Any]]:
    """Count and sum of a batch by what the bank answered; `sent` is without an answer."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_PROGRESS, batch_id)]


async def file_lines(conn: AsyncConnection, batch_id: int) -> list[dict[str, Any]]:
    """What the bank's file of a batch is made of, in the order of payout ids."""
    raw = await driver_connection(conn)
    return [dict(row) for row in await raw.fetch(_LINES, batch_id)]


_ATTEMPTS = """
SELECT a.payout_id, a.attempt, a.amount_fen, a.outcome, p.kind, p.grant_id, p.refund_id, p.person_id,
       p.county, p.coverage_year, p.division_code, p.payer, r.payment_id, r.line_no, r.channel
FROM attempts a JOIN payouts p USING (payout_id) LEFT JOIN refunds r USING (refund_id)
WHERE a.batch_id = $1
"""

_OLD_ANSWER = "SELECT answer FROM result_files WHERE batch_id = $1 AND sha256 = $2"

_KEEP_ANSWER = """
INSERT INTO result_files (county, coverage_year, batch_id, sha256, answer, received_by, received_at)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)
"""

_SETTLE = """
WITH answered AS MATERIALIZED (
    SELECT p.payout_id, bank.attempt, bank.outcome, bank.reason
    FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[])
      AS bank (payout_id, attempt, outcome, reason)
    JOIN payouts p USING (payout_id)
    ORDER BY p.payout_id
    FOR UPDATE OF p
), tried AS (
    UPDATE attempts SET outcome = answered.outcome, reason = answered.reason, settled_at = $5
    FROM answered
    WHERE attempts.payout_id = answered.payout_id AND attempts.attempt = answered.attempt
)
UPDATE payouts
SET state = CASE WHEN answered.outcome = 'paid' THEN 'paid' ELSE 'needs_card' END,
    reason = answered.reason, changed_at = $5
FROM answered
WHERE payouts.payout_id = answered.payout_id AND payouts.attempt = answered.attempt
"""

_SETTLE_REFUNDS = """
UPDATE refunds SET state = CASE WHEN bank.outcome = 'paid' THEN 'paid' ELSE 'approved' END
FROM unnest($1::bigint[], $2::text[]) AS bank (refund_id, outcome)
WHERE refunds.refund_id = bank.refund_id
"""


async def attempts_of(
    conn: AsyncConnection, batch_id: int
) -> tuple[dict[str, SentAttempt], dict[str, dict[str, Any]]]:
    """The attempts of a batch by payout number: as the rules see them, and with what their facts need."""
    raw = await driver_connection(conn)
    rows = {
        payout_no(row["payout_id"], row["attempt"]): dict(row) for row in await raw.fetch(_ATTEMPTS, batch_id)
    }
    seen = {
        number: SentAttempt(
            row["payout_id"],
            row["attempt"],
            row["amount_fen"],
            Outcome(row["outcome"]) if row["outcome"] else None,
        )
        for number, row in rows.items()
    }
    return seen, rows


async def old_answer(conn: AsyncConnection, batch_id: int, sha256: str) -> dict[str, Any] | None:
    """What was answered to the same result file before."""
    raw = await driver_connection(conn)
    return await raw.fetchval(_OLD_ANSWER, batch_id, sha256)


async def keep_answer(
    conn: AsyncConnection, of: dict[str, Any], sha256: str, answer: dict[str, Any], by: str, at: datetime
) -> None:
    """Keep what is answered to a result file of the batch `of`."""
    raw = await driver_connection(conn)
    await raw.execute(
        _KEEP_ANSWER,
        of["county"],
        of["coverage_year"],
        of["batch_id"],
        sha256,
        json.dumps(answer),
        by,
        at,
    )


async def settle(
    conn: AsyncConnection, final: Sequence[Settlement], refunds: dict[int, Outcome], at: datetime
) -> None:
    """Write the final outcome of attempts, each once, and the state of their payouts and refunds."""
    raw = await driver_connection(conn)
    await raw.execute(
        _SETTLE,
        [settlement.payout_id for settlement in final],
        [settlement.attempt for settlement in final],
        [settlement.outcome.value for settlement in final],
        [settlement.reason for settlement in final],
        at,
    )
    if refunds:
        await raw.execute(_SETTLE_REFUNDS, list(refunds), [outcome.value for outcome in refunds.values()])


#: States as the SQL above spells them; a test holds both against the transitions in rules.py.
SQL_STATES = frozenset(state.value for state in PayoutState)
