"""Checks of money on its way to cards: what must leave has a payout, and what banks answer is everywhere."""

from dataclasses import dataclass
from operator import attrgetter

from canbao.verify.report import Findings
from canbao.verify.sources import Sources
from canbao.verify.together import side_by_side
from canbao.verify.twice import known_twice
from libs.common.db.rows import statement


@dataclass(slots=True)
class _Repeated:
    payout_id: int
    times: int


@dataclass(slots=True)
class _Attempted:
    payout_id: int
    state: str
    amount_fen: int
    outcome: str | None
    sent_fen: int | None


@dataclass(slots=True)
class _BeyondGrant:
    payout_id: int
    amount_fen: int
    granted_fen: int


@dataclass(slots=True)
class _Unverified:
    """Help that left with no word of the bureau, or of finance, about its line."""

    payout_id: int
    county: str
    coverage_year: int
    released: bool
    funded: bool


@dataclass(slots=True)
class _WithoutPayout:
    """A grant or refund whose money must leave, and nothing will send it."""

    kind: str
    id: int
    amount_fen: int


@dataclass(slots=True)
class _Answered:
    """The last answer of a bank about one attempt; `id` is of the grant's payout, or of the refund."""

    kind: str
    id: int
    attempt: int
    outcome: str
    amount_fen: int
    contradicted: bool


_PAID_TWICE = statement("""
    SELECT p.payout_id, count(*) AS times FROM payouts p JOIN attempts a USING (payout_id)
    WHERE a.outcome = 'paid' GROUP BY 1 HAVING count(*) > 1 ORDER BY 1
""")
# What the bank paid after its ground had gone has a case, and its payout stays cancelled.
_STATE_AND_ATTEMPT = statement("""
    SELECT p.payout_id, p.state, p.amount_fen, a.outcome, a.amount_fen AS sent_fen
    FROM payouts p LEFT JOIN attempts a ON a.payout_id = p.payout_id AND a.attempt = p.attempt
    WHERE ((p.state = 'paid') <> (a.outcome IS NOT DISTINCT FROM 'paid')
           AND NOT (p.state = 'cancelled' AND a.contradicted AND EXISTS (
               SELECT FROM cases c WHERE c.subject = 'payouts/' || a.payout_id || '/attempts/' || a.attempt)))
       OR (a.outcome = 'paid' AND a.amount_fen <> p.amount_fen)
    ORDER BY 1
""")
_PAID_BEYOND_GRANT = statement("""
    SELECT p.payout_id, p.amount_fen, g.amount_fen AS granted_fen
    FROM payouts p JOIN grants g USING (grant_id)
    WHERE p.state = 'paid' AND (p.amount_fen > g.amount_fen OR g.mechanism <> 'reimburse_to_card') ORDER BY 1
""")
# Of lines that were held or struck out after their money had left the steps say that they were released.
# What left before a season had its first roster left by an earlier release, which had no such step.
_UNVERIFIED = statement("""
    SELECT p.payout_id, p.county, p.coverage_year, l.funded_at IS NOT NULL AS funded,
           l.state IS NOT DISTINCT FROM 'released' OR EXISTS (
               SELECT FROM verification_steps s WHERE s.grant_id = p.grant_id AND s.state = 'released'
                 AND s.decided_at <= b.created_at) AS released
    FROM payouts p JOIN attempts a ON a.payout_id = p.payout_id AND a.attempt = p.attempt
    JOIN batches b ON b.batch_id = a.batch_id
    LEFT JOIN verification_lines l ON l.grant_id = p.grant_id
    WHERE p.kind = 'subsidy' AND a.outcome IS DISTINCT FROM 'refused'
      AND (l.grant_id IS NULL OR l.state <> 'released' OR l.funded_at IS NULL)
      AND b.recorded_at >= (SELECT min(v.recorded_at) FROM verifications v
                            WHERE v.county = p.county AND v.coverage_year = p.coverage_year)
    ORDER BY p.payout_id
""")
_PAYOUTS = statement("SELECT count(*) FROM payouts")
_CARDS = statement("""
    SELECT (f.data::json ->> 'payout_id')::bigint AS payout_id,
           sum(CASE WHEN p.reversal THEN -1 ELSE 1 END) AS times
    FROM facts f JOIN postings p
      ON p.county = f.county AND p.coverage_year = f.coverage_year AND p.fact_id = f.id AND p.kind = 'payout'
    WHERE f.type = 'canbao.payout.settled.v1'
    GROUP BY 1 HAVING sum(CASE WHEN p.reversal THEN -1 ELSE 1 END) > 1
""")
_WITHOUT_PAYOUT = statement("""
    SELECT 'grant' AS kind, grant_id AS id, amount_fen FROM grants
    WHERE revoked_at IS NULL AND mechanism = 'reimburse_to_card'
      AND NOT EXISTS (SELECT FROM payouts p WHERE p.grant_id = grants.grant_id AND p.state <> 'cancelled')
    UNION ALL
    SELECT 'refund', refund_id, amount_fen FROM refunds
    WHERE state IN ('approved', 'paid')
      AND NOT EXISTS (SELECT FROM payouts p WHERE p.refund_id = refunds.refund_id AND p.state <> 'cancelled')
      AND NOT EXISTS (
          SELECT FROM payment_lines l JOIN cases c ON c.subject = 'refunds/' || refunds.refund_id
          WHERE (l.payment_id, l.line_no) = (refunds.payment_id, refunds.line_no)
            AND l.employee_fund IS NOT NULL AND c.kind = 'account_refund')
    ORDER BY 1, 2
""")
_TO_A_CARD = statement("""
    SELECT 'refund' AS kind, r.refund_id AS id, p.amount_fen
    FROM payouts p JOIN refunds r USING (refund_id) JOIN payment_lines l USING (payment_id, line_no)
    WHERE l.employee_fund IS NOT NULL AND p.state <> 'cancelled' ORDER BY 2
""")
_ANSWERED = statement("""
    SELECT p.kind, coalesce(p.refund_id, p.payout_id) AS id, a.attempt, a.outcome, a.amount_fen,
           a.contradicted
    FROM attempts a JOIN payouts p USING (payout_id)
    WHERE a.outcome IN ('paid', 'failed', 'returned') ORDER BY 1, 2, 3
""")
_TOLD = statement("""
    SELECT DISTINCT ON (1, 2, 3)
           CASE WHEN type = 'canbao.refund.settled.v1' THEN 'refund' ELSE 'subsidy' END AS kind,
           (data::json ->> CASE WHEN type = 'canbao.refund.settled.v1'
                                THEN 'refund_id' ELSE 'payout_id' END)::bigint AS id,
           (data::json ->> 'attempt')::int AS attempt, data::json ->> 'outcome' AS outcome,
           (data::json ->> 'amount_fen')::bigint AS amount_fen, false AS contradicted
    FROM facts WHERE type IN ('canbao.refund.settled.v1', 'canbao.payout.settled.v1')
    ORDER BY 1, 2, 3, facts.id DESC
""")


async def are_paid_once(sources: Sources, found: Findings) -> None:
    """No card was paid twice or more than was granted, and states agree with the answers of the bank.

    Where a bank paid twice and a case says so it is known.
    """
    known = (await known_twice(sources)).payouts
    found.compared = await sources.number("subsidy", _PAYOUTS)
    for twice in await sources.rows("subsidy", _Repeated, _PAID_TWICE):
        if twice.times > 1 + known[twice.payout_id]:
            found.differs(f"payout {twice.payout_id}", f"was paid {twice.times} times")
    for tried in await sources.rows("subsidy", _Attempted, _STATE_AND_ATTEMPT):
        found.differs(
            f"payout {tried.payout_id}",
            f"is {tried.state} over {tried.amount_fen} fen,"
            f" its newest attempt {tried.outcome} over {tried.sent_fen} fen",
        )
    for paid in await sources.rows("subsidy", _BeyondGrant, _PAID_BEYOND_GRANT):
        found.differs(
            f"payout {paid.payout_id}",
            f"paid {paid.amount_fen} fen for a grant of {paid.granted_fen} fen",
        )
    for card in await sources.rows("ledger", _Repeated, _CARDS):
        if card.times > 1 + known[card.payout_id]:
            found.differs(f"payout {card.payout_id}", f"is posted {card.times} times more than it came back")


async def are_verified(sources: Sources, found: Findings) -> None:
    """No help left before its line was released, and funded, where the notice has that."""
    found.compared = await sources.number("subsidy", _PAYOUTS)
    for one in await sources.rows("subsidy", _Unverified, _UNVERIFIED):
        notice = sources.notices.get((one.county, one.coverage_year))
        asked = notice.document.subsidy_verification if notice is not None else None
        if asked is not None and not one.released:
            found.differs(f"payout {one.payout_id}", "left, and the bureau never released its line")
        elif asked is not None and asked.payouts == "funded" and not one.funded:
            found.differs(f"payout {one.payout_id}", "left, and nobody confirmed the money for it")


async def are_everywhere(sources: Sources, found: Findings) -> None:
    """What must leave has a payout, and the ledger has heard the bank's answer about every attempt."""
    for lacking in await sources.rows("subsidy", _WithoutPayout, _WITHOUT_PAYOUT):
        found.differs(f"{lacking.kind} {lacking.id}", f"of {lacking.amount_fen} fen has no payout")
    for one in await sources.rows("subsidy", _WithoutPayout, _TO_A_CARD):
        found.differs(
            f"refund {one.id}", f"of {one.amount_fen} fen goes to a card; a personal account had paid it"
        )
    answered = sources.stream("subsidy", _Answered, _ANSWERED)
    told = sources.stream("ledger", _Answered, _TOLD)
    async for key, ours, theirs in side_by_side(answered, told, attrgetter("kind", "id", "attempt")):
        found.compared += 1
        which = f"attempt {key[2]} of {'refund' if key[0] == 'refund' else 'payout'} {key[1]}"
        if ours is None:
            found.differs(which, "is in the ledger but unknown to subsidy")
        elif theirs is None:
            found.differs(which, f"is {ours.outcome}, but the ledger has not heard of it")
        elif ours.amount_fen != theirs.amount_fen or not (
            ours.contradicted or ours.outcome == theirs.outcome
        ):
            found.differs(
                which,
                f"is {ours.outcome} over {ours.amount_fen} fen,"
                f" but {theirs.outcome} over {theirs.amount_fen} fen in the ledger",
            )
