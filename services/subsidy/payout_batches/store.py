"""SQL of payout batches and the lines of their files."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import execute, fetch_as, fetch_one_as, fetch_value, statement
from libs.common.transitions import listed
from services.subsidy.payouts.cards_store import CARD_OF_PAYOUT
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent
from services.subsidy.payouts.store import Kind
from services.subsidy.tables import attempts
from services.subsidy.verifications.rules import Waits


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A payout batch with what it declares to the bank."""

    batch_id: int
    county: str
    coverage_year: int
    division_prefix: str
    declared_count: int
    declared_total_fen: int
    created_by: str
    created_at: datetime
    approval_id: int | None
    decided_by: str | None
    approved_at: datetime | None
    refused_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """Who wants which payouts sent: those of a county and year within a division of the creator's.

    Help `waits` for what the notice says; `bank` and `most` say which bank, and how many at most.
    """

    county: str
    coverage_year: int
    division: str
    division_range: tuple[str, str]
    creator: str
    waits: Waits
    bank: str | None = None
    most: int | None = None


_SHOWN = (
    "batch_id, county, coverage_year, division_prefix, declared_count, declared_total_fen, "
    "created_by, created_at, approval_id, decided_by, approved_at, refused_at"
)
_NEW_BATCH = statement("""
    INSERT INTO batches (county, coverage_year, division_prefix, declared_count, declared_total_fen,
                         created_by, created_at)
    VALUES (:county, :coverage_year, :division, 0, 0, :creator, :at)
    RETURNING batch_id
""")

# Whoever decides about lines of rosters, or about their money, has the turn of the county first.
_MAY_GO = """
    (p.kind <> 'subsidy' OR :waits = 'nothing' OR EXISTS (
        SELECT FROM verification_lines l WHERE l.grant_id = p.grant_id AND l.state = 'released'
          AND (:waits = 'verified' OR l.funded_at IS NOT NULL)
    ))
"""
# One statement locks, numbers and snapshots: of two batches made at once the second finds nothing ready.
_COLLECT = statement(f"""
    WITH ready AS MATERIALIZED (
        SELECT p.payout_id, p.person_id, p.payee_digest, p.attempt, p.amount_fen FROM payouts p
        WHERE p.county = :county AND p.coverage_year = :coverage_year
          AND p.state IN {listed(TRANSITIONS.before(PayoutEvent.BATCHED))}
          AND (CAST(:division AS text) = '' OR p.division_code BETWEEN :lowest AND :highest)
          AND {_MAY_GO}
        ORDER BY p.payout_id
        FOR UPDATE
    ), sent AS (
        INSERT INTO attempts (payout_id, attempt, county, coverage_year, batch_id, amount_fen, card_id,
                              account_cipher, account_masked, bank, holder)
        SELECT p.payout_id, p.attempt + 1, CAST(:county AS text), CAST(:coverage_year AS integer),
               CAST(:batch_id AS bigint), p.amount_fen, card.card_id, card.account_cipher,
               card.account_masked, card.bank, card.holder
        FROM ready p {CARD_OF_PAYOUT}
        WHERE card.card_id IS NOT NULL AND (CAST(:bank AS text) IS NULL OR card.bank = :bank)
        ORDER BY p.payout_id
        LIMIT CAST(:most AS bigint)
        RETURNING payout_id, attempt, amount_fen, card_id
    ), moved AS (
        UPDATE payouts
        SET state = '{TRANSITIONS.leads_to(PayoutEvent.BATCHED)}', attempt = sent.attempt,
            tried_account = cards.account_digest, reason = NULL, changed_at = :at
        FROM sent JOIN cards ON cards.card_id = sent.card_id
        WHERE payouts.payout_id = sent.payout_id
    )
    UPDATE batches
    SET declared_count = total.number, declared_total_fen = total.amount_fen
    FROM (
        SELECT count(*)::integer AS number, coalesce(sum(amount_fen), 0)::bigint AS amount_fen FROM sent
    ) AS total
    WHERE batches.batch_id = :batch_id
    RETURNING {_SHOWN}
""")


_ASKED = statement(f"""
    UPDATE batches SET approval_id = :approval_id WHERE batch_id = :batch_id RETURNING {_SHOWN}
""")
_APPROVE = statement("""
    UPDATE batches SET approved_at = :at, decided_by = :by WHERE batch_id = :batch_id
""")
# What nobody sent goes back to where it waited; the number of the attempt is not used again.
_REFUSE = statement(f"""
    WITH refused AS (
        UPDATE batches SET refused_at = :at, decided_by = :by WHERE batch_id = :batch_id
    ), unsent AS (
        UPDATE attempts SET outcome = 'refused', settled_at = :at WHERE batch_id = :batch_id
        RETURNING payout_id, attempt
    )
    UPDATE payouts SET state = '{TRANSITIONS.leads_to(PayoutEvent.BATCH_REFUSED)}', changed_at = :at
    FROM unsent WHERE payouts.payout_id = unsent.payout_id AND payouts.attempt = unsent.attempt
      AND payouts.state IN {listed(TRANSITIONS.before(PayoutEvent.BATCH_REFUSED))}
""")


async def note_approval(conn: AsyncConnection, batch_id: int, approval_id: int) -> BatchRow:
    """Note which approval a batch waits for."""
    asked = await fetch_one_as(conn, BatchRow, _ASKED, batch_id=batch_id, approval_id=approval_id)
    assert asked is not None, "the batch was made in this transaction"
    return asked


async def approve(conn: AsyncConnection, batch_id: int, by: str, at: datetime) -> None:
    """Let the file of a batch leave."""
    await execute(conn, _APPROVE, batch_id=batch_id, by=by, at=at)


async def refuse(conn: AsyncConnection, batch_id: int, by: str, at: datetime) -> None:
    """Let the payouts of a batch wait for the next one."""
    await execute(conn, _REFUSE, batch_id=batch_id, by=by, at=at)


async def new_batch(conn: AsyncConnection, order: BatchOrder, at: datetime) -> int:
    """Open a batch without payouts."""
    batch_id = await fetch_value(
        conn,
        int,
        _NEW_BATCH,
        county=order.county,
        coverage_year=order.coverage_year,
        division=order.division,
        creator=order.creator,
        at=at,
    )
    assert batch_id is not None, "an insert gives its row"
    return batch_id


async def collect(conn: AsyncConnection, batch_id: int, order: BatchOrder, at: datetime) -> BatchRow:
    """Send every ready payout of the division with this batch; give the batch with count and total."""
    lowest, highest = order.division_range
    collected = await fetch_one_as(
        conn,
        BatchRow,
        _COLLECT,
        batch_id=batch_id,
        county=order.county,
        coverage_year=order.coverage_year,
        division=order.division,
        lowest=lowest,
        highest=highest,
        waits=order.waits,
        bank=order.bank,
        most=order.most,
        at=at,
    )
    assert collected is not None, "the batch was opened in this transaction"
    return collected


@dataclass(frozen=True, slots=True)
class Progress:
    """Count and sum of a batch for one outcome; `sent` is without an answer."""

    outcome: str
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SentLine:
    """What a line of the bank's file is made of, the account sealed."""

    payout_id: int
    attempt: int
    amount_fen: int
    account_cipher: bytes
    bank: str
    holder: str
    kind: Kind
    coverage_year: int


_BATCH = f"SELECT {_SHOWN} FROM batches WHERE batch_id = :batch_id"
_ONE = statement(_BATCH)
_LOCKED = statement(f"{_BATCH} FOR UPDATE")
_LIST = statement(f"""
    SELECT {_SHOWN} FROM batches
    WHERE batch_id > :after
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
      AND starts_with(division_prefix, :division)
    ORDER BY batch_id
    LIMIT :limit
""")
_PROGRESS = statement("""
    SELECT coalesce(outcome, 'sent') AS outcome, count(*)::integer AS count,
           sum(amount_fen)::bigint AS amount_fen
    FROM attempts WHERE batch_id = :batch_id GROUP BY 1 ORDER BY 1
""")
_LINES = statement(
    """
    SELECT a.payout_id, a.attempt, a.amount_fen, a.account_cipher, a.bank, a.holder, p.kind, p.coverage_year
    FROM attempts a JOIN payouts p USING (payout_id)
    WHERE a.batch_id = :batch_id
    ORDER BY a.payout_id
""",
    attempts.c.account_cipher,
    attempts.c.holder,
)


async def batch(conn: AsyncConnection, batch_id: int, *, lock: bool = False) -> BatchRow | None:
    """Look one batch up; with `lock` its results are taken in one after the other."""
    return await fetch_one_as(conn, BatchRow, _LOCKED if lock else _ONE, batch_id=batch_id)


async def list_batches(
    conn: AsyncConnection,
    after: int,
    county: str | None,
    coverage_year: int | None,
    division: str,
    limit: int,
) -> list[BatchRow]:
    """A page of the batches that were made for a division or a part of it."""
    return await fetch_as(
        conn,
        BatchRow,
        _LIST,
        after=after,
        county=county,
        coverage_year=coverage_year,
        division=division,
        limit=limit,
    )


async def progress(conn: AsyncConnection, batch_id: int) -> list[Progress]:
    """Count and sum of a batch by what the bank answered."""
    return await fetch_as(conn, Progress, _PROGRESS, batch_id=batch_id)


async def file_lines(conn: AsyncConnection, batch_id: int) -> list[SentLine]:
    """What the bank's file of a batch is made of, in the order of payout ids."""
    return await fetch_as(conn, SentLine, _LINES, batch_id=batch_id)
