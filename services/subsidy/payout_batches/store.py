"""SQL of payout batches, their attempts and the banks' result files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch_as, fetch_one_as, fetch_value, statement
from services.subsidy.paging import Wanted
from services.subsidy.payout_batches.rules import Outcome, SentAttempt, Settlement, payout_no
from services.subsidy.payouts.rules import PayoutEvent, PayoutKind, before, following, listed
from services.subsidy.payouts.store import CARD_OF_PAYOUT
from services.subsidy.refunds.rules import RefundState
from services.subsidy.tables import attempts as attempts_table
from services.subsidy.tables import batches, refunds, result_files

_BATCH = Records(batches, "batch_id", "county", "coverage_year", "division_prefix", "declared_count",
                 "declared_total_fen", "created_by", "created_at")  # fmt: skip
_NEW_BATCH = statement("""
    INSERT INTO batches (county, coverage_year, division_prefix, declared_count, declared_total_fen,
                         created_by, created_at)
    VALUES (:county, :coverage_year, :division, 0, 0, :created_by, :at)
    RETURNING batch_id
""")

# One statement locks, numbers and snapshots: of two batches made at once the second finds nothing ready.
_COLLECT = statement(f"""
    WITH ready AS MATERIALIZED (
        SELECT p.payout_id, p.person_id, p.payee_digest, p.attempt, p.amount_fen FROM payouts p
        WHERE p.county = :county AND p.coverage_year = :coverage_year
          AND p.state IN ({listed(before(PayoutEvent.BATCHED))})
          AND (CAST(:division AS text) = '' OR p.division_code BETWEEN :lowest AND :highest)
        ORDER BY p.payout_id
        FOR UPDATE
    ), sent AS (
        INSERT INTO attempts (payout_id, attempt, county, coverage_year, batch_id, amount_fen, card_id,
                              account_cipher, account_masked, bank, holder)
        SELECT p.payout_id, p.attempt + 1, :county, :coverage_year, :batch_id, p.amount_fen, card.card_id,
               card.account_cipher, card.account_masked, card.bank, card.holder
        FROM ready p {CARD_OF_PAYOUT}
        WHERE card.card_id IS NOT NULL
        ORDER BY p.payout_id
        RETURNING payout_id, attempt, amount_fen, card_id
    ), moved AS (
        UPDATE payouts
        SET state = '{following(PayoutEvent.BATCHED)}', attempt = sent.attempt,
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
    RETURNING {_BATCH.names}
""")


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """Who wants which payouts sent: those of a county and year within the division of the creator."""

    county: str
    coverage_year: int
    division: str
    division_range: tuple[str, str]
    created_by: str


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


async def new_batch(conn: AsyncConnection, order: BatchOrder, at: datetime) -> int:
    """Open a batch without payouts."""
    batch_id = await fetch_value(
        conn, int, _NEW_BATCH, county=order.county, coverage_year=order.coverage_year,
        division=order.division, created_by=order.created_by, at=at,
    )  # fmt: skip
    assert batch_id is not None, "what is inserted is returned"
    return batch_id


async def collect(conn: AsyncConnection, batch_id: int, order: BatchOrder, at: datetime) -> BatchRow:
    """Send every ready payout of the division with this batch; give the batch with count and total."""
    lowest, highest = order.division_range
    batch = await fetch_one_as(
        conn, BatchRow, _COLLECT, batch_id=batch_id, county=order.county, coverage_year=order.coverage_year,
        division=order.division, lowest=lowest, highest=highest, at=at,
    )  # fmt: skip
    assert batch is not None, "the batch was opened in this transaction"
    return batch


_ONE = f"SELECT {_BATCH.names} FROM batches WHERE batch_id = :batch_id"
_FIND = statement(_ONE)
_LOCK = statement(f"{_ONE} FOR UPDATE")
_LIST = statement(f"""
    SELECT {_BATCH.names} FROM batches
    WHERE batch_id > :after
      AND (CAST(:county AS text) IS NULL OR county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR coverage_year = :coverage_year)
      AND starts_with(division_prefix, :division)
    ORDER BY batch_id
    LIMIT :limit
""")
_PROGRESS = statement(f"""
    SELECT coalesce(outcome, '{following(PayoutEvent.BATCHED)}') AS outcome, count(*)::integer AS number,
           sum(amount_fen)::bigint AS amount_fen
    FROM attempts WHERE batch_id = :batch_id GROUP BY outcome ORDER BY outcome
""")
_LINES = statement("""
    SELECT a.payout_id, a.attempt, a.amount_fen, a.account_cipher, a.bank, a.holder, p.kind, p.coverage_year
    FROM attempts a JOIN payouts p USING (payout_id)
    WHERE a.batch_id = :batch_id
    ORDER BY a.payout_id
""")


@dataclass(frozen=True, slots=True)
class Progress:
    """Count and sum of a batch by what the bank answered; `sent` is without an answer."""

    outcome: str
    number: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SentLine:
    """What a line of the bank's file is made of; the account is sealed."""

    payout_id: int
    attempt: int
    amount_fen: int
    account_cipher: bytes
    bank: str
    holder: str
    kind: PayoutKind
    coverage_year: int


async def batch(conn: AsyncConnection, batch_id: int, *, lock: bool = False) -> BatchRow | None:
    """Look one batch up; with `lock` its results are taken in one after the other."""
    return await fetch_one_as(conn, BatchRow, _LOCK if lock else _FIND, batch_id=batch_id)


async def list_batches(conn: AsyncConnection, wanted: Wanted) -> list[BatchRow]:
    """A page of the batches that were made for a division or a part of it."""
    return await fetch_as(
        conn, BatchRow, _LIST, after=wanted.after, county=wanted.county, coverage_year=wanted.coverage_year,
        division=wanted.division, limit=wanted.limit,
    )  # fmt: skip


async def progress(conn: AsyncConnection, batch_id: int) -> list[Progress]:
    """How far the bank is with a batch."""
    return await fetch_as(conn, Progress, _PROGRESS, batch_id=batch_id)


async def file_lines(conn: AsyncConnection, batch_id: int) -> list[SentLine]:
    """What the bank's file of a batch is made of, in the order of payout ids."""
    return await fetch_as(conn, SentLine, _LINES, batch_id=batch_id)


_ATTEMPTS = statement("""
    SELECT a.payout_id, a.attempt, a.amount_fen, a.outcome, p.kind, p.grant_id, p.refund_id, p.person_id,
           p.county, p.coverage_year, p.division_code, p.payer, r.payment_id, r.line_no, r.channel
    FROM attempts a JOIN payouts p USING (payout_id) LEFT JOIN refunds r USING (refund_id)
    WHERE a.batch_id = :batch_id
""")
_OLD_ANSWER = statement("SELECT answer FROM result_files WHERE batch_id = :batch_id AND sha256 = :sha256")
_FILE = Records(result_files, "county", "coverage_year", "batch_id", "sha256", "answer", "received_by",
                "received_at")  # fmt: skip
_KEEP_ANSWER = statement(f"INSERT INTO result_files ({_FILE.names}) SELECT {_FILE.names} FROM {_FILE}")
_ANSWERED = Records(attempts_table, "payout_id", "attempt", "outcome", "reason", alias="bank")
_STATES = " ".join(f"WHEN '{outcome}' THEN '{following(outcome.event)}'" for outcome in Outcome)
_SETTLE = statement(f"""
    WITH answered AS MATERIALIZED (
        SELECT p.payout_id, bank.attempt, bank.outcome, bank.reason
        FROM {_ANSWERED} JOIN payouts p USING (payout_id)
        ORDER BY p.payout_id
        FOR UPDATE OF p
    ), tried AS (
        UPDATE attempts SET outcome = answered.outcome, reason = answered.reason, settled_at = :at
        FROM answered
        WHERE attempts.payout_id = answered.payout_id AND attempts.attempt = answered.attempt
    )
    UPDATE payouts
    SET state = CASE answered.outcome {_STATES} END, reason = answered.reason, changed_at = :at
    FROM answered
    WHERE payouts.payout_id = answered.payout_id AND payouts.attempt = answered.attempt
""")
_BACK = Records(refunds, "refund_id", "state", alias="bank")
_SETTLE_REFUNDS = statement(f"""
    UPDATE refunds SET state = bank.state FROM {_BACK} WHERE refunds.refund_id = bank.refund_id
""")


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt of a batch with what the facts about it need."""

    payout_id: int
    attempt: int
    amount_fen: int
    outcome: str | None
    kind: PayoutKind
    grant_id: int | None
    refund_id: int | None
    person_id: int | None
    county: str
    coverage_year: int
    division_code: str | None
    payer: str | None
    payment_id: int | None
    line_no: int | None
    channel: str | None

    @property
    def seen(self) -> SentAttempt:
        """As the rules see it."""
        outcome = Outcome(self.outcome) if self.outcome else None
        return SentAttempt(self.payout_id, self.attempt, self.amount_fen, outcome)


async def attempts_of(conn: AsyncConnection, batch_id: int) -> dict[str, Attempt]:
    """The attempts of a batch by payout number."""
    rows = await fetch_as(conn, Attempt, _ATTEMPTS, batch_id=batch_id)
    return {payout_no(row.payout_id, row.attempt): row for row in rows}


async def old_answer(conn: AsyncConnection, batch_id: int, sha256: str) -> dict[str, JsonValue] | None:
    """What was answered to the same result file before."""
    return await fetch_value(conn, dict[str, JsonValue], _OLD_ANSWER, batch_id=batch_id, sha256=sha256)


async def keep_answer(
    conn: AsyncConnection, of: BatchRow, sha256: str, answer: Mapping[str, object], by: str, at: datetime
) -> None:
    """Keep what is answered to a result file of the batch `of`."""
    row = {
        "county": of.county,
        "coverage_year": of.coverage_year,
        "batch_id": of.batch_id,
        "sha256": sha256,
        "answer": answer,
        "received_by": by,
        "received_at": at,
    }
    await execute(conn, _KEEP_ANSWER, rows=[row])


async def settle(
    conn: AsyncConnection, final: Sequence[Settlement], refunds: Mapping[int, Outcome], at: datetime
) -> None:
    """Write the final outcome of attempts, each once, and the state of their payouts and refunds."""
    await execute(conn, _SETTLE, bank=final, at=at)
    states = [
        {
            "refund_id": refund_id,
            "state": RefundState.PAID if outcome is Outcome.PAID else RefundState.APPROVED,
        }
        for refund_id, outcome in refunds.items()
    ]
    await execute(conn, _SETTLE_REFUNDS, bank=states)
