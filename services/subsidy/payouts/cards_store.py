"""SQL of which card a payout goes to, and of what changes when one comes or turns out to be another's."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, execute, statement
from libs.common.transitions import listed
from services.subsidy.payouts.rules import TRANSITIONS, PayoutEvent, PayoutState
from services.subsidy.tables import payouts, persons

# Whether the holder of card `c` is its owner `living`, or of a minor's card the guardian `carer`, or two
# persons accepted it. A name or holder that is not known is not compared.
HOLDER_FITS = """
    (c.accepted_at IS NOT NULL
     OR coalesce(c.holder_digest IN (living.name_digest, carer.name_digest),
                 c.holder_digest IS NULL OR living.name_digest IS NULL))
"""
# The card that a payout of `p` goes to: the one named by digest (of a unit that paid, say), else the person's
# own, newest first; a minor without one gets the guardian's. A card of another division than its owner's
# reaches nobody, nor does one whose holder does not fit.
CARD_OF_PAYOUT = f"""
LEFT JOIN LATERAL (
    SELECT c.card_id, c.account_cipher, c.account_digest, c.account_masked, c.bank, c.holder
    FROM (
        SELECT p.payee_digest AS digest, 0 AS turn, payee.person_id AS owner
        FROM (SELECT 1) AS one LEFT JOIN identities payee ON payee.digest = p.payee_digest
        WHERE p.payee_digest IS NOT NULL
        UNION ALL
        SELECT own.digest, 0, own.person_id FROM identities own
        WHERE own.person_id = p.person_id AND p.payee_digest IS NULL
        UNION ALL
        SELECT theirs.digest, 1, theirs.person_id
        FROM persons ward JOIN identities theirs ON theirs.person_id = ward.guardian_id
        WHERE ward.person_id = p.person_id AND ward.minor AND p.payee_digest IS NULL
    ) AS who
    JOIN cards c ON c.digest = who.digest AND c.replaced_at IS NULL
    LEFT JOIN persons living ON living.person_id = who.owner
    LEFT JOIN persons carer ON living.minor AND carer.person_id = living.guardian_id
    WHERE starts_with(coalesce(living.division_code, c.division, ''), coalesce(c.division, ''))
      AND {HOLDER_FITS}
    ORDER BY who.turn, c.card_id DESC
    LIMIT 1
) AS card ON true
"""

_WITHOUT_CARD = TRANSITIONS.before(PayoutEvent.CARD_FOUND)
_WITH_WRONG_CARD = TRANSITIONS.before(PayoutEvent.CARD_CORRECTED)


def _find_cards(where: str) -> str:
    # A card that failed is not tried again by itself: only another account makes a payout ready.
    return f"""
    WITH open AS MATERIALIZED (
        SELECT p.payout_id, p.person_id, p.payee_digest, p.state, p.tried_account FROM payouts p
        WHERE p.state IN {listed((*_WITHOUT_CARD, *_WITH_WRONG_CARD))} AND {where}
        ORDER BY p.payout_id
        FOR UPDATE
    ), found AS (
        SELECT p.payout_id, CASE WHEN p.state IN {listed(_WITHOUT_CARD)}
               THEN '{TRANSITIONS.leads_to(PayoutEvent.CARD_FOUND)}'
               ELSE '{TRANSITIONS.leads_to(PayoutEvent.CARD_CORRECTED)}' END AS state
        FROM open p {CARD_OF_PAYOUT}
        WHERE card.card_id IS NOT NULL
          AND (p.state IN {listed(_WITHOUT_CARD)} OR card.account_digest IS DISTINCT FROM p.tried_account)
    )
    UPDATE payouts SET state = found.state, reason = NULL
    FROM found WHERE payouts.payout_id = found.payout_id
    """


_FIND_CARDS = statement(
    _find_cards(f"""
        (p.person_id {any_of(payouts.c.person_id, "person_ids")}
         OR p.payee_digest {any_of(payouts.c.payee_digest, "digests")}
         OR p.person_id IN (
            SELECT person_id FROM persons WHERE guardian_id {any_of(persons.c.guardian_id, "person_ids")}))
    """)
)
# A payout whose account is not its owner's any more waits, and says why it does.
_LOSE_CARDS = statement(f"""
    WITH about AS MATERIALIZED (
        SELECT p.payout_id, p.person_id, p.payee_digest FROM payouts p
        WHERE p.state IN {listed((*TRANSITIONS.before(PayoutEvent.CARD_LOST), PayoutState.WAITING_CARD))}
          AND (p.person_id {any_of(payouts.c.person_id, "person_ids")} OR p.person_id IN (
               SELECT person_id FROM persons WHERE guardian_id {any_of(persons.c.guardian_id, "person_ids")}))
        ORDER BY p.payout_id
        FOR UPDATE
    )
    UPDATE payouts SET state = '{TRANSITIONS.leads_to(PayoutEvent.CARD_LOST)}', reason = 'holder_differs'
    FROM about p {CARD_OF_PAYOUT}
    WHERE payouts.payout_id = p.payout_id AND card.card_id IS NULL
""")
_FIND_ALL_CARDS = statement(_find_cards("p.county = :county AND p.coverage_year = :coverage_year"))


async def find_cards(
    conn: AsyncConnection, person_ids: Collection[int] = (), digests: Collection[str] = ()
) -> int:
    """Make payouts of these people, of their wards and of these digests ready where a card is known now."""
    if not person_ids and not digests:
        return 0
    return await execute(conn, _FIND_CARDS, person_ids=sorted(person_ids), digests=sorted(digests))


async def lose_cards(conn: AsyncConnection, person_ids: Collection[int]) -> None:
    """Let payouts of these people, whose card's holder is somebody else, and of their wards wait again."""
    await execute(conn, _LOSE_CARDS, person_ids=sorted(person_ids))


async def find_all_cards(conn: AsyncConnection, county: str, coverage_year: int) -> int:
    """The same for every blocked payout of a county and year, before a batch is made of them."""
    return await execute(conn, _FIND_ALL_CARDS, county=county, coverage_year=coverage_year)
