"""SQL of what banks answer: attempts, their outcomes, and the result files."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.bank_files.answers import Outcome
from libs.common.db.rows import Records, any_of, execute, fetch_as, fetch_value, statement
from libs.common.transitions import listed
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent, PayoutState
from services.subsidy.payouts.store import Kind
from services.subsidy.refunds.rules import TRANSITIONS as REFUND_TRANSITIONS
from services.subsidy.refunds.rules import RefundEvent, RefundState
from services.subsidy.tables import attempts, payouts, refunds, result_files


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt of a batch with its payout, and the refund that it is for.

    `paid_by` is another attempt of the payout that a bank said to have paid after all.
    """

    payout_id: int
    attempt: int
    amount_fen: int
    outcome: str | None
    state: str
    kind: Kind
    grant_id: int | None
    refund_id: int | None
    refund_state: str | None
    person_id: int | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    payer: str | None
    payment_id: int | None
    line_no: int | None
    channel: str | None
    withdraws: bool | None
    repaired_year: int | None
    newest_attempt: int
    paid_by: int | None


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    refund_id: int
    fen: int


@dataclass(frozen=True, slots=True)
class PaidAfterAll:
    """An attempt that had failed and was paid after all; `contradicted` when that does not pay its payout."""

    payout_id: int
    attempt: int
    contradicted: bool
    refund_id: int | None


@dataclass(frozen=True, slots=True)
class TrustedAttempt:
    """An attempt that pays its payout although a newer one was sent."""

    payout_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The final outcome of an attempt, and the state of its payout after it."""

    payout_id: int
    attempt: int
    outcome: Outcome
    reason: str | None
    state: PayoutState


@dataclass(frozen=True, slots=True)
class SettledRefund:
    """The state of a refund after the bank's answer."""

    refund_id: int
    state: RefundState


@dataclass(frozen=True, slots=True)
class ResultFileRow:
    """A result file that was taken in, and what was answered."""

    county: str
    coverage_year: int
    batch_id: int
    sha256: str
    answer: JsonValue
    received_by: str
    received_at: datetime


_ATTEMPTS = statement("""
    SELECT a.payout_id, a.attempt, a.amount_fen, a.outcome, p.state, p.kind, p.grant_id, p.refund_id,
           r.state AS refund_state, p.person_id, p.county, p.coverage_year, p.division_code, p.payer,
           r.payment_id, r.line_no, r.channel, r.withdraws, r.repaired_year,
           p.attempt AS newest_attempt,
           (SELECT min(other.attempt) FROM attempts other
            WHERE other.payout_id = a.payout_id AND other.attempt <> a.attempt AND other.contradicted
           ) AS paid_by
    FROM attempts a JOIN payouts p USING (payout_id) LEFT JOIN refunds r USING (refund_id)
    WHERE a.batch_id = :batch_id
      AND (CAST(:payout_ids AS bigint[]) IS NULL OR a.payout_id = ANY(CAST(:payout_ids AS bigint[])))
""")
# What came back from a bank is on its way no more: it waits until it is sent again.
_ON_ITS_WAY = statement(f"""
    SELECT r.refund_id, sum(other.amount_fen)::bigint AS fen
    FROM refunds r JOIN refunds other USING (payment_id, line_no)
    WHERE r.refund_id {any_of(refunds.c.refund_id, "ids")}
      AND other.refund_id <> r.refund_id AND other.state = '{RefundState.APPROVED}'
      AND NOT EXISTS (SELECT FROM payouts back JOIN attempts USING (payout_id)
                      WHERE back.refund_id = other.refund_id AND outcome = 'returned')
    GROUP BY r.refund_id
""")
_OLD_ANSWER = statement("SELECT answer FROM result_files WHERE batch_id = :batch_id AND sha256 = :sha256")
_FILE = Records(
    result_files,
    *("county", "coverage_year", "batch_id", "sha256", "answer", "received_by", "received_at"),
)
_KEEP_ANSWER = statement(f"INSERT INTO result_files ({_FILE.names}) SELECT {_FILE.names} FROM {_FILE}")

_SETTLED = Records(attempts, "payout_id", "attempt", "outcome", "reason", alias="bank", state=payouts.c.state)
_SETTLE = statement(f"""
    WITH answered AS MATERIALIZED (
        SELECT p.payout_id, bank.attempt, bank.outcome, bank.reason, bank.state
        FROM {_SETTLED} JOIN payouts p USING (payout_id)
        ORDER BY p.payout_id
        FOR UPDATE OF p
    ), tried AS (
        UPDATE attempts SET outcome = answered.outcome, reason = answered.reason, settled_at = :at
        FROM answered
        WHERE attempts.payout_id = answered.payout_id AND attempts.attempt = answered.attempt
    )
    UPDATE payouts SET state = answered.state, changed_at = :at,
           reason = CASE WHEN answered.state <> '{PayoutState.PAID}' THEN answered.reason END
    FROM answered
    WHERE payouts.payout_id = answered.payout_id AND payouts.attempt = answered.attempt
""")
_AFTER_ALL = Records(
    attempts, "payout_id", "attempt", "contradicted", alias="paid", refund_id=payouts.c.refund_id
)
# A refund whose case was closed did go out. One that is out with a newer attempt waits for the bank.
_PAY_AFTER_ALL = statement(f"""
    WITH paid AS (SELECT * FROM {_AFTER_ALL}), tried AS (
        UPDATE attempts
        SET outcome = 'paid', reason = NULL, settled_at = :at, contradicted = paid.contradicted
        FROM paid WHERE attempts.payout_id = paid.payout_id AND attempts.attempt = paid.attempt
    ), refunded AS (
        UPDATE refunds SET state = '{REFUND_TRANSITIONS.leads_to(RefundEvent.PAID_AFTER_ALL)}'
        FROM paid WHERE refunds.refund_id = paid.refund_id
          AND refunds.state IN {listed(REFUND_TRANSITIONS.before(RefundEvent.PAID_AFTER_ALL))}
          AND (NOT paid.contradicted OR refunds.state = '{RefundState.SUPERSEDED}')
    )
    UPDATE payouts SET state = '{TRANSITIONS.leads_to(PayoutEvent.PAID_AFTER_ALL)}', reason = NULL,
           changed_at = :at
    FROM paid
    WHERE payouts.payout_id = paid.payout_id AND NOT paid.contradicted
      AND payouts.state IN {listed(TRANSITIONS.before(PayoutEvent.PAID_AFTER_ALL))}
""")
_TRUSTED = Records(attempts, "payout_id", "attempt")
_TRUST = statement(f"""
    UPDATE attempts SET contradicted = false FROM {_TRUSTED}
    WHERE attempts.payout_id = rows.payout_id AND attempts.attempt = rows.attempt
""")
_REFUND = Records(refunds, "refund_id", "state", alias="bank")
_SETTLE_REFUNDS = statement(f"""
    UPDATE refunds SET {_REFUND.changes("state")} FROM {_REFUND} WHERE refunds.refund_id = bank.refund_id
""")


@dataclass(frozen=True, slots=True)
class SentIn:
    """In which batch an attempt was sent."""

    payout_id: int
    attempt: int
    batch_id: int


_NAMED = Records(attempts, "payout_id", "attempt", alias="named")
_BATCHES_OF = statement(f"""
    SELECT a.payout_id, a.attempt, a.batch_id FROM {_NAMED}
    JOIN attempts a ON a.payout_id = named.payout_id AND a.attempt = named.attempt AND a.county = :county
    JOIN batches b ON b.batch_id = a.batch_id AND starts_with(b.division_prefix, :division)
""")


async def batches_of(
    conn: AsyncConnection, county: str, division: str, named: Sequence[tuple[int, int]]
) -> list[SentIn]:
    """In which batches of a county and division these attempts were sent, as far as they were."""
    rows = [{"payout_id": payout_id, "attempt": attempt} for payout_id, attempt in named]
    return await fetch_as(conn, SentIn, _BATCHES_OF, named=rows, county=county, division=division)


async def attempts_of(
    conn: AsyncConnection, batch_id: int, payout_ids: Collection[int] | None = None
) -> list[AttemptRow]:
    """The attempts of a batch, all or those of these payouts."""
    ids = None if payout_ids is None else sorted(payout_ids)
    return await fetch_as(conn, AttemptRow, _ATTEMPTS, batch_id=batch_id, payout_ids=ids)


async def on_its_way(conn: AsyncConnection, refund_ids: Collection[int]) -> dict[int, int]:
    """By refund what others give back of its line for which no bank has answered yet, in fen."""
    if not refund_ids:
        return {}
    found = await fetch_as(conn, _OnItsWay, _ON_ITS_WAY, ids=sorted(refund_ids))
    return {one.refund_id: one.fen for one in found}


async def old_answer(conn: AsyncConnection, batch_id: int, sha256: str) -> JsonValue:
    """What was answered to the same result file before; None when it is new."""
    answer: JsonValue = await fetch_value(conn, dict, _OLD_ANSWER, batch_id=batch_id, sha256=sha256)
    return answer


async def keep_answer(conn: AsyncConnection, row: ResultFileRow) -> None:
    """Keep what is answered to a result file."""
    await execute(conn, _KEEP_ANSWER, rows=[row])


async def trust(conn: AsyncConnection, attempts: Sequence[TrustedAttempt]) -> None:
    """Let attempts that a bank paid after all be those that pay their payouts, as no other one is out."""
    await execute(conn, _TRUST, rows=attempts)


async def pay_after_all(conn: AsyncConnection, paid: Sequence[PaidAfterAll], at: datetime) -> None:
    """Write that attempts were paid after all, with their payouts where that pays them."""
    await execute(conn, _PAY_AFTER_ALL, paid=paid, at=at)


async def settle(
    conn: AsyncConnection, final: Sequence[Settled], returned: Sequence[SettledRefund], at: datetime
) -> None:
    """Write the final outcome of attempts, each once, and the state of their payouts and refunds."""
    await execute(conn, _SETTLE, bank=final, at=at)
    await execute(conn, _SETTLE_REFUNDS, bank=returned)
