"""SQL of payouts outside of batches: opening, holding and cancelling them, listing them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import (
    Records,
    any_of,
    execute,
    fetch,
    fetch_as,
    fetch_one_as,
    fetch_values,
    statement,
)
from libs.common.transitions import listed
from services.subsidy.payouts.cards_store import CARD_OF_PAYOUT
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent, PayoutState
from services.subsidy.tables import payouts

#: What a payout is for: a grant that is reimbursed, or a refund.
Kind = Literal["subsidy", "refund"]


@dataclass(frozen=True, slots=True)
class NewPayout:
    """A sum that is to go to a card."""

    county: str | None
    coverage_year: int | None
    kind: Kind
    grant_id: int | None
    refund_id: int | None
    person_id: int | None
    payee_digest: str | None
    division_code: str | None
    payer: str | None
    amount_fen: int
    created_at: datetime


_NEW = Records(
    payouts,
    *("county", "coverage_year", "kind", "grant_id", "refund_id", "person_id", "payee_digest"),
    *("division_code", "payer", "amount_fen", "created_at"),
    alias="p",
)

# Help with what a unit paid for somebody is the unit's, as is what it gets back.
_OF_PAYERS = ", ".join(
    "coalesce(p.payee_digest, l.payer_digest) AS payee_digest" if name == "payee_digest" else f"p.{name}"
    for name in _NEW.columns
)
# Help of a payer, in whatever sum and for whatever reason, is not sent again to an account that failed it and
# took none of it since: it waits for another card as what failed did.
_OPEN = statement(f"""
    INSERT INTO payouts ({_NEW.names}, state, reason, tried_account, changed_at)
    SELECT {", ".join(f"p.{name}" for name in _NEW.columns)},
           CASE WHEN card.card_id IS NULL THEN '{PayoutState.WAITING_CARD}'
                WHEN failed.payout_id IS NULL THEN '{PayoutState.READY}'
                ELSE '{PayoutState.NEEDS_CARD}' END,
           CASE WHEN card.card_id IS NULL THEN 'no_account' ELSE failed.reason END,
           failed.tried_account, p.created_at
    FROM (
        SELECT {_OF_PAYERS} FROM {_NEW} LEFT JOIN grants g ON g.grant_id = p.grant_id
        LEFT JOIN payment_lines l ON l.payment_id = g.payment_id AND l.line_no = g.line_no
    ) AS p {CARD_OF_PAYOUT}
    LEFT JOIN LATERAL (
        SELECT payout_id, before.tried_account, attempts.reason
        FROM payouts before JOIN attempts USING (payout_id, attempt)
        WHERE (before.county, before.coverage_year, before.person_id, before.payer)
            = (p.county, p.coverage_year, p.person_id, p.payer)
          AND before.kind = 'subsidy' AND p.kind = 'subsidy' AND before.state = '{PayoutState.CANCELLED}'
          AND before.tried_account = card.account_digest AND attempts.outcome IN ('failed', 'returned')
          AND NOT EXISTS (
              SELECT FROM payouts other JOIN attempts took USING (payout_id, attempt)
              WHERE (other.county, other.coverage_year, other.person_id, other.payer) = (p.county,
                     p.coverage_year, p.person_id, p.payer) AND other.tried_account = before.tried_account
                AND took.outcome = 'paid' AND took.settled_at > attempts.settled_at)
        ORDER BY payout_id DESC LIMIT 1
    ) AS failed ON true
""")

_CANCEL = statement(f"""
    WITH open AS (
        SELECT payout_id FROM payouts
        WHERE (grant_id {any_of(payouts.c.grant_id, "grant_ids")}
               OR refund_id {any_of(payouts.c.refund_id, "refund_ids")})
          AND state IN {listed(TRANSITIONS.before(PayoutEvent.CANCELLED))}
        ORDER BY payout_id
        FOR UPDATE
    )
    UPDATE payouts SET state = '{TRANSITIONS.leads_to(PayoutEvent.CANCELLED)}', reason = :reason
    FROM open WHERE payouts.payout_id = open.payout_id
    RETURNING payouts.refund_id
""")


def _contested_now(before: str, which: str) -> str:
    # Payouts are locked in the order of their ids, as everywhere.
    return f"""
    WITH about AS MATERIALIZED (
        SELECT p.payout_id, p.attempt FROM payouts p
        JOIN grants g USING (grant_id)
        JOIN enrollments e ON e.enrollment_id = g.enrollment_id AND e.coverage_year = g.coverage_year
        WHERE p.person_id {any_of(payouts.c.person_id, "person_ids")} AND {which} AND p.state IN {before}
        ORDER BY p.payout_id
        FOR UPDATE OF p
    )"""


_HOLD = statement(f"""
    {_contested_now(listed(TRANSITIONS.before(PayoutEvent.CONTESTED)), "e.contested")}
    UPDATE payouts SET state = '{TRANSITIONS.leads_to(PayoutEvent.CONTESTED)}', reason = 'contested'
    FROM about WHERE payouts.payout_id = about.payout_id
""")
# Of one that was never sent, an account that failed is that of the same help for another reason.
_FAILED = "(failed.attempt IS NOT NULL OR payouts.attempt = 0 AND payouts.tried_account IS NOT NULL)"
_RELEASE = statement(f"""
    {_contested_now(listed(TRANSITIONS.before(PayoutEvent.UPHELD)), "NOT e.contested")}
    UPDATE payouts SET
        state = CASE WHEN {_FAILED} THEN '{TRANSITIONS.leads_to(PayoutEvent.UPHELD_AFTER_FAILURE)}'
                     ELSE '{TRANSITIONS.leads_to(PayoutEvent.UPHELD)}' END,
        reason = CASE WHEN {_FAILED} THEN failed.reason ELSE 'no_account' END
    FROM about LEFT JOIN attempts failed
      ON failed.payout_id = about.payout_id AND failed.attempt = about.attempt
     AND failed.outcome IN ('failed', 'returned')
    WHERE payouts.payout_id = about.payout_id
""")


async def hold_contested(conn: AsyncConnection, person_ids: Collection[int]) -> None:
    """Hold payouts whose reason is contested, and let go those whose reason stands again."""
    if not person_ids:
        return
    await execute(conn, _HOLD, person_ids=sorted(person_ids))
    await execute(conn, _RELEASE, person_ids=sorted(person_ids))


async def open_payouts(conn: AsyncConnection, new: Sequence[NewPayout]) -> None:
    """Open payouts, ready where a card is known already."""
    await execute(conn, _OPEN, p=new)


async def cancel_payouts(
    conn: AsyncConnection,
    grant_ids: Collection[int] = (),
    refund_ids: Collection[int] = (),
    reason: str = "revoked",
) -> set[int]:
    """Cancel payouts whose money has not left; give the refunds of which that is true."""
    cancelled = await fetch_values(
        conn, int, _CANCEL, grant_ids=list(grant_ids), refund_ids=list(refund_ids), reason=reason
    )
    return {refund_id for refund_id in cancelled if refund_id is not None}


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout with the account of its newest attempt."""

    payout_id: int
    kind: Kind
    grant_id: int | None
    refund_id: int | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None
    payer: str | None
    amount_fen: int
    state: str
    reason: str | None
    attempt: int
    created_at: datetime
    batch_id: int | None
    account_masked: str | None
    line: str | None
    applied: bool
    funded: bool


_SHOWN = """
    SELECT p.payout_id, p.kind, p.grant_id, p.refund_id, p.county, p.coverage_year, p.division_code,
           p.person_id, p.payer, p.amount_fen, p.state, p.reason, p.attempt, p.created_at, a.batch_id,
           a.account_masked, l.state AS line, l.application_id IS NOT NULL AS applied,
           l.funded_at IS NOT NULL AS funded
    FROM payouts p LEFT JOIN attempts a ON a.payout_id = p.payout_id AND a.attempt = p.attempt
    LEFT JOIN verification_lines l ON l.grant_id = p.grant_id
"""
_LIST = statement(f"""
    {_SHOWN}
    WHERE p.payout_id > :after
      AND (CAST(:state AS text) IS NULL OR p.state = :state)
      AND (CAST(:county AS text) IS NULL OR p.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR p.coverage_year = :coverage_year)
      AND (CAST(:division AS text) = '' OR p.division_code BETWEEN :lowest AND :highest)
    ORDER BY p.payout_id
    LIMIT :limit
""")
_ONE = statement(f"{_SHOWN} WHERE p.payout_id = :payout_id")
_LOCKED = statement(f"{_SHOWN} WHERE p.payout_id = :payout_id FOR UPDATE OF p")
_OF_PERSON = statement(f"""
    {_SHOWN}
    WHERE p.person_id = :person_id
      AND (CAST(:coverage_year AS integer) IS NULL OR p.coverage_year = :coverage_year)
    ORDER BY p.payout_id
""")
_RETRY = statement(f"""
    UPDATE payouts
    SET state = '{TRANSITIONS.leads_to(PayoutEvent.RETRIED)}', reason = NULL, changed_at = :at
    WHERE payout_id = :payout_id AND state IN {listed(TRANSITIONS.before(PayoutEvent.RETRIED))}
""")


async def list_payouts(
    conn: AsyncConnection,
    *,
    after: int,
    state: PayoutState | None,
    county: str | None,
    coverage_year: int | None,
    division: str,
    division_range: tuple[str, str],
    limit: int,
) -> list[PayoutRow]:
    """A page of payouts within a division, in the order of their ids."""
    lowest, highest = division_range
    return await fetch_as(
        conn,
        PayoutRow,
        _LIST,
        after=after,
        state=state.value if state else None,
        county=county,
        coverage_year=coverage_year,
        division=division,
        lowest=lowest,
        highest=highest,
        limit=limit,
    )


async def payouts_of(conn: AsyncConnection, person_id: int, coverage_year: int | None) -> list[PayoutRow]:
    """Every payout of a person, in the order in which they were opened."""
    return await fetch_as(conn, PayoutRow, _OF_PERSON, person_id=person_id, coverage_year=coverage_year)


async def payout(conn: AsyncConnection, payout_id: int) -> PayoutRow | None:
    """One payout as it stands."""
    return await fetch_one_as(conn, PayoutRow, _ONE, payout_id=payout_id)


async def lock_payout(conn: AsyncConnection, payout_id: int) -> PayoutRow | None:
    """Lock one payout."""
    return await fetch_one_as(conn, PayoutRow, _LOCKED, payout_id=payout_id)


async def retry_payout(conn: AsyncConnection, payout_id: int, at: datetime) -> None:
    """Make a payout ready again with the card it has."""
    await execute(conn, _RETRY, payout_id=payout_id, at=at)


_COUNTS = statement("SELECT state, count(*)::integer AS number FROM payouts GROUP BY state")


async def payout_counts(conn: AsyncConnection) -> dict[str, int]:
    """How many payouts are in each state."""
    return {row["state"]: row["number"] for row in await fetch(conn, _COUNTS)}
