"""SQL of payouts outside of batches: opening and cancelling them, finding their cards, listing them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import Records, execute, fetch, fetch_as, fetch_one_as, statement
from services.subsidy.paging import Wanted
from services.subsidy.payouts.rules import PayoutEvent, PayoutKind, PayoutState, before, following, listed
from services.subsidy.tables import payouts as payouts_table

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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayout:
    """A sum that is to go to a card."""

    county: str | None
    coverage_year: int | None
    kind: PayoutKind
    grant_id: int | None = None
    refund_id: int | None = None
    person_id: int | None
    payee_digest: str | None = None
    division_code: str | None
    payer: str | None = None
    amount_fen: int
    created_at: datetime


_NEW = Records(
    payouts_table,
    *NewPayout.__dataclass_fields__,
    alias="p",
    number=payouts_table.c.payout_id,
)
_OPENED = ", ".join(f"p.{name}" for name in NewPayout.__dataclass_fields__)
_OPEN = statement(f"""
    INSERT INTO payouts ({", ".join(NewPayout.__dataclass_fields__)}, state, reason, changed_at)
    SELECT {_OPENED},
           CASE WHEN card.card_id IS NULL THEN '{PayoutState.WAITING_CARD}'
                ELSE '{following(PayoutEvent.CARD_FOUND)}' END,
           CASE WHEN card.card_id IS NULL THEN 'no_account' END,
           p.created_at
    FROM {_NEW} {CARD_OF_PAYOUT}
    ORDER BY p.number
""")
_CANCEL = statement(f"""
    WITH open AS (
        SELECT payout_id FROM payouts
        WHERE (grant_id = ANY(CAST(:grant_ids AS bigint[])) OR refund_id = ANY(CAST(:refund_ids AS bigint[])))
          AND state IN ({listed(before(PayoutEvent.CANCELLED))})
        ORDER BY payout_id
        FOR UPDATE
    )
    UPDATE payouts SET state = '{following(PayoutEvent.CANCELLED)}', reason = :reason
    FROM open WHERE payouts.payout_id = open.payout_id
    RETURNING payouts.grant_id, payouts.refund_id
""")

# A card that failed is not tried again by itself: only another account makes a payout ready.
_FIND = f"""
    WITH open AS MATERIALIZED (
        SELECT p.payout_id, p.person_id, p.payee_digest, p.state, p.tried_account FROM payouts p
        WHERE p.state IN ({listed(before(PayoutEvent.CARD_FOUND) | before(PayoutEvent.CARD_CORRECTED))})
          AND ({{whose}})
        ORDER BY p.payout_id
        FOR UPDATE
    ), found AS (
        SELECT p.payout_id
        FROM open p {CARD_OF_PAYOUT}
        WHERE card.card_id IS NOT NULL
          AND (p.state IN ({listed(before(PayoutEvent.CARD_FOUND))})
               OR card.account_digest IS DISTINCT FROM p.tried_account)
    )
    UPDATE payouts SET state = '{following(PayoutEvent.CARD_CORRECTED)}', reason = NULL
    FROM found WHERE payouts.payout_id = found.payout_id
"""
_FIND_OF = statement(
    _FIND.format(
        whose="""
            p.person_id = ANY(CAST(:person_ids AS bigint[])) OR p.payee_digest = ANY(CAST(:digests AS text[]))
            OR p.person_id IN (SELECT person_id FROM persons
                               WHERE guardian_id = ANY(CAST(:person_ids AS bigint[])))
        """
    )
)
_FIND_ALL = statement(_FIND.format(whose="p.county = :county AND p.coverage_year = :coverage_year"))


async def open_payouts(conn: AsyncConnection, new: Sequence[NewPayout]) -> None:
    """Open payouts, ready where a card is known already."""
    names = NewPayout.__dataclass_fields__
    rows = [
        {name: getattr(payout, name) for name in names} | {"number": number}
        for number, payout in enumerate(new)
    ]
    await execute(conn, _OPEN, p=rows)


@dataclass(frozen=True, slots=True)
class _Cancelled:
    grant_id: int | None
    refund_id: int | None


async def cancel_payouts(
    conn: AsyncConnection,
    grant_ids: Collection[int] = (),
    refund_ids: Collection[int] = (),
    reason: str = "revoked",
) -> list[int]:
    """Cancel what is not with the bank; give the refunds whose payout was cancelled."""
    cancelled = await fetch_as(
        conn, _Cancelled, _CANCEL, grant_ids=list(grant_ids), refund_ids=list(refund_ids), reason=reason
    )
    return [row.refund_id for row in cancelled if row.refund_id is not None]


async def find_cards(
    conn: AsyncConnection, person_ids: Collection[int] = (), digests: Collection[str] = ()
) -> int:
    """Make payouts of these people (and of those they are guardians of) ready; give how many."""
    if not person_ids and not digests:
        return 0
    return await execute(conn, _FIND_OF, person_ids=list(person_ids), digests=list(digests))


async def find_all_cards(conn: AsyncConnection, county: str, coverage_year: int) -> int:
    """The same for everybody of a county and year."""
    return await execute(conn, _FIND_ALL, county=county, coverage_year=coverage_year)


_COLUMNS = """
    p.payout_id, p.kind, p.grant_id, p.refund_id, p.county, p.coverage_year, p.division_code, p.person_id,
    p.payer, p.amount_fen, p.state, p.reason, p.attempt, a.batch_id, a.account_masked, p.created_at
"""
_LIST = statement(f"""
    SELECT {_COLUMNS}
    FROM payouts p LEFT JOIN attempts a ON a.payout_id = p.payout_id AND a.attempt = p.attempt
    WHERE p.payout_id > :after
      AND (CAST(:state AS text) IS NULL OR p.state = :state)
      AND (CAST(:county AS text) IS NULL OR p.county = :county)
      AND (CAST(:coverage_year AS integer) IS NULL OR p.coverage_year = :coverage_year)
      AND (CAST(:division AS text) = '' OR p.division_code BETWEEN :lowest AND :highest)
    ORDER BY p.payout_id
    LIMIT :limit
""")
_RETRY = statement(f"""
    UPDATE payouts SET state = '{following(PayoutEvent.RETRIED)}', reason = NULL, changed_at = :at
    WHERE payout_id = :payout_id AND state IN ({listed(before(PayoutEvent.RETRIED))})
""")
_LOCK = statement("""
    SELECT payout_id, division_code, state FROM payouts WHERE payout_id = :payout_id FOR UPDATE
""")
_COUNTS = statement("SELECT state, count(*)::integer AS number FROM payouts GROUP BY state")


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout with its newest attempt."""

    payout_id: int
    kind: PayoutKind
    grant_id: int | None
    refund_id: int | None
    county: str | None
    coverage_year: int | None
    division_code: str | None
    person_id: int | None
    payer: str | None
    amount_fen: int
    state: PayoutState
    reason: str | None
    attempt: int
    batch_id: int | None
    account_masked: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LockedPayout:
    """What decides whether a payout may be sent again."""

    payout_id: int
    division_code: str | None
    state: str


async def list_payouts(conn: AsyncConnection, wanted: Wanted) -> list[PayoutRow]:
    """A page of payouts within a division, in the order of their ids."""
    return await fetch_as(conn, PayoutRow, _LIST, **wanted.parameters())


async def lock_payout(conn: AsyncConnection, payout_id: int) -> LockedPayout | None:
    """Lock one payout."""
    return await fetch_one_as(conn, LockedPayout, _LOCK, payout_id=payout_id)


async def retry_payout(conn: AsyncConnection, payout_id: int, at: datetime) -> None:
    """Make a payout ready again with the card it has."""
    await execute(conn, _RETRY, payout_id=payout_id, at=at)


async def payout_counts(conn: AsyncConnection) -> dict[str, int]:
    """How many payouts are in each state."""
    return {row["state"]: row["number"] for row in await fetch(conn, _COUNTS)}
